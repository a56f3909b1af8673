"""Quantization to uint8 by a scale and a zero point that follow from the numbers of a sample.

    `:scale`       s = (max(in, 0) - min(in, 0)) / 255          1 where all numbers are 0
    `:zero_point`  z = round(-min(in, 0) / s)
    `:values`      round(in / s) + z

Every sample has its own; ONNX has one for all samples of a minibatch together, which of one sample is the same.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.explaining.explanation import CANDIDATE
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

_TYPE = "uint8"


@dataclass(frozen=True, kw_only=True)
class DynamicQuantizeLinear(Layer):
    """Numbers as whole ones from 0 to 255, spread over the range that a sample has."""

    type: ClassVar[str] = "dynamic_quantize_linear"
    parts_only: ClassVar[bool] = True
    temporaries: ClassVar[int] = 6
    insides: ClassVar[Mapping[str, str]] = {
        "scale": "the step between two whole numbers",
        "zero_point": "the whole number that stands for 0",
        "values": "the whole numbers",
    }
    part: str = "values"
    """Which of its tensors a layer ends at."""

    def inside(self, name: str) -> Layer:
        return replace(self, part=name)

    def result_type(self, types: Sequence[str]) -> str:
        return "" if self.part == "scale" else _TYPE

    def output_shape(self, inputs: Shapes) -> Shape:
        return tuple(inputs[0]) if self.part == "values" else ()

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].whole()

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return ("the shape of the input",) if self.part == "values" else ()

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import plain

        return orders[0] if self.part == "values" else plain(1, first=orders[0].first)

    def terms(self, inputs: Shapes) -> int:
        return 2 * math.prod(inputs[0]) + 1

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        scale, zero = kernels.quantization.dynamic(*kernels.quantization.ranges(x))
        if self.part != "values":
            return scale if self.part == "scale" else zero
        along = (-1, *(1,) * (x.ndim - 1))
        return kernels.quantization.quantized(x, scale.reshape(along), zero.reshape(along), _TYPE)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x = inputs[0]
        low, high = kernels.quantization.ranges(x)
        (scale,), (zero,) = kernels.quantization.dynamic(low, high)
        ends = [self._end(x, name) for name in ("max", "min")]
        own = [explaining.silent(explaining.element("element", x[0], at), CANDIDATE)] if self.part == "values" else []
        start = explaining.from_blocks(at, inputs, [*ends, *own], float(scale))
        spread = (float(high[0]), float(low[0]))
        start = start.then("scale", f"({{}} - {{}}) / {kernels.quantization.MOST}", spread, float(scale))
        if self.part == "scale":
            return start if spread != (0, 0) else start.cut_off("all numbers are 0: the scale is 1.")
        start = start.then("zero point", "round(-({}) / {})", (float(low[0]), float(scale)), float(zero))
        if self.part == "values":
            mine = float(x[0][at])
            value = kernels.quantization.quantized(x[:1][(0, *at)], scale, zero, _TYPE)
            numbers = (mine, float(scale), float(zero))
            start = start.then(f"rounded, as {_TYPE}", "round({} / {}) + {}", numbers, float(value))
        return start.cut_off("it is rounded to a whole number: only a change of a step shows.")

    def _end(self, x: Array, combine: str) -> Block:
        """The largest or smallest number of the sample, which plays no part if 0 lies beyond it."""
        every = explaining.taken(x[0], [range(n) for n in x.shape[1:]])
        block = explaining.largest((), [x], every, combine).blocks[0]
        sign = 1 if combine == "max" else -1
        share = block.subtotal / kernels.quantization.MOST
        block = replace(block, name=f"the {'largest' if sign > 0 else 'smallest'} number, or 0")
        if sign * block.subtotal > 0:
            return replace(block, contributions=block.contributions * sign * share)
        return replace(explaining.silent(block, CANDIDATE), subtotal=0.0)
