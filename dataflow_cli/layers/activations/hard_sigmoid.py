"""A sigmoid made of three straight lines.

out = min(max(alpha · in + beta, 0), 1), by default min(max(in + 3, 0), 6) / 6
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.activations.elementwise import Elementwise
from dataflow_cli.layers.fields import Number, Optional, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array

FLAT = "hard_sigmoid is flat here: nothing contributes."


@dataclass(frozen=True, kw_only=True)
class HardSigmoid(Elementwise):
    """A sigmoid of three straight lines: 0 up to -3, 1 from 3 on."""

    type: ClassVar[str] = "hard_sigmoid"
    alpha: float | None = option(
        Optional(Number()), "the slope; null: 1/6, as in Keras 3 and PyTorch (ONNX and Keras 2: 0.2)", None
    )
    beta: float = option(Number(), "the value at 0", 0.5)

    @property
    def _usual(self) -> bool:
        return self.alpha is None and self.beta == 0.5

    @property
    def _slope(self) -> float:
        return 1 / 6 if self.alpha is None else self.alpha

    @property
    def saturates_at(self) -> tuple[float, float]:
        return (0, 1)

    def apply(self, x: Array) -> Array:
        if self._usual:
            return kernels.activations.hard_sigmoid(x)
        return np.clip(self._slope * x + self.beta, 0, 1)

    def notation(self, x: float) -> Notation:
        if self._usual:
            return explaining.Notation("min(max({} + 3, 0), 6) / 6", (x,), not -3 < x < 3, FLAT)
        flat = self._slope == 0 or not 0 < self._slope * x + self.beta < 1
        return explaining.Notation("min(max({} · {} + {}, 0), 1)", (self._slope, x, self.beta), flat, FLAT)
