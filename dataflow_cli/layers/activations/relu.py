"""The rectified linear unit.

    out = max(in, 0)

With its fields: in where in > threshold, but at most max_value; elsewhere negative_slope · (in - threshold).
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
    from dataflow_cli.kernels.running.task import Function
    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array

CUT = "relu cuts it off here: no element of the input contributes to the 0."


@dataclass(frozen=True, kw_only=True)
class ReLU(Elementwise):
    """x where it is positive, 0 where it is not."""

    type: ClassVar[str] = "relu"
    max_value: float | None = option(Optional(Number(0)), "the largest value; null: no limit", None)
    negative_slope: float = option(Number(0), "slope below the threshold", 0)
    threshold: float = option(Number(0), "up to here the result is 0, or falls with negative_slope", 0)

    @property
    def selects(self) -> bool:  # type: ignore[override]
        return not self.negative_slope and self.threshold == 0 and self.max_value is None

    @property
    def saturates_at(self) -> tuple[float, float] | None:
        return None if self.max_value is None or self.negative_slope else (0, self.max_value)

    def apply(self, x: Array) -> Array:
        if self.selects and x.dtype.kind in "iu":
            whole: Array = np.maximum(x, 0)
            return whole
        return kernels.activations.rectify(
            x, negative_slope=self.negative_slope, threshold=self.threshold, max_value=self.max_value
        )

    @property
    def function_of_elements(self) -> Function:
        usual = kernels.activations.rectifier(
            negative_slope=self.negative_slope, threshold=self.threshold, max_value=self.max_value
        )
        return usual or super().function_of_elements

    def notation(self, x: float) -> Notation:
        if x > self.threshold:
            return self._above(x)
        flat = self.negative_slope == 0
        if self.threshold or not flat:
            return explaining.Notation("{} · ({} - {})", (self.negative_slope, x, self.threshold), flat, CUT)
        return explaining.Notation("max({}, 0)", (x,), flat, CUT)

    def _above(self, x: float) -> Notation:
        """Above the threshold: the number itself, up to max_value."""
        if self.max_value is None:
            return explaining.Notation("{}" if self.threshold else "max({}, 0)", (x,))
        over = x > self.max_value
        return explaining.Notation("min({}, {})", (x, self.max_value), over, "Above max_value nothing contributes.")
