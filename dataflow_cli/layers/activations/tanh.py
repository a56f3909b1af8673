"""The hyperbolic tangent.

out = (exp(in) - exp(-in)) / (exp(in) + exp(-in))
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
class Tanh(Elementwise):
    """The hyperbolic tangent: from -1 to 1."""

    type: ClassVar[str] = "tanh"

    @property
    def saturates_at(self) -> tuple[float, float]:
        return (-1, 1)

    def apply(self, x: Array) -> Array:
        return kernels.activations.tanh(x)

    def notation(self, x: float) -> Notation:
        return explaining.Notation("tanh({})", (x,))
