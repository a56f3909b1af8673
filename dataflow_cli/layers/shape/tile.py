"""The tile layer: the input again and again along its axes, as NumPy's `tile` repeats it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.channels import Channels
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
class Tile(Rearranging, Channels):
    """The input, repeated along its axes."""

    type: ClassVar[str] = "tile"
    repeats: tuple[int, ...] = option(
        List(Integer(1), single=True), "how many times along each axis of a sample, one number an axis: [2, 1]"
    )

    def output_shape(self, inputs: Shapes) -> Shape:
        if len(self.repeats) != len(inputs[0]):
            raise LayerError(
                f"{len(self.repeats)} repeats for an input of {len(inputs[0])} dimensions",
                hint=f"write {len(inputs[0])} numbers, 1 where nothing is repeated",
                field="repeats",
                wanted=f"{len(self.repeats)} dimensions",
            )
        return tuple(n * times for n, times in zip(inputs[0], self.repeats, strict=True))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        channels, result = self.channels_axis(len(inputs[0])), seen[0]
        for axis, (n, times) in enumerate(zip(inputs[0], self.repeats, strict=True)):
            if axis != channels and times > 1:
                result = result.picked(axis - self.channels_first, range(n))
        return result

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        axes = zip(self.names(len(inputs[0])), inputs[0], self.repeats, strict=True)
        return tuple(f"{axis}: {n}·{times} = {n * times}" for axis, n, times in axes)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].aligned(inputs[0]) if len(inputs[0]) > 1 else super().torch_order(orders, inputs)

    def arranged(self, x: Array) -> Array:
        return np.tile(x, (1, *self.repeats))
