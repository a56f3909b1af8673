"""Adaptive pooling: every spatial axis in a given number of parts, each of which becomes one number a channel.

    out[n, p, c] = max or mean of  in[n, q, c]   for q from ⌊p·length / count⌋ to ⌈(p + 1)·length / count⌉ - 1

n: sample; p: part, one index a spatial axis; c: channel. Where the count does not divide the length, neighbouring parts
share an element.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.axes import AXES
from dataflow_cli.layers.bases.per_rank import per_rank
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.layers.receptive_fields.receptive_field import Sampling
from dataflow_cli.layers.spatial_fields import PerAxis
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.explaining.taking import Taken
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class AdaptivePooling(Spatial):
    """Base of all adaptive pooling layers: everything but the number of spatial axes and the arithmetic."""

    is_monotone: ClassVar[bool] = True
    output_size: tuple[int, ...] = per_rank(PerAxis, "{axes} of the output")

    def output_shape(self, inputs: Shapes) -> Shape:
        return self.join(self.output_size, self.split(inputs)[1])

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        pairs = zip(self.split(inputs)[0], self.output_size, strict=True)
        return seen[0].sampled([_sampling(length, count) for length, count in pairs])

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        lengths, _ = self.split(inputs)
        parts = [_sampling(*axis).within(*axis) for axis in zip(lengths, self.output_size, strict=True)]
        last = np.moveaxis(wanted, 0, -1) if self.channels_first else wanted
        fed = receptive_fields.feeding.sampled(last, parts, lengths)
        return [np.moveaxis(fed, -1, 0) if self.channels_first else fed]

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        """One axis after the other: what one made is there, in pieces and whole, while the next is made of it."""
        lengths, channels = self.split(inputs)
        sizes = [math.prod(self.output_size[: axis + 1]) * math.prod(lengths[axis + 1 :]) for axis in range(self.rank)]
        return kernels.method.beside(2 * samples * channels * sum(sizes))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        axes = zip(AXES[self.rank], self.split(inputs)[0], self.output_size, strict=True)
        return tuple(f"{axis}: {length} in {count} parts" for axis, length, count in axes)

    def terms(self, inputs: Shapes) -> int:
        return math.prod(-(-n // count) + 1 for n, count in zip(self.split(inputs)[0], self.output_size, strict=True))

    def under(self, at: Shape, inputs: Arrays) -> Taken:
        """The part that one element of the output is made from."""
        x = inputs[0][0]
        position, channel = self.apart(at)
        axes = zip(self.split([x.shape])[0], self.output_size, position, strict=True)
        return explaining.taken(x, self.index([_sampling(n, count).places(p) for n, count, p in axes], channel))


def _sampling(length: int, count: int) -> Sampling:
    """Which elements of an axis make each of so many parts."""
    common = math.gcd(length, count)
    return Sampling(
        period=count // common,
        rise=length // common,
        places=lambda part: range(part * length // count, -(-(part + 1) * length // count)),
    )


@dataclass(frozen=True, kw_only=True)
class AdaptiveMaxPooling(AdaptivePooling):
    """Base of adaptive_max_pooling1d, adaptive_max_pooling2d and adaptive_max_pooling3d."""

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.from_last(kernels.pooling.adaptive(self.to_last(inputs[0]), self.output_size, mean=False))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return explaining.largest(at, inputs, self.under(at, inputs))


@dataclass(frozen=True, kw_only=True)
class AdaptiveAveragePooling(AdaptivePooling):
    """Base of adaptive_average_pooling1d, adaptive_average_pooling2d and adaptive_average_pooling3d."""

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.from_last(kernels.pooling.adaptive(self.to_last(inputs[0]), self.output_size, mean=True))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return explaining.mean(at, inputs, self.under(at, inputs))


@dataclass(frozen=True, kw_only=True)
class AdaptiveMaxPooling1D(AdaptiveMaxPooling):
    """The largest element of every part of a signal or sequence (length, channels), a given number of parts."""

    type: ClassVar[str] = "adaptive_max_pooling1d"
    rank: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class AdaptiveMaxPooling2D(AdaptiveMaxPooling):
    """The largest element of every part of a picture (height, width, channels), a given number of parts."""

    type: ClassVar[str] = "adaptive_max_pooling2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class AdaptiveMaxPooling3D(AdaptiveMaxPooling):
    """The largest element of every part of a volume (depth, height, width, channels), a given number of parts."""

    type: ClassVar[str] = "adaptive_max_pooling3d"
    rank: ClassVar[int] = 3


@dataclass(frozen=True, kw_only=True)
class AdaptiveAveragePooling1D(AdaptiveAveragePooling):
    """The mean of every part of a signal or sequence (length, channels), a given number of parts."""

    type: ClassVar[str] = "adaptive_average_pooling1d"
    rank: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class AdaptiveAveragePooling2D(AdaptiveAveragePooling):
    """The mean of every part of a picture (height, width, channels), a given number of parts."""

    type: ClassVar[str] = "adaptive_average_pooling2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class AdaptiveAveragePooling3D(AdaptiveAveragePooling):
    """The mean of every part of a volume (depth, height, width, channels), a given number of parts."""

    type: ClassVar[str] = "adaptive_average_pooling3d"
    rank: ClassVar[int] = 3
