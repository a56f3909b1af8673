"""What every kind of layer answers: its rules, in plain Python integers, and its forward pass.

A layer owns rules, never weights. It is a frozen dataclass of its fields; shapes, parameter shapes,
multiply-accumulates and receptive field follow from the fields and the input shapes alone. Shapes are of one sample,
without the minibatch axis; arrays always have it: (N, ...).
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers.axes import axes_of
from dataflow_cli.layers.fields import Option, options_of
from dataflow_cli.layers.tiling import NO_TILES
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.sizes import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.task import Function
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.links import Link
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.tiling import Tiling
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

MAX_ELEMENTS = 2**56
"""More elements than any process can address; a larger shape, or a longer axis, is a slip of the pen."""


@dataclass(frozen=True)
class Parameter:
    """A tensor of parameters: its shape, whether training changes it, and what it starts as.

    `fill` is the constant that an initializer gives it; None means random numbers by the initializer's rule.
    """

    shape: Shape
    fill: float | None = None
    trainable: bool = True
    dtype: str = ""
    """The type of whole numbers that it is of; nothing for the type that the network computes in."""

    @property
    def count(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class Layer:
    """Base of all kinds. A kind sets `type` and answers the questions below for its own arithmetic."""

    type: ClassVar[str]
    """The name in a network file."""
    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """How many inputs the kind takes: at least, at most (None: any number)."""
    note: ClassVar[str] = ""
    """What a trace should say beside the layer, if its values alone would surprise."""
    takes_indices: ClassVar[bool] = False
    """Whether the input are whole numbers that name something, so that integers stay integers."""
    takes_integers: ClassVar[bool] = False
    """Whether whole numbers of an input stay of their type, because the layer computes with whole numbers."""
    hands_on: ClassVar[bool] = False
    """Whether it moves elements without looking at them: the output has those of the inputs, or zeros between them."""
    selects: ClassVar[bool] = False
    """Whether every element of the output is one of the inputs', or 0 or 1, so that of whole numbers it is one too:
    these are computed with as such, however many digits they have.
    """
    takes_moments: ClassVar[bool] = False
    """Whether it divides by the root of a variance of its input, plus `epsilon`."""
    is_monotone: ClassVar[bool] = False
    """Whether no element of the output, before the activation, falls where elements of the inputs rise: the most that
    any change of these by so much can do is what comes of all up, and of all down.
    """
    copies: ClassVar[bool] = False
    """Whether every element, before the activation, is the same one of the input."""
    rescales: ClassVar[bool] = False
    """Whether the kind brings values of any range into that which the layers behind it were trained on."""
    redrawn: ClassVar[bool] = True
    """Whether its picture would show something else than its input's."""
    has_heads: ClassVar[bool] = False
    """Whether the first axis of its output are heads, and the other two are those of a picture each."""
    has_steps: ClassVar[bool] = False
    """Whether its output is (steps, units) of what goes along a sequence, which a picture shows over time."""
    has_units: ClassVar[bool] = False
    """Whether the elements of the last axis are units, each a weighted sum of one row of a matrix `kernel`."""
    shares_weights: ClassVar[bool] = False
    """Whether all positions are weighted sums by one kernel, where a dense layer has a weight for every pair."""
    sums_products: ClassVar[bool] = False
    """Whether every element, before the activation, is a sum of products of the input's elements with parameters, and a
    bias: how far rounding may lead is known of these."""
    element_by_element: ClassVar[bool] = False
    """Whether it is made of the elements that stand in one place of several inputs."""
    insides: ClassVar[Mapping[str, str]] = {}
    """The tensors that layers of the kind work out on the way and can show, by name, with what they are."""
    parts_only: ClassVar[bool] = False
    """Whether what it gives are its inner tensors alone, so that whoever reads it has to say which."""
    bundle: ClassVar[str] = ""
    """The tensor that all `insides` and the output follow from (`onward`), computed once if several are wanted."""
    is_recurrent: ClassVar[bool] = False
    """Whether it goes along a sequence step by step, so that it can go along it backwards."""
    uses_masks: ClassVar[bool] = False
    """Whether masks of its inputs stand behind them, as inputs more (`bases/masked.py`)."""
    joins_masks: ClassVar[bool] = False
    """Whether the steps of its output that count follow from the masks of all inputs (`joined_mask`)."""
    recalls: ClassVar[tuple[str, ...]] = ()
    """The tensors of the layer itself that explanations refer to: names of inner ones, and "" for its output."""
    temporaries: ClassVar[int] = 0
    """How many arrays of the output's size a forward pass makes beside it, at most."""
    torch_kernels: ClassVar[frozenset[str]] = frozenset()
    """Parameters (*spatial, one, other) that PyTorch has as (other, one, *spatial); it has all others as we do."""
    torch_rows: ClassVar[frozenset[str]] = frozenset()
    """Parameters that have a row for every number of an input that is a vector."""
    torch_defaults: ClassVar[Mapping[str, Any]] = {}
    """By field, PyTorch's default where it is another than ours."""

    @property
    def result_activation(self) -> ActivationFunction | None:
        """The activation of the result of `forward`. Kinds that have the field for that answer with it."""
        return None

    @property
    def meaning(self) -> str:
        """What the output's numbers are by themselves: `distribution`, `probability`, `log-probability` or nothing."""
        return ""

    def classes_along(self, dimensions: int, *, channels_first: bool) -> int | None:
        """The axis of an output of so many dimensions along which its numbers are of classes, if they are of any."""
        return 0 if channels_first else dimensions - 1

    @property
    def window_size(self) -> Shape:
        """The size on every spatial axis of the window that moves, where one does."""
        return ()

    def moves(self, inputs: Shapes) -> tuple[Link, ...]:
        """How the window moves over every spatial axis of the input, where one does."""
        return ()

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        """What the axes of an output of so many dimensions are called, one of each, in a network of this format."""
        return axes_of(dimensions, channels_first=channels_first)

    def looks_from(self, inputs: Shapes) -> tuple[int, int] | None:
        """Of weights that say how much queries take from keys, (heads, queries, keys): by which of the inputs the
        queries are, and by which the keys.
        """
        return None

    def mask_numbers(self, inputs: Shapes) -> tuple[int, ...]:
        """Which of the inputs say which places of the others count."""
        return ()

    def counting(self, masks: Mapping[int, Array], inputs: Shapes) -> Mapping[str, Array]:
        """Which places along its axes count in any sample, by masks (N, *shape) by their numbers: booleans by the axis.

        An axis all of whose places count need not be there.
        """
        return {}

    @property
    def has_sequences(self) -> bool:
        """Whether two axes of a tensor at the layer are those of a sequence: (length, channels)."""
        return False

    def follows(self, inputs: Shapes) -> frozenset[str]:
        """The fields that say what would be so without them, for inputs of these shapes."""
        return frozenset()

    def output_shape(self, inputs: Shapes) -> Shape:
        """The shape of one sample of the output. Raises LayerError if the inputs do not fit."""
        raise NotImplementedError

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        """The parameters by name, in the order in which frameworks list them."""
        return {}

    def result_type(self, types: Sequence[str]) -> str:
        """The type of whole numbers that its output is of, from those of its inputs; "" for what is computed in.

        Raises LayerError for inputs of types that the layer does not take.
        """
        return handed_on(types) if self.hands_on or self.selects else ""

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        """The multiply-accumulates of one sample as a sum of products, such as ((26, 26, 32, 3, 3, 1),)."""
        return ()

    def cache_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        """The numbers of a sample's keys and values, kept while text is written word by word, as a sum of products."""
        return ()

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        """Inputs, by their numbers, that are whole numbers from 0 on which name something, and how many there are."""
        return {}

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        """How far back into the network's input one element of the output sees, from how far its inputs see."""
        return seen[0].whole()

    def sees(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        """The receptive field of an element behind tensors that may have their channels elsewhere than the layer."""
        return self.receptive_field(seen, inputs)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        """Which elements of the inputs can change any that is `wanted` of the output: booleans of their shapes."""
        return [np.full(shape, wanted.any()) for shape in inputs]

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        """Those of the `insides` that this one has, in the order in which they are computed."""
        return self.insides

    def inside(self, name: str) -> Layer:
        """The layer that ends at one of its inner tensors: what shape it has, how it is computed and comes about."""
        raise NotImplementedError

    def rest(self, name: str) -> Layer | None:
        """What makes the output of that tensor alone; None if it takes more."""
        return None

    def onward(self, name: str, end: str) -> Layer | None:
        """What makes the inner tensor `end` (the output, if that is nothing) of one before it alone; None if it takes
        more.
        """
        return None if end else self.rest(name)

    @property
    def makes_mask(self) -> bool:
        """Whether its inner tensor `mask` says which steps of its output count."""
        return False

    @property
    def hands_mask_on(self) -> bool:
        """Whether the steps of its output that count are those of its first input, as in Keras."""
        return False

    def uses_mask(self, mask: Shape, inputs: Shapes) -> bool:
        """Whether it uses a mask of this shape that came with an input; one that is named at the layer it has to."""
        return self.uses_masks

    def masked(self, masks: tuple[int, ...]) -> Layer:
        """The layer that takes the masks of these inputs."""
        return self

    def joined_mask(self, given: tuple[bool, ...], inputs: Shapes) -> Layer | None:
        """What makes the mask of the output of the masks of those inputs that are `given`; None if all steps count."""
        return None

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        """How the output shape follows from the input shape, one line an axis that changes."""
        return ()

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """How `forward` is computed for so many samples: `kept` and `fast_math` as the engine has them."""
        if not self.temporaries:
            return kernels.method.PLAIN
        return kernels.method.beside(self.temporaries * samples * math.prod(self.output_shape(inputs)))

    def in_order(self, *, inputs: bool) -> bool:
        """Whether the output lies in memory in the order of its axes, if all `inputs` do, or if one does not."""
        return True

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        """The output (N, *output_shape) before the activation, from inputs (N, *shape)."""
        raise NotImplementedError

    def kernel_gradient(self, x: Array, by: Array) -> Array | None:
        """The gradient of the sum of `by` times the output before the activation, (N, *output_shape) both, by the
        numbers of `kernel`, for an input (N, *shape); None for kinds that have no such parameter, or make more of it.
        """
        return None

    def likeness(
        self, inputs: Arrays, parameters: Parameters, error: Array, gain: Array | None = None
    ) -> dict[str, Array] | None:
        """By parameter, for each of its numbers the cosine between an error of the output, (N, *output_shape), and what
        moving the number a little does to it; None for kinds that do not know it of all at once. `gain`, of that shape,
        is what the output is multiplied by afterwards.
        """
        return None

    @property
    def applied_to_each(self) -> Layer | None:
        """What a wrapper applies to every part along the first axis of its inputs by itself; None for other kinds."""
        return None

    def meant(self, values: Array, parameters: Parameters) -> Array | None:
        """The numbers that the whole ones of its output (N, *shape) stand for; None for what quantizes nothing."""
        return None

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """How one element came about, before the activation: `at` is its index in a sample, inputs are (1, *shape)."""
        raise NotImplementedError

    def terms(self, inputs: Shapes) -> int:
        """How many terms the explanation of one element has at most, padding included, before the activation."""
        return len(inputs)

    def channels_axis(self, dimensions: int) -> int:
        """The axis, from 0, of the channels or units in a sample of so many dimensions."""
        return dimensions - 1

    def longest_sum(self, inputs: Shapes) -> int:
        """How many products the longest sum has on the way to an element: what rounding may do grows with its root."""
        return self.terms(inputs) if self.sums_products else 1

    def explanation(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """How one element came about, activation included."""
        before, function = self.explain(at, inputs, parameters), self.result_activation
        return before if function is None else function.follow(before, Whole(self, inputs, parameters))

    def __call__(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        """The output (N, *output_shape), activation included. Without an engine it is computed on one thread."""
        result, last = self.forward(inputs, parameters, engine), self.result_activation
        if last is None:
            return result
        function = last.function_of_elements
        if function is None or result.dtype.kind != "f":  # of integers the function need not be one
            return last([result], {}, engine)
        if any(np.may_share_memory(result, x) for x in inputs):
            return kernels.elementwise.applied(function, result, engine)
        function(result, result)
        return result

    @property
    def activating(self) -> Function | None:
        """The kernel of the activation, if that is a function of elements."""
        return None if self.result_activation is None else self.result_activation.function_of_elements

    @property
    def can_die(self) -> bool:
        """Whether a function of single elements comes last, so that a unit may put out zeros whatever goes in."""
        return self.activating is not None

    @property
    def saturates_at(self) -> tuple[float, float] | None:
        """The values at which a function of elements is flat on both sides; None for what has no such two."""
        return None

    def tiling(self, inputs: Shapes) -> Tiling:
        """What the layer can do tile by tile, with inputs of these shapes."""
        return NO_TILES

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        """In which order PyTorch has the output's elements, from the orders of the inputs'.

        Raises LayerError if PyTorch would compute something else, or if that is not known.
        """
        from dataflow_cli.layers.torch_order import unknown

        raise unknown(f"what PyTorch makes of {self.type} is not known")

    def as_torch_lists(self, orders: Sequence[Order], inputs: Shapes) -> Layer:
        """The layer that puts out its elements in the order in which PyTorch has them, from the orders of the inputs.

        Kinds that make a row of several axes have something to say here. Raises LayerError if the order is not known.
        """
        return self

    def torch_default_matters(self, field: str, inputs: Shapes) -> bool:
        """Whether that PyTorch has another default of the field makes other numbers of inputs of these shapes."""
        return True

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        """How PyTorch stores a parameter, `shape` here, behind a first input that has its elements in this order."""
        from dataflow_cli.layers.torch_stored import kernel, same

        return kernel(shape) if parameter in self.torch_kernels else same(shape)

    def macs(self, inputs: Shapes) -> int:
        """Multiply-accumulates for one sample, of layers that make weighted sums, as the field counts them."""
        return sum(math.prod(factors) for factors in self.mac_factors(inputs))

    @classmethod
    @cache
    def options(cls) -> dict[str, Option]:
        """The fields that a network file may set: first those that it must set, last `data_format`."""
        return dict(sorted(options_of(cls).items(), key=lambda item: (not item[1].required, item[0] == "data_format")))

    @classmethod
    def title(cls) -> str:
        """The first line of the kind's docstring."""
        return (cls.__doc__ or "").strip().splitlines()[0].rstrip(".")


@dataclass(frozen=True)
class Whole:
    """A layer with its inputs (1, *shape): what a function along an axis needs beside the one sum that is explained."""

    layer: Layer
    inputs: Arrays
    parameters: Parameters

    def sums(self) -> Array:
        """One sample of the layer's output before the activation."""
        result: Array = self.layer.forward(self.inputs, self.parameters)[0]
        return result

    def explain(self, at: Shape) -> Explanation:
        """Another sum."""
        return self.layer.explain(at, self.inputs, self.parameters)

    def roles(self, places: Sequence[Shape]) -> tuple[Array, ...]:
        """For every input what each of its elements is to any of several sums, as in an explanation."""
        from dataflow_cli.layers.explaining.explanation import SOURCE

        shapes = [x.shape[1:] for x in self.inputs]
        wanted = np.zeros(self.layer.output_shape(shapes), bool)
        wanted[tuple(np.transpose(places))] = True
        fed = self.layer.feeds(wanted, shapes)
        if self.layer.copies:
            return tuple(np.where(some, SOURCE, 0).astype(np.int8) for some in fed)
        roles = [np.zeros(shape, np.int8) for shape in shapes]
        for place in places:
            for role, more in zip(roles, self.explain(place).roles, strict=True):
                np.maximum(role, more, out=role)
            if all((role[some] == SOURCE).all() for role, some in zip(roles, fed, strict=True)):
                break  # the other sums can add nothing
        return tuple(roles)


@dataclass(frozen=True, kw_only=True)
class SameShape(Layer):
    """Base of kinds whose output has the shape of their input, element for element."""

    hands_mask_on: ClassVar[bool] = True

    def output_shape(self, inputs: Shapes) -> Shape:
        return tuple(inputs[0])

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0]

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [wanted]

    def in_order(self, *, inputs: bool) -> bool:
        return inputs

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return ("the shape of the input",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0]


@dataclass(frozen=True, kw_only=True)
class ActivationFunction(SameShape):
    """Base of kinds that the `activation` field of another layer can name: functions of its result alone."""

    subtracts: ClassVar[bool] = False
    """Whether its value is what is left of its argument, so that it is rounded as that is."""

    @classmethod
    def as_activation(cls) -> Self:
        """The kind as the field names it; some functions have other defaults there than as layers."""
        return cls()

    @property
    def function_of_elements(self) -> Function | None:
        """The kernel that can overwrite its argument, if every element is a function of one."""
        return None

    @property
    def can_die(self) -> bool:
        return self.function_of_elements is not None

    def follow(self, before: Explanation, whole: Whole) -> Explanation:
        """The explanation of a layer's sum, led on through this function."""
        raise NotImplementedError


def handed_on(types: Sequence[str]) -> str:
    """The type of what has the elements of all these; nothing if that is the one which is computed in.

    Signed and unsigned ones have no type in common that holds both.
    """
    if not types or not all(types) or len({name.startswith("u") for name in types}) > 1:
        return ""
    return max(types, key=INTEGERS.__getitem__)


def suited(layer: Layer, inputs: Arrays, dtype: Any) -> Arrays:
    """What a layer takes: integers only where they are indices, computed with, or stay what they are; else numbers of
    the type that the network computes in.
    """
    kinds = {x.dtype.kind for x in inputs}
    kept = layer.takes_indices or layer.takes_integers
    if kinds == {"f"} or kept or ((layer.hands_on or layer.selects) and len(kinds) == 1):
        return inputs
    return [x if x.dtype.kind == "f" else x.astype(dtype) for x in inputs]


def normalized_axis(axis: int, rank: int, kind: str, *, field: str = "axis") -> int:
    """The axis of one sample, from 0, for Keras' `axis`, which counts the minibatch as 0 or counts from the end.

    Raises LayerError if there is no such axis, or if it is the minibatch.
    """
    position = axis - 1 if axis > 0 else rank + axis
    if axis == 0 or not 0 <= position < rank:
        raise LayerError(
            f"{kind} has no axis {axis} in an input of {rank} dimensions",
            hint=f"axis counts from 1 (0 is the minibatch) to {rank}, or from -1 back to {-rank}"
            if rank
            else "it is a single number: reshape it to [1] before",
            field=field,
        )
    return position
