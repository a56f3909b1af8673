"""The scaled exponential linear unit (Klambauer et al., "Self-normalizing neural networks", 2017).

out = 1.0507 · in where in > 0, 1.0507 · 1.6733 · (exp(in) - 1) where it is not
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.activations.elementwise import Elementwise
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, kw_only=True)
class SELU(Elementwise):
    """elu with the scale and alpha that keep mean 0 and variance 1."""

    type: ClassVar[str] = "selu"

    def apply(self, x: Array) -> Array:
        return kernels.activations.selu(x)

    def notation(self, x: float) -> Notation:
        if x > 0:
            return explaining.Notation("{} · {}", (kernels.activations.SELU_SCALE, x))
        return explaining.Notation(
            "{} · {} · (exp({}) - 1)", (kernels.activations.SELU_SCALE, kernels.activations.SELU_ALPHA, x)
        )
