"""Convolutional layers in one, two and three dimensions.

    out[n, p, f] = activation( Σ_k Σ_c  in[n, p·stride + k·dilation - pad, c] · kernel[k, c, f]  +  bias[f] )

n: sample; p: position, one index a spatial axis; k: tap of the kernel; c: input channel; f: filter. The kernel is not
flipped (cross-correlation), as in every deep learning library; `flip_kernel` flips it along its spatial axes, as
mathematics and signal processing define convolution.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.bases import bias
from dataflow_cli.layers.bases.activated import Activated
from dataflow_cli.layers.bases.per_rank import per_rank
from dataflow_cli.layers.bases.sliding import Sliding
from dataflow_cli.layers.bases.tiled import Tiled
from dataflow_cli.layers.bases.windows import Padding, PaddingField, Window, windows
from dataflow_cli.layers.fields import Boolean, Integer, option
from dataflow_cli.layers.spatial_fields import PerAxis
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.kernels.windows import Slide
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.explaining.taking import Index, Taken
    from dataflow_cli.layers.tiling import Tiling, Work
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class KernelWindows(Sliding):
    """Base of convolutions: the windows that their kernels are laid over."""

    shares_weights: ClassVar[bool] = True
    torch_has_same: ClassVar[bool] = True
    kernel_size: tuple[int, ...] = per_rank(PerAxis, "{axes} of the kernel")
    strides: tuple[int, ...] = per_rank(PerAxis, "step between two positions", 1)
    padding: Padding = per_rank(PaddingField, "what is added {around}", "valid")
    dilation_rate: tuple[int, ...] = per_rank(PerAxis, "distance between two taps of the kernel", 1)

    @property
    def windows(self) -> tuple[Window, ...]:
        return windows(self.kernel_size, self.strides, self.dilation_rate, self.padding)

    def oriented(self, kernel: Array, lengths: Sequence[int]) -> Array:
        """The kernel as it is applied to axes of these lengths: its useful taps."""
        axes = list(zip(self.windows, lengths, strict=True))
        if all(window.trimmed(n).size == window.size for window, n in axes):
            return kernel
        useful = [window.useful(n) for window, n in axes]
        return np.ascontiguousarray(kernel[tuple(slice(taps.start, taps.stop) for taps in useful)])

    def applied(self, lengths: Sequence[int]) -> tuple[Index, ...]:
        """The useful taps of the kernel in the order in which they meet the window."""
        return tuple(self.useful(lengths))

    def under(self, position: Shape, inputs: Arrays, channel: Index) -> Taken:
        """What lies under the window in one channel of the input; by channel, if there are several."""
        x = inputs[0][0]
        lengths, _ = self.split([x.shape])
        found = explaining.taken(x, self.index(self.taps(position, lengths), channel))
        return found if isinstance(channel, int) else found.by(self.channels_axis(self.rank + 1))


@dataclass(frozen=True, kw_only=True)
class Filtering(KernelWindows):
    """Base of convolutions whose every filter weighs all channels, or those of its group."""

    torch_kernels: ClassVar[frozenset[str]] = frozenset({"kernel"})
    filters: int = option(Integer(1), "number of filters: the channels of the output")
    groups: int = option(Integer(1), "split channels and filters into this many separate convolutions", 1)

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs[:1])
        divided(channels, self.filters, self.groups)
        return self.join(self.output_lengths(lengths), self.filters)

    def kernel_shape(self, inputs: Shapes) -> Shape:
        """(*kernel_size, channels of a group, filters)."""
        _, channels = self.split(inputs[:1])
        return (*self.kernel_size, channels // self.groups, self.filters)

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        lengths, channels = self.split(inputs[:1])
        return ((*self.output_lengths(lengths), self.filters, *self.kernel_size, channels // self.groups),)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        lengths, channels = self.split(inputs[:1])
        shape = kernels.conv.plan.ConvShape(
            samples=samples,
            positions=self.output_lengths(lengths),
            channels=channels // self.groups,
            filters=self.filters // self.groups,
            slide=self.slide(lengths),
            groups=self.groups,
        )
        return kernels.conv.plan.conv_method(shape, kept=kept, fast_math=fast_math)

    def feeding_channels(self, wanted: Array, channels: int) -> Array:
        return receptive_fields.feeding.grouped(wanted, self.groups, channels)

    def terms(self, inputs: Shapes) -> int:
        return super().terms(inputs[:1]) * self.split(inputs[:1])[1] // self.groups

    def weighed(self, at: Shape, inputs: Arrays, kernel: Array) -> tuple[list[str], Taken, Taken]:
        """The names of the group's channels, and by channel what lies under the window there, and its weights for one
        filter.
        """
        position, number = self.apart(at)
        channels = kernel.shape[-2]
        applied = self.applied(self.split([inputs[0].shape[1:]])[0])
        first = number // (self.filters // self.groups) * channels
        mine = range(first, first + channels)
        weights = explaining.taken(kernel, (*applied, range(channels), number))
        return [f"channel {channel}" for channel in mine], self.under(position, inputs, mine), weights.by(-1)


@dataclass(frozen=True, kw_only=True)
class Windowed(Activated, KernelWindows):
    """Base of convolutions of floating-point numbers: a bias, an activation, and a kernel that may be flipped."""

    sums_products: ClassVar[bool] = True
    use_bias: bool = bias.field("filter")
    flip_kernel: bool = option(Boolean(), "flip the kernel along its spatial axes (true convolution)", False)

    def oriented(self, kernel: Array, lengths: Sequence[int]) -> Array:
        """The same, flipped if the layer says so."""
        flipped = np.flip(kernel, axis=tuple(range(self.rank))) if self.flip_kernel else kernel
        return super().oriented(flipped, lengths)

    def applied(self, lengths: Sequence[int]) -> tuple[Index, ...]:
        axes = zip(self.kernel_size, self.useful(lengths), strict=True)
        return tuple(range(size)[:: -1 if self.flip_kernel else 1][taps.start : taps.stop] for size, taps in axes)

    def gradient_of_taps(self, x: Array, by: Array, slide: Slide) -> Array | None:
        """The gradient by the kernel's useful taps, as they meet the window; all arrays have their channels last. None
        where there are several kernels.
        """
        return None

    def kernel_gradient(self, x: Array, by: Array) -> Array | None:
        x, by = self.to_last(x), self.to_last(by)
        lengths = x.shape[1:-1]
        useful = self.gradient_of_taps(x, by, self.slide(lengths))
        if useful is None:
            return None
        found = np.zeros((*self.kernel_size, *useful.shape[self.rank :]), useful.dtype)
        found[np.ix_(*self.applied(lengths))] = useful
        return found


@dataclass(frozen=True, kw_only=True)
class Conv(Windowed, Filtering, Tiled):
    """Base of conv1d, conv2d and conv3d: everything but the number of spatial axes."""

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return {"kernel": Parameter(self.kernel_shape(inputs))} | bias.parameter(self.filters, used=self.use_bias)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        method = super().method(inputs, samples, kept=kept, fast_math=fast_math)
        return self.copying(method, inputs, samples)

    def tiling(self, inputs: Shapes) -> Tiling:
        return replace(super().tiling(inputs), make_pooled=self.pooled_job)

    def tile_job(self, work: Work) -> Job:
        (x,), stages = work.inputs, bias.before(work.parameters, work.stages)
        kernel, slide = self.oriented(work.parameters["kernel"], x.shape[1:-1]), self.slide(x.shape[1:-1])
        return kernels.conv.convolution_job(
            x, kernel, slide, groups=self.groups, stages=stages, out=work.out, engine=work.engine
        )

    def pooled_job(self, work: Work, pool: Slide) -> Job | None:
        """`activated_job`, then the largest of every window, without the tensor between; None if it has to be there."""
        (x,), stages = work.inputs, bias.before(work.parameters, work.activated(self.activating).stages)
        kernel, slide = self.oriented(work.parameters["kernel"], x.shape[1:-1]), self.slide(x.shape[1:-1])
        return kernels.conv.pooled_job(
            x, kernel, slide, pool, groups=self.groups, stages=stages, out=work.out, engine=work.engine
        )

    def gradient_of_taps(self, x: Array, by: Array, slide: Slide) -> Array:
        return kernels.gradients.of_windows(x, by, slide, self.groups)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        names, values, weights = self.weighed(at, inputs, parameters["kernel"])
        stack = explaining.weighted("channels", "window", values, weights, "kernel")
        blocks = explaining.pieces(stack, names)
        return bias.explained(explaining.summed(at, inputs, blocks), at[self.channels_axis(len(at))], parameters)


def divided(channels: int, filters: int, groups: int) -> None:
    """Raises LayerError if so many groups divide the channels or the filters unequally."""
    for field, number in (("groups", channels), ("filters", filters)):
        if number % groups:
            what = "input channels" if field == "groups" else "filters"
            raise LayerError(
                f"{number} {what} cannot be split into {groups} groups",
                hint="groups must divide both the input channels and the filters",
                code="E126",
                field=field,
                wanted=f"a number of channels that {groups} divides" if field == "groups" else "",
            )


@dataclass(frozen=True, kw_only=True)
class Conv1D(Conv):
    """Convolution along one axis: signals and sequences (length, channels)."""

    type: ClassVar[str] = "conv1d"
    rank: ClassVar[int] = 1
    padding: Padding = option(PaddingField(1, causal=True), "what is added at the ends", "valid")


@dataclass(frozen=True, kw_only=True)
class Conv2D(Conv):
    """Convolution over a picture (height, width, channels)."""

    type: ClassVar[str] = "conv2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class Conv3D(Conv):
    """Convolution over a volume (depth, height, width, channels)."""

    type: ClassVar[str] = "conv3d"
    rank: ClassVar[int] = 3
