"""Functions that take small numbers for nothing.

hard_shrink:  out = in where |in| > threshold, 0 elsewhere
soft_shrink:  out = in - threshold where in > threshold, in + threshold where in < -threshold, 0 elsewhere
tanh_shrink:  out = in - tanh(in)
threshold:    out = in where in > threshold, default_value elsewhere
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.activations.elementwise import Elementwise
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, kw_only=True)
class HardShrink(Elementwise):
    """x where it is large, 0 where it is small."""

    type: ClassVar[str] = "hard_shrink"
    threshold: float = option(Number(0), "up to this absolute value the result is 0", 0.5)

    def apply(self, x: Array) -> Array:
        return np.where(np.abs(x) <= self.threshold, x.dtype.type(0), x)  # NaN stays

    def notation(self, x: float) -> Notation:
        if abs(x) > self.threshold:
            return explaining.Notation("{}", (x,))
        words = f"Up to {self.threshold:g} hard_shrink gives 0: nothing contributes."
        return explaining.Notation("0 · {}", (x,), flat=True, words=words)


@dataclass(frozen=True, kw_only=True)
class SoftShrink(Elementwise):
    """x brought nearer to 0 by a threshold, 0 where it is smaller than that."""

    type: ClassVar[str] = "soft_shrink"
    threshold: float = option(Number(0), "how much nearer; up to this absolute value the result is 0", 0.5)

    def apply(self, x: Array) -> Array:
        result: Array = x - np.clip(x, -self.threshold, self.threshold)
        return result

    def notation(self, x: float) -> Notation:
        if abs(x) > self.threshold:
            return explaining.Notation("{} - {}" if x > 0 else "{} + {}", (x, self.threshold))
        words = f"Up to {self.threshold:g} soft_shrink gives 0: nothing contributes."
        return explaining.Notation("{} - {}", (x, x), flat=True, words=words)


@dataclass(frozen=True, kw_only=True)
class TanhShrink(Elementwise):
    """x - tanh(x)."""

    type: ClassVar[str] = "tanh_shrink"
    subtracts: ClassVar[bool] = True

    def apply(self, x: Array) -> Array:
        return kernels.activations.tanh_shrink(x)

    def notation(self, x: float) -> Notation:
        return explaining.Notation("{} - tanh({})", (x, x))


@dataclass(frozen=True, kw_only=True)
class Threshold(Elementwise):
    """x where it is larger than a threshold, another number elsewhere."""

    type: ClassVar[str] = "threshold"
    threshold: float = option(Number(), "up to here the result is `default_value`")
    default_value: float = option(Number(), "the result up to the threshold")

    def apply(self, x: Array) -> Array:
        return np.where(x <= self.threshold, x.dtype.type(self.default_value), x)  # NaN stays

    def notation(self, x: float) -> Notation:
        if x > self.threshold:
            return explaining.Notation("{}", (x,))
        words = f"Up to {self.threshold:g} nothing contributes."
        return explaining.Notation("0 · {} + {}", (x, self.default_value), flat=True, words=words)
