"""Functions that are flat on both sides: a straight line between two limits.

relu6:         out = min(max(in, 0), 6)
hard_tanh:     out = min(max(in, min_val), max_val)
hard_silu:     out = in · min(max(in + 3, 0), 6) / 6
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.activations.elementwise import Elementwise
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.task import Function
    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class ReLU6(Elementwise):
    """x from 0 to 6, those limits beyond."""

    type: ClassVar[str] = "relu6"

    @property
    def saturates_at(self) -> tuple[float, float]:
        return (0, 6)

    def apply(self, x: Array) -> Array:
        return np.clip(x, 0, 6)

    @property
    def function_of_elements(self) -> Function:
        return partial(kernels.elementwise.clip_into, 6)

    def notation(self, x: float) -> Notation:
        flat = not 0 < x < 6
        return explaining.Notation("min(max({}, 0), 6)", (x,), flat, "relu6 is flat here: nothing contributes.")


@dataclass(frozen=True, kw_only=True)
class HardTanh(Elementwise):
    """A tanh of three straight lines: x from -1 to 1, those limits beyond."""

    type: ClassVar[str] = "hard_tanh"
    min_val: float = option(Number(), "the smallest value", -1)
    max_val: float = option(Number(), "the largest value", 1)

    def output_shape(self, inputs: Shapes) -> Shape:
        if self.min_val > self.max_val:
            raise LayerError(
                f"min_val {self.min_val:g} is larger than max_val {self.max_val:g}",
                hint="write the smaller one as `min_val`",
                field="min_val",
            )
        return super().output_shape(inputs)

    @property
    def saturates_at(self) -> tuple[float, float]:
        return (self.min_val, self.max_val)

    def apply(self, x: Array) -> Array:
        return np.clip(x, self.min_val, self.max_val)

    def notation(self, x: float) -> Notation:
        flat = not self.min_val < x < self.max_val
        numbers = (x, self.min_val, self.max_val)
        return explaining.Notation(
            "min(max({}, {}), {})", numbers, flat, "hard_tanh is flat here: nothing contributes."
        )


@dataclass(frozen=True, kw_only=True)
class HardSiLU(Elementwise):
    """x · hard_sigmoid(x), also called hard_swish."""

    type: ClassVar[str] = "hard_silu"

    def apply(self, x: Array) -> Array:
        return kernels.activations.hard_silu(x)

    def notation(self, x: float) -> Notation:
        flat = x <= -3
        return explaining.Notation(
            "{} · min(max({} + 3, 0), 6) / 6", (x, x), flat, "hard_silu is flat here: nothing contributes."
        )
