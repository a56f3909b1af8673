"""A sigmoid made of three straight lines.

out = min(max(in + 3, 0), 6) / 6
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
class HardSigmoid(Elementwise):
    """A sigmoid of three straight lines: 0 up to -3, 1 from 3 on."""

    type: ClassVar[str] = "hard_sigmoid"

    def apply(self, x: Array) -> Array:
        return kernels.activations.hard_sigmoid(x)

    def notation(self, x: float) -> Notation:
        flat = not -3 < x < 3
        return explaining.Notation(
            "min(max({} + 3, 0), 6) / 6",
            (x,),
            flat,
            "hard_sigmoid is flat here: nothing contributes.",
        )
