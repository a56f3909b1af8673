"""What all recurrent layers share: fields, shapes, and the tensors by step that they can show."""

from __future__ import annotations

import math
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers.base import ActivationFunction, Layer, Parameter
from dataflow_cli.layers.bases import bias
from dataflow_cli.layers.bases.masked import Masked, check_mask, counts
from dataflow_cli.layers.fields import Boolean, Integer, Optional, option
from dataflow_cli.layers.recurrent.column import Column
from dataflow_cli.layers.recurrent.of_elements import OfElements
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import Shape, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.recurrent import Functions
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.task import Function
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.recurrent.account import Account
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shapes

STEPS = "steps"
"""The tensor that holds all that is worked out: by step, one inner tensor beside the other."""
FINAL = "final_"
"""What the last step's row of an inner tensor is called before that tensor's name."""


@dataclass(frozen=True, kw_only=True)
class Recurrent(Masked):
    """Base of kinds that go along a sequence (steps, features) with a state of `units` numbers."""

    columns: ClassVar[tuple[str, ...]]
    """The inner tensors by step, in the order in which the parameters and `STEPS` have them; last the states."""
    states: ClassVar[tuple[str, ...]] = ("hidden",)
    """Those of them that a step hands on to the next."""
    is_recurrent: ClassVar[bool] = True
    bundle: ClassVar[str] = STEPS
    ways: ClassVar[tuple[str, ...]] = ()
    """The factors that what is wanted may come through, see `open_ways`."""
    shut_at_first: ClassVar[tuple[str, ...]] = ()
    """Those of them that nothing comes through in the first step, if the states before it are zeros."""
    torch_defaults: ClassVar[Mapping[str, Any]] = {"return_sequences": True}
    torch_kernels: ClassVar[frozenset[str]] = frozenset({"kernel", "recurrent_kernel"})
    torch_gates: ClassVar[tuple[int, ...]] = ()
    """Where PyTorch has each of our gates, if its order is another one."""
    units: int = option(Integer(1), "how many numbers the state has")
    activation: ActivationFunction | None = option(Optional(OfElements()), "applied to what is new in a step", "tanh")
    use_bias: bool = bias.field("sum")
    return_sequences: bool = option(
        Boolean(), "whether the states of all steps come out, or the last one's alone", False
    )
    go_backwards: bool = option(
        Boolean(), "whether it begins at the end; the first state that comes out is that", False
    )
    zero_output_for_mask: bool = option(
        Boolean(), "whether a masked step comes out as zeros, or as the step before it", False
    )
    ends: str = field(default="")
    """The inner tensor that this one ends at; nothing for the layer as such."""

    @property
    def gates(self) -> int:
        """How many sums a step has for every unit."""
        return len(self.columns) - len(self.states)

    @property
    def has_sequences(self) -> bool:
        return True

    @property
    def has_steps(self) -> bool:  # type: ignore[override]
        return self.all_steps

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return ("step", "unit")[-dimensions:]

    @property
    def all_steps(self) -> bool:
        """Whether it has a row for every step."""
        return not self.ends.startswith(FINAL) if self.ends else self.return_sequences

    def output_shape(self, inputs: Shapes) -> Shape:
        steps = self.checked(inputs)[0]
        length = self.units * (len(self.columns) if self.ends == STEPS else 1)
        return (steps, length) if self.all_steps else (length,)

    def checked(self, inputs: Shapes) -> Shape:
        """The shape of the sequence. Raises LayerError if it is none, or a state or mask does not fit."""
        shape, *states = self.unmasked(inputs)
        if len(shape) != 2:
            found = f"found {written(shape)}" if shape else "found a single number"
            hint = "reshape it to (steps, features) before"
            raise LayerError(f"{self.type} takes a sequence (steps, features), {found}", hint=hint, wanted="a sequence")
        if states and len(states) != len(self.states):
            what = " and ".join(self.states)
            hint = f"give it all that a step hands on, {what}, or no state: then it starts with zeros"
            raise LayerError(f"{self.type} starts with {what}, found {len(states)} more inputs", hint=hint)
        for name, state in zip(self.states, states, strict=False):
            if tuple(state) != (self.units,):
                message = f"{self.type} starts with a {name} state of {written((self.units,))}, found {written(state)}"
                raise LayerError(message, hint=f"give it one of {self.units} numbers", code="E132", field="inputs")
        check_mask(self.mask(inputs), shape[:1])
        return shape

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        width = self.gates * self.units
        kernels_ = {"kernel": Parameter((inputs[0][-1], width)), "recurrent_kernel": Parameter((self.units, width))}
        return kernels_ | bias.parameter(width, used=self.use_bias)

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        steps, features = inputs[0]
        return ((steps, features, self.gates, self.units), (steps, self.units, self.gates, self.units))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        """A step sees the inputs of all steps up to it, and the state before the first."""
        steps, features = inputs[0]
        by_step = wanted.any(axis=-1) if self.all_steps else (np.arange(steps) == steps - 1) & wanted.any()
        seen = np.logical_or.accumulate(np.flip(by_step))[::-1]
        seen = np.repeat(self.in_turn(seen)[:, np.newaxis], features, axis=1)
        masked = [
            seen[:, 0] if len(shape) == 1 else np.zeros(shape, bool)
            for shape in inputs[len(inputs) - len(self.masks) :]
        ]
        return [seen, *(np.full(shape, wanted.any()) for shape in self.unmasked(inputs)[1:]), *masked]

    @property
    def hands_mask_on(self) -> bool:
        return self.return_sequences and not self.ends

    def uses_mask(self, mask: Shape, inputs: Shapes) -> bool:
        return tuple(mask) == tuple(inputs[0][:1])

    def in_turn(self, sequence: Array) -> Array:
        """The sequence (steps, ...) as it is taken."""
        return sequence[::-1] if self.go_backwards else sequence

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"{'steps and ' if self.all_steps else ''}units: {self.units}",)

    def torch_default_matters(self, field: str, inputs: Shapes) -> bool:
        return False  # the shape of the output shows it

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import plain

        if self.all_steps:
            return orders[0].over_last(inputs[0]).behind((1,), 2)
        return plain(self.units, first=orders[0].first)

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        """PyTorch has the gates in an order of its own, and two biases: of inputs and of states."""
        found = super().torch_stored(parameter, shape[-1:] if parameter == "bias" else shape, inputs, order)
        if parameter == "bias":
            found = replace(found, twin="ih, hh", stacked=len(shape) > 1)
        return replace(found, blocks=self.torch_gates)

    # Insides

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        return {} if self.ends else self.insides

    def inside(self, name: str) -> Layer:
        return replace(self, ends=name)

    def onward(self, name: str, end: str) -> Layer | None:
        """A tensor by step is a part of all; what comes out and what is last are of one by step.

        With a mask, what comes out is no state alone: before the first step that counts it is 0, see `begun`.
        """
        if self.masks and not end:
            return None
        wanted = end.removeprefix(FINAL) or "hidden"
        if name not in {STEPS, wanted}:
            return None
        first = self.columns.index(wanted) * self.units if name == STEPS else 0
        return Column(first=first, count=self.units, all_steps=replace(self, ends=end).all_steps)

    def rest(self, name: str) -> Layer | None:
        return self.onward(name, "")

    # Work

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """All that is worked out by step, and the inputs in another order."""
        steps, features = inputs[0]
        beside = steps * ((len(self.columns) + self.gates) * self.units + features)
        return kernels.method.beside(samples * beside + self.gates * self.units**2)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0][:, ::-1] if self.go_backwards else inputs[0]
        held = self.held(inputs)
        parts = self.by_step(x, self.starts(inputs), parameters, engine, held)
        if self.ends == STEPS:
            found = np.concatenate([parts[name] for name in self.columns], axis=-1)
        else:
            found = parts[self.ends.removeprefix(FINAL) or "hidden"]
        if held is not None and not self.ends:
            shown = ~held if self.zero_output_for_mask else begun(held)
            found = np.where(shown, found, found.dtype.type(0))
        return np.ascontiguousarray(found.swapaxes(0, 1) if self.all_steps else found[-1])

    def starts(self, inputs: Arrays) -> list[Array]:
        """What every state is before the first step: (n, units)."""
        zeros = np.zeros((len(inputs[0]), self.units), inputs[0].dtype)
        return [np.ascontiguousarray(state) for state in self.unmasked(inputs)[1:]] or [zeros] * len(self.states)

    def held(self, inputs: Arrays) -> Array | None:
        """Where a step is padding and hands its states on, in turn: booleans (steps, n, 1); None without a mask."""
        mask = self.mask(inputs)
        if mask is None:
            return None
        found: Array = ~self.in_turn(counts(mask).T)[..., np.newaxis]
        return found

    def by_step(
        self,
        x: Array,
        before: Sequence[Array],
        parameters: Parameters,
        engine: Engine | None = None,
        held: Array | None = None,
    ) -> dict[str, Array]:
        """Every inner tensor by step (steps, n, units), from the inputs (n, steps, features) in their turn."""
        raise NotImplementedError

    def operations(self, x: Array) -> int:
        """About as many multiply-accumulates take as long as what goes step by step."""
        return math.prod(x.shape[:2]) * self.gates * self.units * (self.units + 20)

    # Explanation

    def terms(self, inputs: Shapes) -> int:
        return inputs[0][-1] + self.units

    def explained(self, name: str, account: Account) -> Explanation:
        """How the element of an inner tensor by step came about."""
        raise NotImplementedError

    def open_ways(self, account: Account) -> dict[str, Array]:
        """By factor, (steps, units): where it lets small changes through, being not 0, and no function flat."""
        raise NotImplementedError

    def wanted_by(
        self, wanted: Mapping[str, Array], here: Mapping[str, Array], recurrent: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Which sums of a step, and which states before it, elements of its tensors come from, through what is open."""
        raise NotImplementedError

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.recurrent.account import Account as Made
        from dataflow_cli.layers.recurrent.reach import roles

        name = self.ends.removeprefix(FINAL) or "hidden"
        account = Made(self, at, inputs, parameters)
        if not self.ends and self.zero_output_for_mask and account.is_held:
            return account.zero()
        if not self.ends and not account.begun:
            return account.nothing()
        is_held = account.is_held and name in self.states
        found = account.handed_on(name) if is_held else self.explained(name, account)
        if name in self.states:
            found = account.with_mask(found)
        return replace(found, at=at, roles=roles(self, account, name))


@dataclass(frozen=True, kw_only=True)
class Gated(Recurrent):
    """Base of kinds whose state goes through gates."""

    recurrent_activation: ActivationFunction | None = option(
        Optional(OfElements()), "applied to the sums of the gates", "sigmoid"
    )

    @property
    def functions(self) -> Functions:
        """What is applied to the sums."""
        smooth = _named(self.recurrent_activation, "sigmoid") and _named(self.activation, "tanh")
        state = np.tanh if smooth else applying(self.activation)
        return kernels.recurrent.Functions(applying(self.recurrent_activation), state, smooth)


def some_of(held: Array | None, some: slice) -> Array | None:
    """What is held of some samples."""
    return None if held is None else held[:, some]


def begun(held: Array) -> Array:
    """Where a step that counts has been, of steps that are held (steps, ...)."""
    found: Array = np.logical_or.accumulate(~held)
    return found


def _named(function: ActivationFunction | None, name: str) -> bool:
    return function is not None and function.type == name


def applying(function: ActivationFunction | None) -> Function:
    """A function as what overwrites its argument, or fills another array."""
    made = None if function is None else function.function_of_elements
    return made or _copied


def _copied(x: Array, out: Array) -> None:
    if x is not out:
        out[...] = x
