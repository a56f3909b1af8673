"""The logarithm of softmax, exact also where softmax rounds to 0.

    out[i] = in[i] - log(Σ_j exp(in[j]))

i, j: place along `axis`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.activations.along_axis import AlongAxis
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters


@dataclass(frozen=True, kw_only=True)
class LogSoftmax(AlongAxis):
    """The logarithm of softmax."""

    type: ClassVar[str] = "log_softmax"
    subtracts: ClassVar[bool] = True
    temporaries: ClassVar[int] = 2

    @property
    def meaning(self) -> str:
        return "log-probability"

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        return kernels.activations.log_softmax(x, [position + 1 for position in self.positions(x.shape[1:])])

    def concluded(self, before: Explanation, shift: float, total: float) -> Explanation:
        x = before.total
        expression, numbers = ("{} - {} - log({})", (x, shift, total)) if shift else ("{} - log({})", (x, total))
        value = x - shift - math.log(total) if total > 0 else math.nan
        return before.then("log_softmax", expression, numbers, value)
