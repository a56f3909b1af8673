"""What softmax and log_softmax share: a function of all elements along an axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataflow_cli.layers.base import SameShape, Shape, Shapes, normalized_axis
from dataflow_cli.layers.channels import DATA_FORMAT, Channels
from dataflow_cli.layers.fields import Integer, List, option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.reach import Reach


@dataclass(frozen=True, kw_only=True)
class AlongAxis(SameShape, Channels):
    """Base of kinds whose elements depend on all others along an axis."""

    axis: tuple[int, ...] = option(List(Integer(), single=True), "the axis or axes that sum to 1; -1: the last", -1)
    data_format: str = option(
        DATA_FORMAT, "where the channels stand, for the receptive field; `axis` does not follow it", "channels_last"
    )

    def positions(self, shape: Shape) -> tuple[int, ...]:
        """The axes of one sample, from 0. Raises LayerError if the input does not have them."""
        return tuple(sorted({normalized_axis(axis, len(shape), self.type) for axis in self.axis}))

    def output_shape(self, inputs: Shapes) -> Shape:
        self.positions(inputs[0])
        return super().output_shape(inputs)

    def reach(self, reaches: Sequence[Reach], inputs: Shapes) -> Reach:
        within = self.positions(inputs[0]) == (self.channels_axis(len(inputs[0])),)
        return reaches[0] if within and len(inputs[0]) > 1 else reaches[0].whole()
