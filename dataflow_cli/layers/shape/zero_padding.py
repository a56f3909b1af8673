"""Zero padding layers: zeros around the spatial axes.

    out[n, p, c] = in[n, p - before, c] inside, 0 around

n: sample; p: position, one index a spatial axis; c: channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.axes import AXES
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.layers.fields import option
from dataflow_cli.layers.receptive_fields.links import Link
from dataflow_cli.layers.spatial_fields import PerSide, Sides
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class ZeroPadding(Spatial):
    """Base of all zero padding layers: everything but the number of spatial axes."""

    hands_on: ClassVar[bool] = True
    padding: Sides

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs)
        return self.join(tuple(n + sum(pads) for n, pads in zip(lengths, self.padding, strict=True)), channels)

    def links(self, lengths: Shape) -> tuple[Link, ...]:
        return tuple(Link(shift=-before) for before, _ in self.padding)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        axes = zip(AXES[self.rank], self.split(inputs)[0], self.padding, strict=True)
        return tuple(f"{axis}: {n} + {before} + {after} = {n + before + after}" for axis, n, (before, after) in axes)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].aligned(inputs[0])

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.from_last(kernels.windows.padded(self.to_last(inputs[0]), self.padding))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        position, channel = self.apart(at)
        lengths, _ = self.split([inputs[0].shape[1:]])
        places = tuple(place - before for place, (before, _) in zip(position, self.padding, strict=True))
        axes = zip(AXES[self.rank], position, self.padding, places, strict=True)
        moves = tuple(f"{axis}: {place} - {before} = {old}" for axis, place, (before, _), old in axes)
        if not all(0 <= place < length for place, length in zip(places, lengths, strict=True)):
            return explaining.moved(at, inputs, None, *moves, "outside the input: the padding, 0")
        return explaining.moved(at, inputs, self.join(places, channel), *moves)


@dataclass(frozen=True, kw_only=True)
class ZeroPadding1D(ZeroPadding):
    """Zeros before and after a signal or sequence (length, channels)."""

    type: ClassVar[str] = "zero_padding1d"
    rank: ClassVar[int] = 1
    padding: Sides = option(PerSide(1), "zeros at both ends, or [before, after]", 1)


@dataclass(frozen=True, kw_only=True)
class ZeroPadding2D(ZeroPadding):
    """Zeros around a picture (height, width, channels)."""

    type: ClassVar[str] = "zero_padding2d"
    rank: ClassVar[int] = 2
    padding: Sides = option(PerSide(2), "zeros on all sides, [height, width], or [[top, bottom], [left, right]]", 1)


@dataclass(frozen=True, kw_only=True)
class ZeroPadding3D(ZeroPadding):
    """Zeros around a volume (depth, height, width, channels)."""

    type: ClassVar[str] = "zero_padding3d"
    rank: ClassVar[int] = 3
    padding: Sides = option(PerSide(3), "zeros on all sides, one number an axis, or a pair an axis", 1)
