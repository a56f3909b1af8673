"""Convolutions of whole numbers, in one, two and three dimensions.

    sum[n, p, f] = Σ_k Σ_c  (in[n, p·stride + k·dilation - pad, c] - input_zero) · (kernel[k, c, f] - kernel_zero[f])
    conv_integer:  out = sum
    qlinear_conv:  out = round( (sum + bias[f]) · input_scale · kernel_scale[f] / output_scale ) + output_zero

n: sample; p: position; k: tap of the kernel; c: input channel; f: filter. Sums are exact, in int32; what is added
around the input counts as its zero point; the output is kept within its type's ends, and ties go to the even number.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer, Parameter
from dataflow_cli.layers.bases import bias
from dataflow_cli.layers.bases.windows import Padding, PaddingField
from dataflow_cli.layers.convolution.conv import Filtering
from dataflow_cli.layers.explaining.explanation import NOTHING, SOURCE
from dataflow_cli.layers.fields import Boolean, Choice, option
from dataflow_cli.layers.integers import MULTIPLIED, QUANTIZED, check_type
from dataflow_cli.layers.quantized import scales
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

_DOUBLE = 2
"""Elements of float32 that one of float64, in which sums are computed, takes."""


@dataclass(frozen=True, kw_only=True)
class Whole(Filtering):
    """Base of both families: sums of products of whole numbers."""

    takes_integers: ClassVar[bool] = True
    kernel_type: str = option(Choice(MULTIPLIED), "the type of the kernel's numbers", "int8")
    per_channel: bool = option(Boolean(), "whether each filter has a zero point (and a scale) of its own", False)

    @property
    def per_filter(self) -> Shape:
        """The shape of what there is for every filter, or for all of them."""
        return (self.filters,) if self.per_channel else ()

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        method = super().method(inputs, samples, kept=kept, fast_math=fast_math)
        lengths, channels = self.split(inputs[:1])
        copies = samples * (math.prod(lengths) * channels + 2 * math.prod(self.output_shape(inputs)))
        beside = method.beside + copies + math.prod(self.kernel_shape(inputs))
        return replace(
            method,
            packed=_DOUBLE * method.packed,
            scratch=_DOUBLE * method.scratch,
            beside=_DOUBLE * beside,
            pools=False,
        )

    def sums(self, inputs: Arrays, parameters: Parameters, engine: Engine | None) -> Array:
        """int32 in the layer's data format, bias included."""
        scales.check_whole(self.type, inputs)
        x = self.to_last(inputs[0])
        lengths = x.shape[1:-1]
        found = kernels.quantization.integer_convolution(
            x,
            self.oriented(parameters["kernel"], lengths),
            (self.input_zero(inputs, parameters), scales.zero_of(parameters, "kernel_")),
            self.slide(lengths),
            groups=self.groups,
            bias=parameters.get("bias"),
            engine=engine,
        )
        return self.from_last(found)

    def input_zero(self, inputs: Arrays, parameters: Parameters) -> Array:
        """What the input has in place of 0; broadcasts against it."""
        return scales.zero_of(parameters, "input_")

    def summed(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """How one of the sums came about."""
        number = at[self.channels_axis(len(at))]
        zero, kernel_zero = float(self.input_zero(inputs, parameters).reshape(-1)[0]), self.kernel_zero(at, parameters)
        names, values, weights = self.weighed(at, inputs, parameters["kernel"])
        plain = explaining.weighted("channels", "window", values, weights, "kernel")
        blocks = explaining.pieces(_shifted(plain, zero, kernel_zero), names)
        found = scales.shifted(explaining.summed(at, inputs, blocks), zero, kernel_zero)
        return bias.explained(found, number, parameters)

    def kernel_zero(self, at: Shape, parameters: Parameters) -> float:
        """What the kernel has in place of 0, of the filter that an element comes from."""
        zeros = scales.zero_of(parameters, "kernel_")
        return float(zeros[at[self.channels_axis(len(at))]] if zeros.ndim else zeros)


def _weights(block: Block, zero: float) -> Array:
    """How much each of a block's numbers weighs; padding, which is a zero point, nothing."""
    coefficients: Array = np.zeros(()) if block.coefficients is None else block.coefficients
    weights: Array = np.where(block.inside, coefficients - zero, 0.0)
    return weights


def _shifted(block: Block, zero: float, kernel_zero: float) -> Block:
    """A block of products of numbers from which their zero points were taken."""
    weights = _weights(block, kernel_zero)
    terms = (block.values - zero) * weights + 0.0  # never -0
    return replace(
        block,
        terms=terms,
        contributions=terms,
        subtotal=float(terms.sum()),
        roles=np.where(weights != 0, SOURCE, NOTHING).astype(np.int8),
        term_name="shifted product" if zero or kernel_zero else "product",
    )


@dataclass(frozen=True, kw_only=True)
class ConvInteger(Whole):
    """Base of conv_integer1d, 2d and 3d: everything but the number of spatial axes."""

    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    use_zero_point: bool = option(Boolean(), "whether there are zero points; else they are 0", True)

    def output_shape(self, inputs: Shapes) -> Shape:
        for shape in inputs[1:]:
            scales.check_zero(self.type, tuple(shape))
        return super().output_shape(inputs)

    def result_type(self, types: Sequence[str]) -> str:
        check_type(types[0], MULTIPLIED)
        for other in types[1:]:
            check_type(other, types[:1], "its zero point")
        return "int32"

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        found = {"kernel": Parameter(self.kernel_shape(inputs), dtype=self.kernel_type)}
        if not self.use_zero_point:
            return found
        own = scales.zero_point("input_", ()) if len(inputs) == 1 else {}
        return own | found | scales.zero_point("kernel_", self.per_filter, self.kernel_type)

    def input_zero(self, inputs: Arrays, parameters: Parameters) -> Array:
        """A parameter, or what the second input has for every sample."""
        if len(inputs) == 1:
            return super().input_zero(inputs, parameters)
        return inputs[1].reshape(-1, *(1,) * (self.rank + 1))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        found = super().receptive_field(seen, inputs)
        return found if len(inputs) == 1 else found.whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [*super().feeds(wanted, inputs[:1]), *(np.full(shape, wanted.any()) for shape in inputs[1:])]

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.sums(inputs, parameters, engine)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        found = self.summed(at, inputs, parameters)
        if len(inputs) == 1:
            return found
        weight = sum(float(_weights(block, self.kernel_zero(at, parameters)).sum()) for block in found.blocks)
        zero = explaining.element("zero point", inputs[1][0], (0,) * (inputs[1].ndim - 1), 1)
        return scales.given_zero(found, zero, weight)


@dataclass(frozen=True, kw_only=True)
class QLinearConv(Whole):
    """Base of qlinear_conv1d, 2d and 3d: everything but the number of spatial axes."""

    insides: ClassVar[Mapping[str, str]] = {"accumulator": "the sums of products, in int32, with the bias"}
    dtype: str = option(Choice(QUANTIZED), "the type of the output", "uint8")
    use_bias: bool = bias.field("filter")
    in_the_middle: bool = False
    """Whether the layer ends at its sums."""

    def inside(self, name: str) -> Layer:
        return replace(self, in_the_middle=True)

    def result_type(self, types: Sequence[str]) -> str:
        check_type(types[0], MULTIPLIED)
        return "int32" if self.in_the_middle else self.dtype

    def meant(self, values: Array, parameters: Parameters) -> Array | None:
        return None if self.in_the_middle else scales.meant(values, parameters)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return {
            **scales.pair("input_", ()),
            "kernel": Parameter(self.kernel_shape(inputs), dtype=self.kernel_type),
            **scales.pair("kernel_", self.per_filter, self.kernel_type),
            **scales.pair("output_", (), self.dtype),
            **({"bias": Parameter((self.filters,), fill=0, dtype="int32")} if self.use_bias else {}),
        }

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        sums = self.sums(inputs, parameters, engine)
        if self.in_the_middle:
            return sums
        factor, zero = scales.multiplier(parameters, _NAMES), scales.zero_of(parameters, "output_")
        along = factor.reshape(-1, *(1,) * self.rank) if self.channels_first and factor.ndim else factor
        return kernels.quantization.requantized(sums, along, zero, self.dtype)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        found = self.summed(at, inputs, parameters)
        if self.in_the_middle:
            return found
        place = (at[self.channels_axis(len(at))],) if self.per_channel else ()
        return scales.rescaled(found, _NAMES, place, self.dtype, parameters)


_NAMES = ("input", "kernel")
_ENDS = "what is added at the ends"


@dataclass(frozen=True, kw_only=True)
class ConvInteger1D(ConvInteger):
    """Sums of products of whole numbers along one axis: (length, channels)."""

    type: ClassVar[str] = "conv_integer1d"
    rank: ClassVar[int] = 1
    padding: Padding = option(PaddingField(1, causal=True), _ENDS, "valid")


@dataclass(frozen=True, kw_only=True)
class ConvInteger2D(ConvInteger):
    """Sums of products of whole numbers over a picture (height, width, channels)."""

    type: ClassVar[str] = "conv_integer2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class ConvInteger3D(ConvInteger):
    """Sums of products of whole numbers over a volume (depth, height, width, channels)."""

    type: ClassVar[str] = "conv_integer3d"
    rank: ClassVar[int] = 3


@dataclass(frozen=True, kw_only=True)
class QLinearConv1D(QLinearConv):
    """Convolution of whole numbers along one axis, rescaled: (length, channels)."""

    type: ClassVar[str] = "qlinear_conv1d"
    rank: ClassVar[int] = 1
    padding: Padding = option(PaddingField(1, causal=True), _ENDS, "valid")


@dataclass(frozen=True, kw_only=True)
class QLinearConv2D(QLinearConv):
    """Convolution of whole numbers over a picture, rescaled: (height, width, channels)."""

    type: ClassVar[str] = "qlinear_conv2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class QLinearConv3D(QLinearConv):
    """Convolution of whole numbers over a volume, rescaled: (depth, height, width, channels)."""

    type: ClassVar[str] = "qlinear_conv3d"
    rank: ClassVar[int] = 3
