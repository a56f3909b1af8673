"""The leaky ReLU.

out = in where in > 0, negative_slope · in where it is not
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.activations.elementwise import Elementwise
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, kw_only=True)
class LeakyReLU(Elementwise):
    """x where it is positive, a fraction of x where it is not."""

    type: ClassVar[str] = "leaky_relu"
    torch_defaults: ClassVar[Mapping[str, Any]] = {"negative_slope": 0.01}
    negative_slope: float = option(Number(0), "slope where x is negative", 0.3)

    @classmethod
    def as_activation(cls) -> LeakyReLU:
        return cls(negative_slope=0.2)  # Keras' function has another default than its layer

    def apply(self, x: Array) -> Array:
        return kernels.activations.leaky(x, self.negative_slope)

    def notation(self, x: float) -> Notation:
        if x > 0:
            return explaining.Notation("{}", (x,))
        return explaining.Notation(
            "{} · {}",
            (self.negative_slope, x),
            self.negative_slope == 0,
            "With slope 0 nothing contributes below 0.",
        )
