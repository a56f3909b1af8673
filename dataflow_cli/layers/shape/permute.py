"""The permute layer: the axes of a sample in another order, counted from 1 as in Keras (0 is the minibatch)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.fields import Integer, List, option
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
class Permute(Layer):
    """The axes of a sample in another order."""

    type: ClassVar[str] = "permute"
    hands_on: ClassVar[bool] = True
    dims: tuple[int, ...] = option(
        List(Integer(1), single=True), "the axes of the input in their new order, from 1: [2, 1] swaps two"
    )

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = inputs[0]
        if sorted(self.dims) != list(range(1, len(shape) + 1)):
            raise LayerError(
                f"dims [{', '.join(map(str, self.dims))}] do not order the {len(shape)} axes of the input",
                hint=f"write every number from 1 to {len(shape)} once",
                field="dims",
                wanted=f"{max(self.dims, default=0)} axes",
            )
        return tuple(shape[axis - 1] for axis in self.dims)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0] if list(self.dims) == sorted(self.dims) else seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [np.transpose(wanted, [self.dims.index(axis + 1) for axis in range(wanted.ndim)])]

    def in_order(self, *, inputs: bool) -> bool:
        return False

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"axes {', '.join(map(str, self.dims))} of the input",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_flow import permuted

        return permuted(orders[0], inputs[0], self.dims)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return np.transpose(inputs[0], (0, *self.dims))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        source = tuple(at[self.dims.index(axis + 1)] for axis in range(len(at)))
        moves = (f"axis {axis} of the output is axis {old} of the input" for axis, old in enumerate(self.dims, start=1))
        return explaining.moved(at, inputs, source, *moves)
