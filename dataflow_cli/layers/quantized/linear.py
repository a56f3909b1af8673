"""Between numbers and the whole ones that stand for them.

    quantize_linear:    out = round(in / scale) + zero_point        within the ends of `dtype`, ties to the even one
    dequantize_linear:  out = (in - zero_point) · scale

There is one scale and one zero point for all of a sample; with `axis` one for every place on that axis, or with
`block_size` for every so many places in a row, at each place of the other axes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter, SameShape, normalized_axis
from dataflow_cli.layers.fields import Boolean, Choice, Integer, Optional, option
from dataflow_cli.layers.integers import QUANTIZED, check_type
from dataflow_cli.layers.quantized import scales
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.sizes import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Scaled(SameShape):
    """Base of both: which scale an element has."""

    temporaries: ClassVar[int] = 6
    torch_rows: ClassVar[frozenset[str]] = frozenset({"scale", "zero_point"})
    axis: int | None = option(
        Optional(Integer()), "the axis that has a scale for every place, N counted as 0; null: one for all", None
    )
    block_size: int = option(Integer(0), "how many places of the axis in a row have one scale; 0: each its own", 0)
    use_zero_point: bool = option(Boolean(), "whether there are zero points; else they are 0", True)

    def output_shape(self, inputs: Shapes) -> Shape:
        self.scales_shape(inputs[0])
        return super().output_shape(inputs)

    def scales_shape(self, shape: Shape) -> Shape:
        """The shape of the scales for a sample. Raises LayerError if it does not have the axis."""
        if self.axis is None:
            if self.block_size:
                hint = "write `axis` too, or leave `block_size` out"
                message = f"{self.type} has blocks along an axis, and none is named"
                raise LayerError(message, hint=hint, code="E126", field="block_size")
            return ()
        axis = normalized_axis(self.axis, len(shape), self.type)
        if not self.block_size:
            return (shape[axis],)
        return (*shape[:axis], -(-shape[axis] // self.block_size), *shape[axis + 1 :])

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return scales.pair("", self.scales_shape(inputs[0]), self.zero_type, zero=self.use_zero_point)

    @property
    def zero_type(self) -> str:
        """The type of the zero points."""
        return "int32"

    def spread(self, values: Array, shape: Shape) -> Array:
        """Scales or zero points, so that they broadcast against a sample."""
        if self.axis is None or not values.ndim:
            return values
        axis = normalized_axis(self.axis, len(shape), self.type)
        if not self.block_size:
            return values.reshape(-1, *(1,) * (len(shape) - 1 - axis))
        places = np.arange(shape[axis]) // min(self.block_size, max(shape[axis], 1))
        return values.take(places, axis)

    def place(self, at: Shape) -> Shape:
        """Which of the scales an element has."""
        if self.axis is None:
            return ()
        axis = normalized_axis(self.axis, len(at), self.type)
        if not self.block_size:
            return (at[axis],)
        return (*at[:axis], at[axis] // self.block_size, *at[axis + 1 :])


@dataclass(frozen=True, kw_only=True)
class QuantizeLinear(Scaled):
    """Numbers as whole ones, in steps of a scale from a zero point."""

    type: ClassVar[str] = "quantize_linear"
    dtype: str = option(Choice(QUANTIZED), "the type of the whole numbers", "uint8")

    @property
    def zero_type(self) -> str:
        return self.dtype

    def result_type(self, types: Sequence[str]) -> str:
        return self.dtype

    def meant(self, values: Array, parameters: Parameters) -> Array | None:
        spread = (self.spread(each, values.shape[1:]) for each in (parameters["scale"], scales.zero_of(parameters)))
        return kernels.quantization.dequantized(values, *spread)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        scale, zero = parameters["scale"].astype(x.dtype, copy=False), scales.zero_of(parameters)
        scale, zero = (self.spread(values, x.shape[1:]) for values in (scale, zero))
        return kernels.quantization.quantized(x, scale, zero, self.dtype)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        start, place = explaining.moved(at, inputs, at), self.place(at)
        scale = scales.used(parameters, "scale", place)
        with np.errstate(all="ignore"):
            steps = float(np.divide(start.total, scale.value))
        start = start.then("in steps of the scale", "{} / {}", (start.total, scale.value), steps, scale)
        zero = scales.zero_of(parameters)[place if self.use_zero_point else ()]
        x, step = inputs[0][0][at], parameters["scale"].astype(inputs[0].dtype)[place]
        value = kernels.quantization.quantized(np.asarray(x), np.asarray(step), np.asarray(zero), self.dtype)
        used = scales.used(parameters, "zero_point", place) if self.use_zero_point else None
        return scales.rounded(start, float(value), self.dtype, used)


@dataclass(frozen=True, kw_only=True)
class DequantizeLinear(Scaled):
    """The numbers that whole ones stand for."""

    type: ClassVar[str] = "dequantize_linear"
    takes_integers: ClassVar[bool] = True

    def result_type(self, types: Sequence[str]) -> str:
        check_type(types[0], tuple(INTEGERS))
        return ""

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        scales.check_whole(self.type, inputs)
        x = inputs[0]
        spread = (self.spread(each, x.shape[1:]) for each in (parameters["scale"], scales.zero_of(parameters)))
        return kernels.quantization.dequantized(x, *spread)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        start, place = explaining.moved(at, inputs, at), self.place(at)
        x = start.total
        start = scales.minus_zero(start, parameters, "", place)
        scale = scales.used(parameters, "scale", place)
        result = start.then("times the scale", "{} · {}", (start.total, scale.value), start.total * scale.value, scale)
        result = explaining.split(result, scale.value, x)
        return result if scale.value else result.cut_off("the scale is 0: the input plays no part.")
