"""Up-sampling layers: the spatial axes grow by whole factors.

    nearest:   out[n, p, c] = in[n, ⌊p / size⌋, c]
    linear:    the value between the neighbours' centres at (p + 1/2) / size - 1/2; bilinear and trilinear: on each axis
    bicubic, lanczos3, lanczos5: the weighted sum of 4, 6 or 10 neighbours on each axis

n: sample; p: position, one index a spatial axis; c: channel.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.axes import AXES
from dataflow_cli.layers.bases.per_rank import per_rank
from dataflow_cli.layers.bases.resampled import Resampled
from dataflow_cli.layers.bases.resampling import Resampling, Rule
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.layers.fields import Choice, option
from dataflow_cli.layers.receptive_fields.links import Link
from dataflow_cli.layers.spatial_fields import PerAxis
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
"""What interpolation along every axis is called."""
_WIDE = ("bicubic", "lanczos3", "lanczos5")
"""What looks further than at the two neighbours; of pictures only, as in Keras."""


@dataclass(frozen=True, kw_only=True)
class UpSampling(Resampled):
    """Base of all up-sampling layers: everything but the number of spatial axes."""

    size: tuple[int, ...] = per_rank(PerAxis, "how many times {axes} grow", 2)
    interpolation: str = per_rank(
        lambda rank: Choice(("nearest", _LINEAR[rank], *(_WIDE if rank == 2 else ()))),
        "where new values come from",
        "nearest",
    )

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs)
        return self.join(tuple(n * factor for n, factor in zip(lengths, self.size, strict=True)), channels)

    @property
    def wide(self) -> bool:
        """Whether more than two neighbours count on an axis."""
        return self.interpolation in _WIDE

    def resampling(self, lengths: Shape) -> tuple[Resampling, ...]:
        rule = Rule(self.interpolation)
        return tuple(Resampling(rule, n, n * factor) for n, factor in zip(lengths, self.size, strict=True))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        if self.wide:
            return super().receptive_field(seen, inputs)
        return seen[0].through(self.links(self.split(inputs)[0]))

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return super().feeds(wanted, inputs) if self.wide else Spatial.feeds(self, wanted, inputs)

    def links(self, lengths: Shape) -> tuple[Link, ...]:
        return tuple(self._link(factor) for factor in self.size)

    def _link(self, factor: int) -> Link:
        """Nearest: an element becomes `factor` elements. Linear: it fades to nothing over one more on both sides."""
        if self.interpolation == "nearest":
            return Link(shift=1 - factor, taps=factor, growth=factor)
        taps = 2 * factor - factor % 2  # the centre of an odd number of elements is the old element alone
        return Link(shift=factor // 2 + 1 - taps, taps=taps, growth=factor)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """One axis grows after the other; to interpolate takes both neighbours of every new element."""
        if self.wide:
            return super().method(inputs, samples, kept=kept, fast_math=fast_math)
        outputs = samples * math.prod(self.output_shape(inputs))
        before = outputs // self.size[-1]
        return kernels.method.beside(before + (2 * outputs if self.interpolation != "nearest" else 0))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        axes = zip(AXES[self.rank], self.split(inputs)[0], self.size, strict=True)
        return tuple(f"{axis}: {n}·{factor} = {n * factor}" for axis, n, factor in axes)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].aligned(inputs[0])

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        if self.wide:
            return super().forward(inputs, parameters, engine)
        grow = kernels.upsample.nearest if self.interpolation == "nearest" else kernels.upsample.bilinear
        return self.from_last(grow(self.to_last(inputs[0]), self.size))

    def terms(self, inputs: Shapes) -> int:
        return super().terms(inputs) if self.wide else 1 << self.rank

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        if self.wide:
            return super().explain(at, inputs, parameters)
        position, channel = self.apart(at)
        if self.interpolation == "nearest":
            places = tuple(place // factor for place, factor in zip(position, self.size, strict=True))
            axes = zip(AXES[self.rank], position, self.size, places, strict=True)
            moves = (f"{axis}: ⌊{place} / {factor}⌋ = {old}" for axis, place, factor, old in axes)
            return explaining.moved(at, inputs, self.join(places, channel), *moves)
        lengths, _ = self.split([inputs[0].shape[1:]])
        between = [_between(*axis) for axis in zip(position, self.size, lengths, strict=True)]
        corners = explaining.taken(
            inputs[0][0], self.index([[place for place, _ in axis] for axis in between], channel)
        )
        weights = reduce(np.multiply.outer, [np.array([weight for _, weight in axis]) for axis in between])
        block = explaining.weighted(
            "neighbours", "window", corners, explaining.Taken(weights, corners.places, corners.inside), ""
        )
        return explaining.summed(at, inputs, [block])


@dataclass(frozen=True, kw_only=True)
class UpSampling1D(UpSampling):
    """Grow a signal or sequence by repeating or interpolating its elements (length, channels)."""

    type: ClassVar[str] = "up_sampling1d"
    rank: ClassVar[int] = 1
    size: tuple[int, ...] = option(PerAxis(1), "how many times the length grows", 2)


@dataclass(frozen=True, kw_only=True)
class UpSampling2D(UpSampling):
    """Grow a picture by repeating or interpolating its elements (height, width, channels)."""

    type: ClassVar[str] = "up_sampling2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class UpSampling3D(UpSampling):
    """Grow a volume by repeating or interpolating its elements (depth, height, width, channels)."""

    type: ClassVar[str] = "up_sampling3d"
    rank: ClassVar[int] = 3


def _between(position: int, factor: int, length: int) -> list[tuple[int, float]]:
    """The one or two elements of an axis that a position of the grown axis lies between, each with its weight."""
    place = min(max(Fraction(2 * position + 1 - factor, 2 * factor), Fraction(0)), Fraction(length - 1))
    before = int(place)
    after = float(place - before)
    return [(before, 1 - after), (before + 1, after)] if after else [(before, 1.0)]
