"""Cropping layers: a signal, picture or volume without its borders.

    out[n, p, c] = in[n, p + before, c]

n: sample; p: position, one index a spatial axis; c: channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
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
class Cropping(Spatial):
    """Base of all cropping layers: everything but the number of spatial axes."""

    hands_on: ClassVar[bool] = True
    cropping: Sides

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs)
        for axis, n, (before, after) in zip(AXES[self.rank], lengths, self.cropping, strict=True):
            if before + after >= n:
                raise LayerError(
                    f"cropping {before} + {after} leaves nothing of {axis} {n}",
                    hint=f"cut off less than {n}",
                    field="cropping",
                    wanted=f"{axis} of at least {before + after + 1}",
                )
        return self.join(tuple(n - sum(cuts) for n, cuts in zip(lengths, self.cropping, strict=True)), channels)

    def links(self, lengths: Shape) -> tuple[Link, ...]:
        return tuple(Link(shift=before) for before, _ in self.cropping)

    def in_order(self, *, inputs: bool) -> bool:
        return False

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        axes = zip(AXES[self.rank], self.split(inputs)[0], self.cropping, strict=True)
        return tuple(f"{axis}: {n} - {before} - {after} = {n - before - after}" for axis, n, (before, after) in axes)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].aligned(inputs[0])

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = self.to_last(inputs[0])
        sides = zip(x.shape[1:-1], self.cropping, strict=True)
        return self.from_last(x[(slice(None), *(slice(before, n - after) for n, (before, after) in sides))])

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        position, channel = self.apart(at)
        places = tuple(place + before for place, (before, _) in zip(position, self.cropping, strict=True))
        axes = zip(AXES[self.rank], position, self.cropping, places, strict=True)
        moves = (f"{axis}: {place} + {before} = {old}" for axis, place, (before, _), old in axes)
        return explaining.moved(at, inputs, self.join(places, channel), *moves)


@dataclass(frozen=True, kw_only=True)
class Cropping1D(Cropping):
    """A signal or sequence without elements at its ends (length, channels)."""

    type: ClassVar[str] = "cropping1d"
    rank: ClassVar[int] = 1
    cropping: Sides = option(PerSide(1), "what is cut off: both ends, or [before, after]", 1)


@dataclass(frozen=True, kw_only=True)
class Cropping2D(Cropping):
    """A picture without rows and columns at its borders (height, width, channels)."""

    type: ClassVar[str] = "cropping2d"
    rank: ClassVar[int] = 2
    cropping: Sides = option(
        PerSide(2), "what is cut off: all sides, [height, width], or [[top, bottom], [left, right]]", 0
    )


@dataclass(frozen=True, kw_only=True)
class Cropping3D(Cropping):
    """A volume without what lies at its borders (depth, height, width, channels)."""

    type: ClassVar[str] = "cropping3d"
    rank: ClassVar[int] = 3
    cropping: Sides = option(PerSide(3), "what is cut off: all sides, one number an axis, or a pair an axis", 1)
