"""Transposed convolutional layers, which grow the spatial axes.

    out[n, p, f] = activation( Σ  in[n, i, c] · kernel[k, f, c]  +  bias[f] )
                   over all i, k and c with  i·stride + k·dilation - crop = p

n: sample; p: position in the output, i: in the input, one index a spatial axis; k: tap of the kernel; c: input channel;
f: filter. With `groups` a filter sees the channels of its group alone, and is counted in its group in the kernel.
In other words: every input element adds a scaled copy of the kernel to (length - 1)·stride + dilation·(size - 1) + 1
elements an axis, of which `padding` says how many are cut off. It is the gradient of a convolution, not its inverse.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.axes import AXES
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.bases import bias
from dataflow_cli.layers.bases.activated import Activated
from dataflow_cli.layers.bases.per_rank import per_rank
from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.layers.bases.windows import Padding, PaddingField
from dataflow_cli.layers.convolution.conv import divided
from dataflow_cli.layers.convolution.growth import Growth
from dataflow_cli.layers.fields import Integer, Optional, option
from dataflow_cli.layers.spatial_fields import PerAxis
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.links import Link
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class ConvTranspose(Activated, Spatial):
    """Base of transposed convolutions: everything but the number of spatial axes."""

    shares_weights: ClassVar[bool] = True
    sums_products: ClassVar[bool] = True
    torch_kernels: ClassVar[frozenset[str]] = frozenset({"kernel"})
    filters: int = option(Integer(1), "number of filters: the channels of the output")
    kernel_size: tuple[int, ...] = per_rank(PerAxis, "{axes} of the kernel")
    strides: tuple[int, ...] = per_rank(PerAxis, "how many times {axes} grow", 1)
    padding: Padding = per_rank(PaddingField, "what is cut off around the result", "valid")
    output_padding: tuple[int, ...] | None = per_rank(
        lambda rank: Optional(PerAxis(rank, minimum=0)),
        "elements added at the end of each axis; null: what `padding` needs",
        None,
    )
    dilation_rate: tuple[int, ...] = per_rank(PerAxis, "distance between two taps of the kernel", 1)
    groups: int = option(Integer(1), "split channels and filters into this many separate convolutions", 1)
    use_bias: bool = bias.field("filter")

    @property
    def window_size(self) -> Shape:
        return self.kernel_size

    @property
    def growths(self) -> tuple[Growth, ...]:
        """How every spatial axis grows. Raises LayerError if output_padding is too large."""
        paddings: tuple[str | tuple[int, int], ...] = (
            (self.padding,) * self.rank if isinstance(self.padding, str) else self.padding
        )
        extras = self.output_padding or (None,) * self.rank
        for extra, stride in zip(extras, self.strides, strict=True):
            if extra is not None and extra >= stride:
                raise LayerError(
                    f"output_padding {extra} is not smaller than strides {stride}",
                    hint="dftrace has no output_padding as large as strides yet",
                    code="E126",
                    field="output_padding",
                )
        axes = zip(self.kernel_size, self.strides, self.dilation_rate, paddings, extras, strict=True)
        return tuple(Growth(size, stride, dilation, padding, extra) for size, stride, dilation, padding, extra in axes)

    def output_shape(self, inputs: Shapes) -> Shape:
        lengths, channels = self.split(inputs)
        divided(channels, self.filters, self.groups)
        axes = zip(AXES[self.rank], self.growths, lengths, strict=True)
        grown = tuple(growth.output_length(length, axis) for axis, growth, length in axes)
        return self.join(grown, self.filters)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        _, channels = self.split(inputs)
        kernel = Parameter((*self.kernel_size, self.filters // self.groups, channels))
        return {"kernel": kernel} | bias.parameter(self.filters, used=self.use_bias)

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        lengths, channels = self.split(inputs)
        return ((*lengths, channels, *self.kernel_size, self.filters // self.groups),)

    def links(self, lengths: Shape) -> tuple[Link, ...]:
        return tuple(growth.link for growth in self.growths)

    def feeding_channels(self, wanted: Array, channels: int) -> Array:
        return receptive_fields.feeding.grouped(wanted, self.groups, channels)

    def kernel_gradient(self, x: Array, by: Array) -> Array:
        slide = kernels.windows.Slide(
            self.kernel_size, self.strides, self.dilation_rate, tuple(growth.crops for growth in self.growths)
        )
        return kernels.gradients.of_grown(self.to_last(x), self.to_last(by), slide, self.groups)

    def torch_default_matters(self, field: str, inputs: Shapes) -> bool:
        """Only `valid` steps that are longer than the kernel add something: other padding says what it cuts."""
        return self.padding == "valid" and any(growth.stride > growth.span for growth in self.growths)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        """PyTorch cuts off as much before as after, or less after (`output_padding`)."""
        from dataflow_cli.layers.torch_order import unknown

        crops = [growth.crops for growth in self.growths]
        for axis, (before, after) in zip(AXES[self.rank], crops, strict=True):
            if self.padding == "same" and before < after:
                keep = f"write `padding: {[list(pair) for pair in crops]}` to keep these"
                there = [-(-sum(pair) // 2) for pair in crops]
                more = [2 * cut - sum(pair) for cut, pair in zip(there, crops, strict=True)]
                possible = all(extra < stride for extra, stride in zip(more, self.strides, strict=True))
                sizes = f", or `padding: {there}, output_padding: {more}` for PyTorch's of the same size"
                raise unknown(
                    f"`same` cuts {before} off before and {after} after along {axis}, PyTorch never more after",
                    keep + (sizes if possible else ""),
                    field="padding",
                )
        return super().torch_order(orders, inputs)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        lengths, channels = self.split(inputs)
        copied = channels if self.channels_first else 0
        places = samples * math.prod(lengths)
        return kernels.conv_transpose.conv_transpose_method(places, self.filters + copied)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        lengths, _ = self.split(inputs)
        axes = zip(AXES[self.rank], self.growths, lengths, strict=True)
        return tuple(f"{axis}: {growth.arithmetic(length)}" for axis, growth, length in axes)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        result = kernels.conv_transpose.conv_transpose(
            self.to_last(inputs[0]),
            parameters["kernel"],
            strides=self.strides,
            crops=[growth.crops for growth in self.growths],
            dilations=self.dilation_rate,
            groups=self.groups,
            bias=parameters.get("bias"),
        )
        return self.from_last(result)

    def terms(self, inputs: Shapes) -> int:
        lengths, channels = self.split(inputs)
        return math.prod(map(min, self.kernel_size, lengths)) * channels // self.groups

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        position, number = self.apart(at)
        x, kernel = inputs[0][0], parameters["kernel"]
        lengths, channels = self.split([x.shape])
        axes = [growth.meets(place, n) for growth, place, n in zip(self.growths, position, lengths, strict=True)]
        places, taps = zip(*axes, strict=True)
        group, which = divmod(number, self.filters // self.groups)
        mine = range(group * channels // self.groups, (group + 1) * channels // self.groups)
        names = [f"channel {channel}" for channel in mine if all(places)]
        if not names:
            start = explaining.moved(at, inputs, None, "no copy of the kernel reaches here: 0")
            return bias.explained(start, number, parameters)
        values = explaining.taken(x, self.index(places, mine)).by(self.channels_axis(self.rank + 1))
        weights = explaining.taken(kernel, (*taps, which, mine)).by(-1)
        stack = explaining.weighted("channels", "window", values, weights, "kernel")
        return bias.explained(explaining.summed(at, inputs, explaining.pieces(stack, names)), number, parameters)


@dataclass(frozen=True, kw_only=True)
class Conv1DTranspose(ConvTranspose):
    """Transposed convolution, which grows a signal or sequence (length, channels)."""

    type: ClassVar[str] = "conv1d_transpose"
    rank: ClassVar[int] = 1
    torch_defaults: ClassVar[Mapping[str, Any]] = {"output_padding": (0,)}
    strides: tuple[int, ...] = option(PerAxis(1), "how many times the length grows", 1)


@dataclass(frozen=True, kw_only=True)
class Conv2DTranspose(ConvTranspose):
    """Transposed convolution, which grows a picture (height, width, channels)."""

    type: ClassVar[str] = "conv2d_transpose"
    rank: ClassVar[int] = 2
    torch_defaults: ClassVar[Mapping[str, Any]] = {"output_padding": (0, 0)}
    output_padding: tuple[int, ...] | None = option(
        Optional(PerAxis(2, minimum=0)), "elements added below and to the right; null: what `padding` needs", None
    )


@dataclass(frozen=True, kw_only=True)
class Conv3DTranspose(ConvTranspose):
    """Transposed convolution, which grows a volume (depth, height, width, channels)."""

    type: ClassVar[str] = "conv3d_transpose"
    rank: ClassVar[int] = 3
    torch_defaults: ClassVar[Mapping[str, Any]] = {"output_padding": (0, 0, 0)}
