"""Depthwise convolutional layers.

    out[n, p, c·M + m] = activation( Σ_k  in[n, p·stride + k·dilation - pad, c] · kernel[k, c, m]  +  bias[c·M + m] )

n: sample; p: position, one index a spatial axis; k: tap of the kernel; c: input channel; m: one of the M kernels of a
channel (`depth_multiplier`). Channels are not mixed: a convolution with as many groups as channels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.bases import bias
from dataflow_cli.layers.bases.tiled import Tiled
from dataflow_cli.layers.bases.windows import Padding, PaddingField
from dataflow_cli.layers.convolution.conv import Windowed
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.kernels.windows import Slide
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.tiling import Work
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv(Windowed, Tiled):
    """Base of depthwise convolutions: everything but the number of spatial axes."""

    sums_products: ClassVar[bool] = True
    depth_multiplier: int = option(Integer(1), "number of kernels for every input channel", 1)

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs)
        return self.join(self.output_lengths(lengths), channels * self.depth_multiplier)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        _, channels = self.split(inputs)
        kernel = Parameter((*self.kernel_size, channels, self.depth_multiplier))
        return {"kernel": kernel} | bias.parameter(channels * self.depth_multiplier, used=self.use_bias)

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        from dataflow_cli.layers.torch_stored import depthwise_kernel, same

        return depthwise_kernel(shape) if parameter == "kernel" else same(shape)

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        lengths, channels = self.split(inputs)
        return ((*self.output_lengths(lengths), channels, self.depth_multiplier, *self.kernel_size),)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (*super().shape_arithmetic(inputs), *multiplied(self.split(inputs)[1], self.depth_multiplier))

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        lengths, channels = self.split(inputs)
        outputs = (samples, *self.output_lengths(lengths), channels, self.depth_multiplier)
        return self.copying(
            kernels.depthwise.depthwise_method(outputs, self.slide(lengths), kept=kept), inputs, samples
        )

    def tile_job(self, work: Work) -> Job:
        (x,), stages = work.inputs, bias.before(work.parameters, work.stages)
        kernel, slide = self.oriented(work.parameters["kernel"], x.shape[1:-1]), self.slide(x.shape[1:-1])
        return kernels.depthwise.depthwise_job(x, kernel, slide, stages, work.out, engine=work.engine)

    def gradient_of_taps(self, x: Array, by: Array, slide: Slide) -> Array:
        return kernels.gradients.of_channels(x, by, slide)

    def feeding_channels(self, wanted: Array, channels: int) -> Array:
        return receptive_fields.feeding.grouped(wanted, channels, channels)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        position, number = self.apart(at)
        channel, which = divmod(number, self.depth_multiplier)
        applied = self.applied(self.split([inputs[0].shape[1:]])[0])
        kernel = explaining.taken(parameters["kernel"], (*applied, channel, which))
        block = explaining.weighted(
            f"channel {channel}", "window", self.under(position, inputs, channel), kernel, "kernel"
        )
        result = explaining.summed(at, inputs, [block])
        return bias.explained(result, number, parameters)


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv1D(DepthwiseConv):
    """Convolution of every channel of a signal or sequence by itself (length, channels)."""

    type: ClassVar[str] = "depthwise_conv1d"
    rank: ClassVar[int] = 1
    padding: Padding = option(PaddingField(1, causal=True), "what is added at the ends", "valid")


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv2D(DepthwiseConv):
    """Convolution of every channel by itself (height, width, channels)."""

    type: ClassVar[str] = "depthwise_conv2d"
    rank: ClassVar[int] = 2


def multiplied(channels: int, multiplier: int) -> tuple[str, ...]:
    """`channels: 32·2 = 64`, if there is a multiplier at all."""
    return (f"channels: {channels}·{multiplier} = {channels * multiplier}",) if multiplier > 1 else ()
