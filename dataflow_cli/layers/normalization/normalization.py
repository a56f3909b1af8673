"""The normalization layer: numbers shifted and scaled by what was measured on the data before.

    out[..., c] = (in[..., c] - mean[c]) / max(sqrt(variance[c]), 1e-7);  with `invert` the way back

c: place along `axis`. Mean and variance are fields, or parameters that training does not change.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter, SameShape
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import Boolean, Integer, List, Number, Optional, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

SMALLEST = 1e-7
"""What a deviation is taken for if it is smaller."""


@dataclass(frozen=True, kw_only=True)
class Normalization(SameShape, Channels):
    """Every channel shifted and scaled by a mean and variance that were measured before."""

    type: ClassVar[str] = "normalization"
    temporaries: ClassVar[int] = 2
    axis: int | None = option(
        Optional(Integer()), "the axis along which mean and variance differ, N counted as 0; null: the channels", None
    )
    mean: tuple[float, ...] | None = option(
        Optional(List(Number(), single=True)), "the mean, one number or one a channel; null: a parameter", None
    )
    variance: tuple[float, ...] | None = option(
        Optional(List(Number(0), single=True)), "the variance, one number or one a channel; null: a parameter", None
    )
    invert: bool = option(Boolean(), "go the way back: times the deviation, plus the mean", False)

    def position(self, shape: Shape) -> int:
        """The axis of one sample, from 0. Raises LayerError if the input does not have it."""
        return self.axis_or_channels(self.axis, shape)

    def output_shape(self, inputs: Shapes) -> Shape:
        count = inputs[0][self.position(inputs[0])]
        if (self.mean is None) != (self.variance is None):
            missing = "mean" if self.mean is None else "variance"
            raise LayerError(f"{missing} is not given", hint="write both `mean` and `variance`, or none", field=missing)
        for field, given in (("mean", self.mean), ("variance", self.variance)):
            if given is not None and len(given) not in (1, count):
                raise LayerError(
                    f"{len(given)} numbers for {count} channels", hint=f"write one number, or {count}", field=field
                )
        return super().output_shape(inputs)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        if self.mean is not None:
            return {}
        length = (inputs[0][self.position(inputs[0])],)
        return {
            "mean": Parameter(length, fill=0, trainable=False),
            "variance": Parameter(length, fill=1, trainable=False),
        }

    def _measured(self, field: str, shape: Shape, parameters: Parameters) -> Array:
        """A number a channel, as one axis of an array that broadcasts against a sample."""
        position = self.position(shape)
        given = getattr(self, field)
        values = parameters[field] if given is None else np.array(given, np.float64)
        along = [1] * len(shape)
        along[position] = shape[position]
        return np.broadcast_to(values, (shape[position],)).reshape(along)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        mean = self._measured("mean", x.shape[1:], parameters).astype(x.dtype)
        deviation = np.maximum(np.sqrt(self._measured("variance", x.shape[1:], parameters)), SMALLEST).astype(x.dtype)
        result: Array = x * deviation + mean if self.invert else (x - mean) / deviation
        return result

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        shape = inputs[0].shape[1:]
        channel = at[self.position(shape)]
        mean, variance = (
            float(self._measured(name, shape, parameters).reshape(-1)[channel]) for name in ("mean", "variance")
        )
        uses = explaining.uses(parameters, ("mean", "variance"), (channel,)).values()
        start = explaining.moved(at, inputs, at)
        deviation = max(math.sqrt(variance), SMALLEST)
        start = start.then("deviation", "sqrt({})", (variance,), deviation, *uses)
        x = float(inputs[0][0][at])
        if self.invert:
            result = start.then("back", "{} · {} + {}", (x, deviation, mean), x * deviation + mean)
            return explaining.split(result, deviation, x)
        result = start.then("normalized", "({} - {}) / {}", (x, mean, deviation), (x - mean) / deviation)
        return explaining.split(result, 1 / deviation, x)
