"""Separable convolutional layers: a depthwise convolution, then a 1 x 1 convolution that mixes the channels.

    mid[n, p, c·M + m] = Σ_k  in[n, p·stride + k·dilation - pad, c] · depthwise_kernel[k, c, m]
    out[n, p, f] = activation( Σ_j  mid[n, p, j] · pointwise_kernel[j, f]  +  bias[f] )

n: sample; p: position, one index a spatial axis; k: tap of the kernel; c: input channel; m: one of the M kernels of a
channel (`depth_multiplier`); j: channel in the middle, from 0 to channels·M; f: filter.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.bases import bias
from dataflow_cli.layers.bases.per_rank import per_rank
from dataflow_cli.layers.bases.windows import Padding, PaddingField
from dataflow_cli.layers.convolution.conv import Windowed
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.layers.spatial_fields import PerAxis
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class SeparableConv(Windowed):
    """Base of separable convolutions: everything but the number of spatial axes."""

    sums_products: ClassVar[bool] = True
    torch_kernels: ClassVar[frozenset[str]] = frozenset({"pointwise_kernel"})
    insides: ClassVar[Mapping[str, str]] = {
        "depthwise": "every channel by itself, before they are mixed",
        "sum": "the result before the activation",
    }
    filters: int = option(Integer(1), "number of filters: the channels of the output")
    kernel_size: tuple[int, ...] = per_rank(PerAxis, "{axes} of the depthwise kernel")
    depth_multiplier: int = option(Integer(1), "number of depthwise kernels for every input channel", 1)
    in_the_middle: bool = False
    """Whether the layer ends before the channels are mixed."""

    def inside(self, name: str) -> Layer:
        return replace(self, activation=None, in_the_middle=name == "depthwise")

    def rest(self, name: str) -> Layer | None:
        return super().rest(name) if name == "sum" else None

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs)
        made = channels * self.depth_multiplier if self.in_the_middle else self.filters
        return self.join(self.output_lengths(lengths), made)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        _, channels = self.split(inputs)
        kernels = {
            "depthwise_kernel": Parameter((*self.kernel_size, channels, self.depth_multiplier)),
            "pointwise_kernel": Parameter((*(1,) * self.rank, channels * self.depth_multiplier, self.filters)),
        }
        return kernels | bias.parameter(self.filters, used=self.use_bias)

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        from dataflow_cli.layers.torch_stored import depthwise_kernel

        if parameter == "depthwise_kernel":
            return depthwise_kernel(shape)
        return super().torch_stored(parameter, shape, inputs, order)

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        lengths, channels = self.split(inputs)
        positions = self.output_lengths(lengths)
        first = (*positions, channels, self.depth_multiplier, *self.kernel_size)
        if self.in_the_middle:
            return (first,)
        return first, (*positions, self.filters, channels * self.depth_multiplier)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        lengths, channels = self.split(inputs)
        outputs = (samples, *self.output_lengths(lengths), channels, self.depth_multiplier)
        why = "every channel by itself, then a matrix product"
        first = kernels.depthwise.depthwise_method(outputs, self.slide(lengths), why, kept=kept)
        places, between = math.prod(outputs[:-2]), channels * self.depth_multiplier
        method = replace(first, name="separable", beside=math.prod(outputs))
        return kernels.panels.said(method, places, between, self.filters, kept=kept)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = self.to_last(inputs[0])
        slide = self.slide(x.shape[1:-1])
        middle = kernels.depthwise.depthwise(
            x,
            self.oriented(parameters["depthwise_kernel"], x.shape[1:-1]),
            strides=slide.strides,
            pads=slide.pads,
            dilations=slide.dilations,
            engine=engine,
        )
        if self.in_the_middle:
            return self.from_last(middle)
        pointwise = parameters["pointwise_kernel"][(0,) * self.rank]
        return self.from_last(kernels.dense.dense(middle, pointwise, parameters.get("bias"), engine=engine))

    def feeding_channels(self, wanted: Array, channels: int) -> Array:
        return receptive_fields.feeding.grouped(wanted, channels if self.in_the_middle else 1, channels)

    def terms(self, inputs: Shapes) -> int:
        return (super().terms(inputs) + 1) * self.split(inputs)[1] * self.depth_multiplier

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        position, number = self.apart(at)
        if self.in_the_middle:
            channel, kernel = divmod(number, self.depth_multiplier)
            (window,) = self._middle(position, inputs, parameters, (range(channel, channel + 1), [kernel]))
            return explaining.from_blocks(at, inputs, [window], window.subtotal)
        pointwise = parameters["pointwise_kernel"]
        mixing = explaining.taken(pointwise, (*(0,) * self.rank, range(pointwise.shape[-2]), number))
        _, channels = self.split([inputs[0].shape[1:]])
        all_of_them = range(channels), range(self.depth_multiplier)
        blocks = self._middle(position, inputs, parameters, all_of_them, mixing.values)
        row = explaining.mixed([block.subtotal for block in blocks], mixing, "pointwise_kernel")
        result = explaining.from_blocks(at, inputs, blocks, row.subtotal, more=[row])
        return bias.explained(result, number, parameters)

    def _middle(
        self,
        position: Shape,
        inputs: Arrays,
        parameters: Parameters,
        which: tuple[Sequence[int], Sequence[int]],
        factors: Array | None = None,
    ) -> list[Block]:
        """What some kernels of some channels give, by channel and kernel: a window of its own each, which the 1 x 1
        convolution multiplies by its factor.
        """
        channels, kernels = which
        windows = self.under(position, inputs, channels).repeated(len(kernels))
        index = (*self.applied(self.split([inputs[0].shape[1:]])[0]), channels, kernels)
        weights = explaining.taken(parameters["depthwise_kernel"], index).by(-1).by(-1).flattened()
        scale = 1.0 if factors is None else factors.reshape(-1, *[1] * self.rank)
        stack = explaining.weighted("middle", "window", windows, weights, "depthwise_kernel", scale=scale)
        pairs = [(channel, kernel) for channel in channels for kernel in kernels]
        names = [f"middle {channel * self.depth_multiplier + kernel}: channel {channel}" for channel, kernel in pairs]
        return explaining.pieces(stack, names)


@dataclass(frozen=True, kw_only=True)
class SeparableConv1D(SeparableConv):
    """Convolution of every channel by itself, then of all channels at every position (length, channels)."""

    type: ClassVar[str] = "separable_conv1d"
    rank: ClassVar[int] = 1
    padding: Padding = option(PaddingField(1, causal=True), "what is added at the ends", "valid")


@dataclass(frozen=True, kw_only=True)
class SeparableConv2D(SeparableConv):
    """Convolution of every channel by itself, then of all channels at every position (height, width, channels)."""

    type: ClassVar[str] = "separable_conv2d"
    rank: ClassVar[int] = 2
