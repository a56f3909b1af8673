"""The logistic sigmoid.

out = 1 / (1 + exp(-in))
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
class Sigmoid(Elementwise):
    """1 / (1 + exp(-x)): from 0 to 1."""

    type: ClassVar[str] = "sigmoid"

    @property
    def meaning(self) -> str:
        return "probability"

    @property
    def saturates_at(self) -> tuple[float, float]:
        return (0, 1)

    def apply(self, x: Array) -> Array:
        return kernels.activations.sigmoid(x)

    def notation(self, x: float) -> Notation:
        return explaining.Notation("1 / (1 + exp(-{}))", (x,))
