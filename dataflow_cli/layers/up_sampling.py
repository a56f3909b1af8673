"""The up-sampling layer: height and width grow by whole factors.

    nearest:   out[n, r, s, c] = in[n, ⌊r / size⌋, ⌊s / size⌋, c]
    bilinear:  the value between the four neighbours' centres at (r + 1/2) / size - 1/2, (s + 1/2) / size - 1/2

n: sample; r: row; s: column; c: channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.kernels.upsample import bilinear, nearest
from dataflow_cli.layers.fields import Choice, PerAxis, option
from dataflow_cli.layers.reach import AxisReach, Reach
from dataflow_cli.layers.spatial import AXES, Spatial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.base import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class UpSampling2D(Spatial):
    """Grow a picture by repeating or interpolating its elements (height, width, channels)."""

    type: ClassVar[str] = "up_sampling2d"
    rank: ClassVar[int] = 2
    size: tuple[int, ...] = option(PerAxis(2), "how many times height and width grow", 2)
    interpolation: str = option(Choice(("nearest", "bilinear")), "where new values come from", "nearest")

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs)
        return self.join(tuple(n * factor for n, factor in zip(lengths, self.size, strict=True)), channels)

    def reach(self, reaches: Sequence[Reach], inputs: Shapes) -> Reach:
        axes = reaches[0].axes
        if axes is None:
            return reaches[0]
        return Reach(tuple(self._stretched(axis, factor) for axis, factor in zip(axes, self.size, strict=True)))

    def _stretched(self, axis: AxisReach, factor: int) -> AxisReach:
        """Nearest: an element becomes `factor` elements. Bilinear: it fades over half of that on both sides."""
        if self.interpolation == "nearest" or factor == 1:
            return axis.stretched(factor, factor)
        return axis.stretched(factor, 2 * factor, Fraction(factor, 2))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        axes = zip(AXES[self.rank], self.split(inputs)[0], self.size, strict=True)
        return tuple(f"{axis}: {n}·{factor} = {n * factor}" for axis, n, factor in axes)

    def forward(self, inputs: Arrays, parameters: Parameters) -> Array:
        grow = nearest if self.interpolation == "nearest" else bilinear
        return self.from_last(grow(self.to_last(inputs[0]), self.size))
