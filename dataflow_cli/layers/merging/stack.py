"""The stack layer: inputs of one shape side by side along a new axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer, normalized_axis
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.layers.merging.merge import shapes_differ
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Stack(Layer):
    """The inputs side by side along a new axis."""

    type: ClassVar[str] = "stack"
    hands_on: ClassVar[bool] = True
    arity: ClassVar[tuple[int, int | None]] = (2, None)
    axis: int = option(Integer(), "where the new axis stands in the output, N counted as 0; -1: the last", -1)

    def position(self, shape: Shape) -> int:
        """The new axis of one sample, from 0. Raises LayerError if it cannot stand there."""
        return normalized_axis(self.axis, len(shape) + 1, self.type)

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = tuple(inputs[0])
        if len(set(map(tuple, inputs))) > 1:
            raise shapes_differ(inputs, "crop, pad or pool one of them so that the shapes match")
        axis = self.position(shape)
        return (*shape[:axis], len(inputs), *shape[axis:])

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].merged(seen[1:]).widened(self.position(inputs[0]), len(inputs[0]))

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return list(np.moveaxis(wanted, self.position(inputs[0]), 0))

    def in_order(self, *, inputs: bool) -> bool:
        return False

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"{len(inputs)} inputs along axis {self.position(inputs[0]) + 1}",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import Axes, unknown

        if not orders[0].first:
            raise unknown("where PyTorch has the new axis, in front of the channels or behind, is not known")
        return Axes(tuple(range(len(inputs[0]) + 1)), first=True)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return np.stack(inputs, axis=1 + self.position(inputs[0].shape[1:]))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        axis = self.position(inputs[0].shape[1:])
        move = f"place {at[axis]} on axis {axis + 1}: input {at[axis] + 1} of {len(inputs)}"
        return explaining.moved(at, inputs, (*at[:axis], *at[axis + 1 :]), move, number=at[axis])
