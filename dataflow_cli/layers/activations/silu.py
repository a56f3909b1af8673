"""The sigmoid linear unit, also called swish.

out = in · sigmoid(in)
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
class SiLU(Elementwise):
    """x · sigmoid(x), also called swish."""

    type: ClassVar[str] = "silu"

    def apply(self, x: Array) -> Array:
        return kernels.activations.silu(x)

    def notation(self, x: float) -> Notation:
        return explaining.Notation("{} / (1 + exp(-{}))", (x, x))
