"""The permute layer: the axes of a sample in another order, counted from 1 as in Keras (0 is the minibatch)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.fields import Integer, List, Optional, option
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
class Reordering(Layer):
    """Base of kinds that give the axes of a sample another order: everything but the order."""

    hands_on: ClassVar[bool] = True

    def order(self, dimensions: int) -> tuple[int, ...]:
        """The axes of the input, from 1, in their new order."""
        raise NotImplementedError

    def output_shape(self, inputs: Shapes) -> Shape:
        shape, order = inputs[0], self.order(len(inputs[0]))
        if sorted(order) != list(range(1, len(shape) + 1)):
            raise LayerError(
                f"dims [{', '.join(map(str, order))}] do not order the {len(shape)} axes of the input",
                hint=f"write every number from 1 to {len(shape)} once",
                field="dims",
                wanted=f"{max(order, default=0)} axes",
            )
        return tuple(shape[axis - 1] for axis in order)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        order = self.order(len(inputs[0]))
        return seen[0].rearranged([axis - 1 for axis in order], len(order))

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        order = self.order(wanted.ndim)
        return [np.transpose(wanted, [order.index(axis + 1) for axis in range(wanted.ndim)])]

    def in_order(self, *, inputs: bool) -> bool:
        return False

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"axes {', '.join(map(str, self.order(len(inputs[0]))))} of the input",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_flow import permuted

        return permuted(orders[0], inputs[0], self.order(len(inputs[0])))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return np.transpose(inputs[0], (0, *self.order(inputs[0].ndim - 1)))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        order = self.order(len(at))
        source = tuple(at[order.index(axis + 1)] for axis in range(len(at)))
        moves = (f"axis {axis} of the output is axis {old} of the input" for axis, old in enumerate(order, start=1))
        return explaining.moved(at, inputs, source, *moves)


@dataclass(frozen=True, kw_only=True)
class Permute(Reordering):
    """The axes of a sample in another order."""

    type: ClassVar[str] = "permute"
    dims: tuple[int, ...] = option(
        List(Integer(1), single=True), "the axes of the input in their new order, from 1: [2, 1] swaps two"
    )

    def order(self, dimensions: int) -> tuple[int, ...]:
        return self.dims


@dataclass(frozen=True, kw_only=True)
class Transpose(Reordering):
    """The axes of a sample backwards, or in another order."""

    type: ClassVar[str] = "transpose"
    dims: tuple[int, ...] | None = option(
        Optional(List(Integer(1), single=True)),
        "the axes of the input in their new order, from 1; null: backwards",
        None,
    )

    def order(self, dimensions: int) -> tuple[int, ...]:
        return tuple(range(dimensions, 0, -1)) if self.dims is None else self.dims
