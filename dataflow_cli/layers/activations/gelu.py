"""The Gaussian error linear unit (Hendrycks and Gimpel, 2016).

out = in · Φ(in),  Φ(x) = (1 + erf(x / √2)) / 2
approximate:  out = in / 2 · (1 + tanh(√(2/π) · (in + 0.044715 in³)))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.activations.elementwise import Elementwise
from dataflow_cli.layers.fields import Boolean, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, kw_only=True)
class GELU(Elementwise):
    """x · Φ(x), Φ the normal distribution function."""

    type: ClassVar[str] = "gelu"
    approximate: bool = option(Boolean(), "use the formula with tanh", False)

    def apply(self, x: Array) -> Array:
        return kernels.activations.gelu_by_tanh(x) if self.approximate else kernels.activations.gelu(x)

    def _apply_into(self, x: Array, out: Array) -> None:
        if self.approximate:
            kernels.gelu.gelu_by_exponential(x, out)
        elif x.dtype == np.float32:
            kernels.gelu.gelu_in_single(x, out)
        else:
            super()._apply_into(x, out)

    def notation(self, x: float) -> Notation:
        if self.approximate:
            return explaining.Notation("{} / 2 · (1 + tanh(√(2/π) · ({} + 0.044715 · {}³)))", (x, x, x))
        return explaining.Notation("{} · Φ({})", (x, x))
