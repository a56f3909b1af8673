"""The softsign function.

out = in / (1 + |in|)
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
class Softsign(Elementwise):
    """x / (1 + |x|): from -1 to 1."""

    type: ClassVar[str] = "softsign"

    @property
    def saturates_at(self) -> tuple[float, float]:
        return (-1, 1)

    def apply(self, x: Array) -> Array:
        return kernels.activations.softsign(x)

    def notation(self, x: float) -> Notation:
        return explaining.Notation("{} / (1 + |{}|)", (x, x))
