"""The constant layer: a tensor of parameters, the same for every sample.

    out[n, ...] = value[...]

n: sample. The input only says how many samples there are.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer, Parameter
from dataflow_cli.layers.fields import Boolean, Choice, Integer, List, Optional, option
from dataflow_cli.layers.receptive_fields.receptive_field import AxisField, ReceptiveField
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.sizes import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Constant(Layer):
    """Numbers from the weights, whatever comes in: a class token, a table of positions."""

    type: ClassVar[str] = "constant"
    rescales: ClassVar[bool] = True
    shape: tuple[int, ...] = option(List(Integer(1)), "the shape of the tensor, without N")
    trainable: bool = option(Boolean(), "whether training changes it", True)
    dtype: str | None = option(
        Optional(Choice(tuple(INTEGERS))), "the type of whole numbers that it is of; null: what is computed in", None
    )

    def output_shape(self, inputs: Shapes) -> Shape:
        return self.shape

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return {"value": Parameter(self.shape, trainable=self.trainable, dtype=self.dtype or "")}

    def result_type(self, types: Sequence[str]) -> str:
        return self.dtype or ""

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        before = seen[0]
        if before.axes is None or len(before.axes) != len(self.shape) - 1:
            return before.whole()
        lengths = self.shape[1:] if before.channels_first else self.shape[:-1]
        nothing = tuple(AxisField.listed([range(0)] * length) for length in lengths)
        return ReceptiveField(nothing, before.channels_first)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [np.zeros(shape, bool) for shape in inputs]

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return ("the shape of the parameter",)

    def terms(self, inputs: Shapes) -> int:
        return 0

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import Axes, plain

        first = orders[0].first
        if self.shape[1:]:
            return Axes(tuple(range(len(self.shape))), first)
        return plain(math.prod(self.shape), first=first)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        value = parameters["value"]
        return np.broadcast_to(value, (len(inputs[0]), *value.shape)).copy()

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        value = float(parameters["value"][at])
        start = replace(explaining.from_blocks(at, inputs, [], value), offset=value)
        return start.then(f"value[{', '.join(map(str, at))}]", "{}", [value], value, explaining.Use("value", at, value))
