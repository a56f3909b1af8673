"""The exponential linear unit (Clevert et al., "Fast and accurate deep network learning by ELUs", 2016).

out = in where in > 0, alpha · (exp(in) - 1) where it is not
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.activations.elementwise import Elementwise
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, kw_only=True)
class ELU(Elementwise):
    """x where it is positive, alpha · (exp(x) - 1) where it is not."""

    type: ClassVar[str] = "elu"
    alpha: float = option(Number(), "minus the value for very negative x", 1)

    def apply(self, x: Array) -> Array:
        return kernels.activations.elu(x, self.alpha)

    def notation(self, x: float) -> Notation:
        if x > 0:
            return explaining.Notation("{}", (x,))
        return explaining.Notation(
            "{} · (exp({}) - 1)",
            (self.alpha, x),
            self.alpha == 0,
            "With alpha 0 nothing contributes below 0.",
        )
