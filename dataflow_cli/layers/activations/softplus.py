"""The softplus function, a smooth ReLU.

out = log(1 + exp(in))
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
class Softplus(Elementwise):
    """log(1 + exp(x)), a smooth ReLU."""

    type: ClassVar[str] = "softplus"

    def apply(self, x: Array) -> Array:
        return kernels.activations.softplus(x)

    def notation(self, x: float) -> Notation:
        return explaining.Notation("log(1 + exp({}))", (x,))
