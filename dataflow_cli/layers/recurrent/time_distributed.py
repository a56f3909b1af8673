"""A layer that is applied to every step of a sequence by itself, with the same parameters.

    out[n, t, ...] = layer( in[n, t, ...] )

n: sample; t: step, the first axis of a sample. A mask of what stands in every step, (steps, ...), goes to the layer
step by step; one of the steps themselves is handed on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.masked import Masked, check_mask
from dataflow_cli.layers.bases.wrapped import WrappedLayer
from dataflow_cli.layers.fields import option
from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import Layer, Parameter
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class TimeDistributed(Masked):
    """A layer for every step of a sequence."""

    type: ClassVar[str] = "time_distributed"
    hands_mask_on: ClassVar[bool] = True
    layer: Layer = option(WrappedLayer(), "what is applied to every step: `{type: dense, units: 10}`")

    @property
    def uses_masks(self) -> bool:  # type: ignore[override]
        return self.layer.uses_masks

    def uses_mask(self, mask: Shape, inputs: Shapes) -> bool:
        steps = self.steps(inputs[:1])
        return self.uses_masks and mask[:1] == inputs[0][:1] and len(mask) > 1 and self.layer.uses_mask(mask[1:], steps)

    @property
    def each(self) -> Layer:
        """What is applied to a step, with the step's part of the masks."""
        return self.layer.masked(self.masks)

    @property
    def applied_to_each(self) -> Layer:
        return self.each

    @property
    def takes_indices(self) -> bool:  # type: ignore[override]
        return self.layer.takes_indices

    @property
    def takes_integers(self) -> bool:  # type: ignore[override]
        return self.layer.takes_integers

    def result_type(self, types: Sequence[str]) -> str:
        """What only moves elements takes them as numbers here, as steps are no tensors of their own."""
        return "" if self.layer.hands_on or self.layer.selects else self.layer.result_type(types)

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.layer.recalls

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return ("time", *self.layer.axes(dimensions - 1, channels_first=channels_first))

    def steps(self, inputs: Shapes) -> list[Shape]:
        """The shapes of one step, as the layer in it takes them. Raises LayerError if there are none."""
        if not inputs[0]:
            hint = "reshape it to (steps, features) before"
            raise LayerError("time_distributed takes a sequence, found a single number", hint=hint, wanted="a sequence")
        for shape in inputs[1:]:
            check_mask(shape, (*inputs[0][:1], *shape[1:]))
        return [tuple(shape[1:]) for shape in inputs]

    def output_shape(self, inputs: Shapes) -> Shape:
        steps = self.steps(inputs)
        return (inputs[0][0], *self.each.output_shape(steps))

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return self.each.parameters(self.steps(inputs))

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        return tuple((inputs[0][0], *factors) for factors in self.each.mac_factors(self.steps(inputs)))

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        return self.each.lookups(self.steps(inputs))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        """A step sees itself, and of it what the layer sees."""
        first, shapes = seen[0], self.steps(inputs)
        if not first.axes or first.channels_first or first.on(0) is None or len(inputs[0]) < 2:
            return first.whole()
        step = first.follows.index(0)
        others = [(axis, place) for axis, place in zip(first.axes, first.follows, strict=True) if place != 0]
        along = tuple(None if place is None else place - 1 for _, place in others)
        inner = self.each.receptive_field([ReceptiveField(tuple(axis for axis, _ in others), along=along)], shapes)
        rank = len(self.each.output_shape(shapes))
        if inner.axes is None and len(shapes[0]) == rank == 1:
            return first
        if inner.axes is None or inner.channels_first:
            return first.whole()
        axes, follows = list(inner.axes), [None if place is None else place + 1 for place in inner.follows]
        axes.insert(step, first.axes[step])
        follows.insert(step, 0)
        return ReceptiveField(tuple(axes), along=None if follows == list(range(rank)) else tuple(follows))

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        by_step = [self.each.feeds(step, self.steps(inputs)) for step in wanted]
        return [np.stack(steps) for steps in zip(*by_step, strict=True)]

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return self.each.shape_arithmetic(self.steps(inputs))

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        """Of a sequence of vectors it is what works along the last axis in PyTorch."""
        from dataflow_cli.layers.torch_order import unknown

        shape = inputs[0]
        if len(shape) == len(self.output_shape(inputs)) == 2:
            return orders[0].over_last(shape).behind((1,), 2)
        raise unknown("how PyTorch goes along steps that are no vectors is not known")

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        from dataflow_cli.layers.torch_order import of_input

        steps = self.steps(inputs)
        return self.each.torch_stored(parameter, shape, steps, of_input(steps[0], first=order.first))

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        return self.layer.inner_tensors

    def inside(self, name: str) -> Layer:
        return replace(self, layer=self.each.inside(name))

    def rest(self, name: str) -> Layer | None:
        rest = self.each.rest(name)
        return None if rest is None else replace(self, layer=rest, masks=())

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        return self.each.method(self.steps(inputs), samples * inputs[0][0], kept=kept, fast_math=fast_math)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        found = self.each([each.reshape(-1, *each.shape[2:]) for each in inputs], parameters, engine)
        return np.ascontiguousarray(found.reshape(*x.shape[:2], *found.shape[1:]))

    def terms(self, inputs: Shapes) -> int:
        return self.each.terms(self.steps(inputs))

    def longest_sum(self, inputs: Shapes) -> int:
        return self.each.longest_sum(self.steps(inputs))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """What the layer in it says of the step, with the places of the sequence."""
        from dataflow_cli.layers.explaining.later import Later

        step = at[0]
        found = self.each.explanation(at[1:], [x[:, step] for x in inputs], parameters)
        roles = Later(
            lambda: [_role_in_step(mine, x.shape[1], step) for mine, x in zip(found.roles, inputs, strict=True)]
        )
        return replace(found, at=at, roles=roles, blocks=tuple(_in_step(block, step) for block in found.blocks))


def _role_in_step(role: Array, steps: int, step: int) -> Array:
    """Roles of one step as those of the sequence."""
    found: Array = np.zeros((steps, *role.shape), np.int8)
    found[step] = role
    return found


def _in_step(block: Block, step: int) -> Block:
    """A block whose places are those of the sequence."""
    places = block.places
    return replace(
        block, places=np.concatenate([np.full((*places.shape[:-1], 1), step, places.dtype), places], axis=-1)
    )
