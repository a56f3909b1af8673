"""The gather layer: some places of one axis, by their numbers, in any order and as often as they are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.base import normalized_axis
from dataflow_cli.layers.bases.channels import DATA_FORMAT, Channels
from dataflow_cli.layers.bases.rearranging import Rearranging
from dataflow_cli.layers.fields import Integer, List, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Gather(Rearranging, Channels):
    """Some places of one axis, in any order."""

    type: ClassVar[str] = "gather"
    indices: tuple[int, ...] = option(List(Integer(), single=True), "the places, from 0; -1: the last")
    axis: int = option(Integer(), "the axis that they are on, N counted as 0; -1: the last", -1)
    data_format: str = option(
        DATA_FORMAT, "where the channels stand, for the receptive field; `axis` does not follow it", "channels_last"
    )

    def places(self, shape: Shape) -> tuple[int, tuple[int, ...]]:
        """The axis of one sample, from 0, and the places on it. Raises LayerError if there are no such."""
        axis = normalized_axis(self.axis, len(shape), self.type)
        n = shape[axis]
        for place in self.indices:
            if not -n <= place < n:
                raise LayerError(
                    f"index {place} is not on an axis of {n}",
                    hint=f"places run from 0 to {n - 1}, or from -1 back to {-n}",
                    field="indices",
                )
        if not self.indices:
            raise LayerError("indices are empty", hint="name at least one place", field="indices")
        return axis, tuple(place % n for place in self.indices)

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = tuple(inputs[0])
        axis, places = self.places(shape)
        return (*shape[:axis], len(places), *shape[axis + 1 :])

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        axis, places = self.places(inputs[0])
        if len(inputs[0]) < 2:
            return seen[0].whole()
        own = axis == self.channels_axis(len(inputs[0]))
        return seen[0] if own else seen[0].picked(axis - self.channels_first, places)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        axis, places = self.places(inputs[0])
        return (f"{self.names(len(inputs[0]))[axis]}: {len(places)} of {inputs[0][axis]}",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].aligned(inputs[0]) if len(inputs[0]) > 1 else super().torch_order(orders, inputs)

    def arranged(self, x: Array) -> Array:
        axis, places = self.places(x.shape[1:])
        return np.take(x, places, axis=axis + 1)
