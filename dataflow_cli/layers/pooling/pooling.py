"""Pooling layers in one, two and three dimensions.

    max:      out[n, p, c] = max_k   in[n, p·stride + k·dilation - pad, c]
    average:  out[n, p, c] = mean_k  in[n, p·stride + k·dilation - pad, c]

n: sample; p: position, one index a spatial axis; k: place in the window; c: channel. Channels stay. What is padded
never wins a maximum and is not counted in a mean.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.bases.per_rank import per_rank
from dataflow_cli.layers.bases.sliding import Sliding
from dataflow_cli.layers.bases.tiled import Tiled
from dataflow_cli.layers.bases.windows import Padding, PaddingField, Window, windows
from dataflow_cli.layers.fields import Boolean, Optional, option
from dataflow_cli.layers.spatial_fields import PerAxis
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.explaining.taking import Taken
    from dataflow_cli.layers.tiling import Tiling, Work
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

MOST = 4096
"""So many windows over an axis that is shorter than their steps are looked at one by one."""


@dataclass(frozen=True, kw_only=True)
class Pooling(Sliding):
    """Base of all pooling layers: everything but the number of spatial axes and the arithmetic."""

    pool_size: tuple[int, ...] = per_rank(PerAxis, "{axes} of the window", 2)
    strides: tuple[int, ...] | None = per_rank(
        lambda rank: Optional(PerAxis(rank)), "step between two windows; null: the window's size", None
    )
    padding: Padding = per_rank(PaddingField, "what is added {around}", "valid")
    dilation_rate: tuple[int, ...] = per_rank(PerAxis, "distance between two places of the window", 1)
    ceil_mode: bool = option(Boolean(), "let a last window reach beyond the end, if it starts before it", False)

    @property
    def steps(self) -> tuple[int, ...]:
        """The step between two windows on every spatial axis."""
        return self.strides or self.pool_size

    @property
    def windows(self) -> tuple[Window, ...]:
        made = windows(self.pool_size, self.steps, self.dilation_rate, self.padding)
        return tuple(replace(window, ceil=True) for window in made) if self.ceil_mode else made

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs)
        for window, length in zip(self.windows, lengths, strict=True):
            if max(window.pads(length)) >= window.span:
                raise LayerError(
                    f"padding {max(window.pads(length))} is not smaller than the window of {window.span}",
                    hint="a window would see nothing but padding: use less, or `padding: same`",
                    code="E126",
                    field="padding",
                )
            if _misses(window, length):
                raise LayerError(
                    f"a window whose places are {window.dilation} apart sees nothing of an axis of {length}",
                    hint=f"it lies in the padding: write a `dilation_rate` of at most {length}",
                    field="dilation_rate",
                )
        return self.join(self.output_lengths(lengths), channels)

    def under(self, at: Shape, inputs: Arrays) -> Taken:
        """What lies under the window that one element of the output is made from."""
        x = inputs[0][0]
        position, channel = self.apart(at)
        return explaining.taken(x, self.index(self.taps(position, self.split([x.shape])[0]), channel))


def _misses(window: Window, length: int) -> bool:
    """Whether a window, which starts before the axis ends and ends behind its start, may step over all of it."""
    if length >= window.dilation or not any(window.pads(length)):
        return False
    count = window.output_length(length)
    return count > MOST or any(not window.link(length).meets(place, length)[0] for place in range(count))


@dataclass(frozen=True, kw_only=True)
class MaxPooling(Pooling, Tiled):
    """Base of max_pooling1d, max_pooling2d and max_pooling3d."""

    is_monotone: ClassVar[bool] = True
    selects: ClassVar[bool] = True

    def tiling(self, inputs: Shapes) -> Tiling:
        return replace(super().tiling(inputs), pool=self.slide(self.split(inputs)[0]))

    def tile_job(self, work: Work) -> Job:
        (x,) = work.inputs
        return kernels.pooling.max_pool_job(x, self.slide(x.shape[1:-1]), work.stages, work.out, engine=work.engine)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        lengths, channels = self.split(inputs)
        outputs = (samples, *self.output_lengths(lengths))
        return self.copying(kernels.pooling.pooling_method(outputs, channels, self.slide(lengths)), inputs, samples)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return explaining.largest(at, inputs, self.under(at, inputs))


@dataclass(frozen=True, kw_only=True)
class AveragePooling(Pooling):
    """Base of average_pooling1d, average_pooling2d and average_pooling3d."""

    is_monotone: ClassVar[bool] = True
    torch_defaults: ClassVar[Mapping[str, Any]] = {"count_include_pad": True}
    count_include_pad: bool = option(Boolean(), "count what is padded in the mean, as zeros", False)

    def _counted(self, lengths: Shape) -> tuple[tuple[int, int], ...]:
        """How much padding (before, after) on each axis counts in a mean: not what `ceil_mode` adds."""
        pads = replace(self, ceil_mode=False).pads(lengths)
        return pads if self.count_include_pad else ((0, 0),) * self.rank

    def torch_default_matters(self, field: str, inputs: Shapes) -> bool:
        return any(map(any, replace(self, ceil_mode=False).pads(self.split(inputs)[0])))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = self.to_last(inputs[0])
        counted = self._counted(x.shape[1:-1])
        if any(map(any, counted)):
            return self.from_last(self._among_zeros(kernels.windows.padded(x, counted), counted, x.shape[1:-1], engine))
        slide = self.slide(x.shape[1:-1])
        return self.from_last(kernels.pooling.average_pool(x, slide, engine))

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        lengths, channels = self.split(inputs)
        outputs, slide = (samples, *self.output_lengths(lengths)), self.slide(lengths)
        return kernels.pooling.pooling_method(outputs, channels, slide, counted=lengths)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        lengths, _ = self.split([inputs[0].shape[1:]])
        counted = self._counted(lengths)
        if not any(map(any, counted)):
            return explaining.mean(at, inputs, self.under(at, inputs))
        axes = zip(self.windows, self.apart(at)[0], lengths, counted, strict=True)
        count = 1
        for window, place, n, (before, after) in axes:
            start = place * window.stride - window.pads(n)[0]
            count *= sum(-before <= tap < n + after for tap in range(start, start + window.span, window.dilation))
        return explaining.mean(at, inputs, self.under(at, inputs), count)

    def _among_zeros(
        self, x: Array, counted: tuple[tuple[int, int], ...], lengths: Shape, engine: Engine | None
    ) -> Array:
        """Means over an input that has its padding around it already."""
        more = [
            (before - one, after - other)
            for (before, after), (one, other) in zip(self.pads(lengths), counted, strict=True)
        ]
        slide = kernels.windows.Slide(self.pool_size, self.steps, self.dilation_rate, more)
        return kernels.pooling.average_pool(x, slide, engine)


@dataclass(frozen=True, kw_only=True)
class MaxPooling1D(MaxPooling):
    """The largest element of every window of a signal or sequence (length, channels)."""

    type: ClassVar[str] = "max_pooling1d"
    rank: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class MaxPooling2D(MaxPooling):
    """The largest element of every window of a picture (height, width, channels)."""

    type: ClassVar[str] = "max_pooling2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class MaxPooling3D(MaxPooling):
    """The largest element of every window of a volume (depth, height, width, channels)."""

    type: ClassVar[str] = "max_pooling3d"
    rank: ClassVar[int] = 3


@dataclass(frozen=True, kw_only=True)
class AveragePooling1D(AveragePooling):
    """The mean of every window of a signal or sequence (length, channels)."""

    type: ClassVar[str] = "average_pooling1d"
    rank: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class AveragePooling2D(AveragePooling):
    """The mean of every window of a picture (height, width, channels)."""

    type: ClassVar[str] = "average_pooling2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class AveragePooling3D(AveragePooling):
    """The mean of every window of a volume (depth, height, width, channels)."""

    type: ClassVar[str] = "average_pooling3d"
    rank: ClassVar[int] = 3
