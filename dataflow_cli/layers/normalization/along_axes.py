"""What normalizations over some axes of each sample share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.layers import receptive_fields
from dataflow_cli.layers.base import SameShape, normalized_axis
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import Integer, List, Optional, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class AlongAxes(SameShape, Channels):
    """Base of normalizations of each sample by itself, along some of its axes."""

    axis: tuple[int, ...] | None = option(
        Optional(List(Integer(), single=True)),
        "the axes that are normalized, N counted as 0, or from the end; null: the channels",
        None,
    )

    def positions(self, shape: Shape) -> tuple[int, ...]:
        """The axes of one sample, from 0, that are normalized. Raises LayerError if the input does not have them."""
        if self.axis is None and shape:
            return (self.channels_axis(len(shape)),)
        return tuple(sorted({normalized_axis(axis, len(shape), self.type) for axis in self.axis or (-1,)}))

    def output_shape(self, inputs: Shapes) -> Shape:
        self.positions(inputs[0])
        return super().output_shape(inputs)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        """PyTorch normalizes the last axes, so that is where it has these."""
        shape = inputs[0]
        return orders[0].over_last(shape).behind(self.positions(shape), len(shape))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        within = self.positions(inputs[0]) == (self.channels_axis(len(inputs[0])),)
        return seen[0] if within and len(inputs[0]) > 1 else seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [receptive_fields.feeding.along(wanted, self.positions(inputs[0]))]

    def terms(self, inputs: Shapes) -> int:
        return math.prod(inputs[0][axis] for axis in self.positions(inputs[0]))
