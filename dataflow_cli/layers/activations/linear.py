"""The identity: what a layer without an activation does.

out = in
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.activations.elementwise import Elementwise
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, kw_only=True)
class Linear(Elementwise):
    """The identity."""

    type: ClassVar[str] = "linear"
    hands_on: ClassVar[bool] = True
    copies: ClassVar[bool] = True

    def apply(self, x: Array) -> Array:
        return x

    def notation(self, x: float) -> Notation:
        return explaining.Notation("{}", (x,))
