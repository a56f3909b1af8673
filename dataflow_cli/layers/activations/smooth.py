"""Smooth relatives of relu.

mish:         out = in · tanh(log(1 + exp(in)))
celu:         out = in where in > 0, alpha · (exp(in / alpha) - 1) where it is not
squareplus:   out = (in + sqrt(in² + b)) / 2
sparse_plus:  out = in from 1 on, (in + 1)² / 4 from -1 to 1, 0 below
log_sigmoid:  out = -log(1 + exp(-in))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.activations.elementwise import Elementwise
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Mish(Elementwise):
    """x · tanh(softplus(x))."""

    type: ClassVar[str] = "mish"

    def apply(self, x: Array) -> Array:
        return kernels.activations.mish(x)

    def notation(self, x: float) -> Notation:
        return explaining.Notation("{} · tanh(log(1 + exp({})))", (x, x))


@dataclass(frozen=True, kw_only=True)
class CELU(Elementwise):
    """x where it is positive, alpha · (exp(x / alpha) - 1) where it is not."""

    type: ClassVar[str] = "celu"
    alpha: float = option(Number(0), "minus the value for very negative x; not 0", 1)

    def output_shape(self, inputs: Shapes) -> Shape:
        if self.alpha == 0:
            raise LayerError("celu divides by alpha 0", hint="for 0 below 0 write `relu`", field="alpha")
        return super().output_shape(inputs)

    def apply(self, x: Array) -> Array:
        return kernels.activations.celu(x, self.alpha)

    def notation(self, x: float) -> Notation:
        if x > 0:
            return explaining.Notation("{}", (x,))
        return explaining.Notation("{} · (exp({} / {}) - 1)", (self.alpha, x, self.alpha))


@dataclass(frozen=True, kw_only=True)
class Squareplus(Elementwise):
    """(x + sqrt(x² + b)) / 2, a smooth ReLU without exponentials."""

    type: ClassVar[str] = "squareplus"
    b: float = option(Number(0), "how round it is at 0", 4)

    def apply(self, x: Array) -> Array:
        return kernels.activations.squareplus(x, self.b)

    def notation(self, x: float) -> Notation:
        flat = self.b == 0 and x <= 0
        return explaining.Notation("({} + sqrt({}² + {})) / 2", (x, x, self.b), flat, "With b 0 it is flat below 0.")


@dataclass(frozen=True, kw_only=True)
class SparsePlus(Elementwise):
    """0 up to -1, x from 1 on, a parabola between."""

    type: ClassVar[str] = "sparse_plus"

    def apply(self, x: Array) -> Array:
        return kernels.activations.sparse_plus(x)

    def notation(self, x: float) -> Notation:
        if x >= 1:
            return explaining.Notation("{}", (x,))
        flat = x <= -1
        return explaining.Notation("max({} + 1, 0)² / 4", (x,), flat, "sparse_plus is flat here: nothing contributes.")


@dataclass(frozen=True, kw_only=True)
class LogSigmoid(Elementwise):
    """The logarithm of the sigmoid, exact also where that rounds to 0."""

    type: ClassVar[str] = "log_sigmoid"

    def apply(self, x: Array) -> Array:
        return kernels.activations.log_sigmoid(x)

    def notation(self, x: float) -> Notation:
        return explaining.Notation("-log(1 + exp(-{}))", (x,))
