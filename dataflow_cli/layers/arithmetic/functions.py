"""Functions of one number, element by element: a table with one explanation.

    out = f(in)

What a function is not defined for becomes NaN or infinite, as in every framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.activations.elementwise import Elementwise
from dataflow_cli.layers.fields import Choice, Number, Optional, option
from dataflow_cli.layers.tiling import NO_TILES, Tiling
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.sizes import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Notation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Function(Elementwise):
    """Base of the functions that NumPy has."""

    of: ClassVar[str]
    """What NumPy calls it."""
    expression: ClassVar[str]
    steps: ClassVar[bool] = False
    """Whether it is flat but for its steps."""

    def apply(self, x: Array) -> Array:
        with np.errstate(all="ignore"):
            result: Array = getattr(np, self.of)(x)
        return result

    def notation(self, x: float) -> Notation:
        words = f"{self.type} is flat here: only a step further on shows."
        return explaining.Notation(self.expression, (x,), self.steps, words)


@dataclass(frozen=True, kw_only=True)
class Sqrt(Function):
    """The square root."""

    type: ClassVar[str] = "sqrt"
    of: ClassVar[str] = "sqrt"
    expression: ClassVar[str] = "sqrt({})"


@dataclass(frozen=True, kw_only=True)
class Square(Function):
    """The square."""

    type: ClassVar[str] = "square"
    of: ClassVar[str] = "square"
    expression: ClassVar[str] = "{}²"


@dataclass(frozen=True, kw_only=True)
class Exp(Function):
    """The exponential function."""

    type: ClassVar[str] = "exp"
    of: ClassVar[str] = "exp"
    expression: ClassVar[str] = "exp({})"


@dataclass(frozen=True, kw_only=True)
class Log(Function):
    """The natural logarithm."""

    type: ClassVar[str] = "log"
    of: ClassVar[str] = "log"
    expression: ClassVar[str] = "log({})"


@dataclass(frozen=True, kw_only=True)
class Abs(Function):
    """The number without its sign."""

    type: ClassVar[str] = "abs"
    of: ClassVar[str] = "abs"
    expression: ClassVar[str] = "|{}|"


@dataclass(frozen=True, kw_only=True)
class Negative(Function):
    """The number with the other sign."""

    type: ClassVar[str] = "negative"
    of: ClassVar[str] = "negative"
    expression: ClassVar[str] = "-({})"


@dataclass(frozen=True, kw_only=True)
class Reciprocal(Function):
    """One over the number."""

    type: ClassVar[str] = "reciprocal"
    of: ClassVar[str] = "reciprocal"
    expression: ClassVar[str] = "1 / {}"


@dataclass(frozen=True, kw_only=True)
class Sin(Function):
    """The sine of radians."""

    type: ClassVar[str] = "sin"
    of: ClassVar[str] = "sin"
    expression: ClassVar[str] = "sin({})"


@dataclass(frozen=True, kw_only=True)
class Cos(Function):
    """The cosine of radians."""

    type: ClassVar[str] = "cos"
    of: ClassVar[str] = "cos"
    expression: ClassVar[str] = "cos({})"


@dataclass(frozen=True, kw_only=True)
class Floor(Function):
    """The largest whole number that is not larger."""

    type: ClassVar[str] = "floor"
    of: ClassVar[str] = "floor"
    expression: ClassVar[str] = "⌊{}⌋"
    steps: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class Ceil(Function):
    """The smallest whole number that is not smaller."""

    type: ClassVar[str] = "ceil"
    of: ClassVar[str] = "ceil"
    expression: ClassVar[str] = "⌈{}⌉"
    steps: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class Round(Function):
    """The nearest whole number; of two that are as near, the even one."""

    type: ClassVar[str] = "round"
    of: ClassVar[str] = "rint"
    expression: ClassVar[str] = "round({})"
    steps: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class Sign(Function):
    """1, 0 or -1, as the number is positive, 0 or negative."""

    type: ClassVar[str] = "sign"
    of: ClassVar[str] = "sign"
    expression: ClassVar[str] = "sign({})"
    steps: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class Erf(Elementwise):
    """The error function."""

    type: ClassVar[str] = "erf"

    def apply(self, x: Array) -> Array:
        return kernels.activations.erf(x)

    def notation(self, x: float) -> Notation:
        return explaining.Notation("erf({})", (x,))


@dataclass(frozen=True, kw_only=True)
class Cast(Elementwise):
    """The number as another type holds it; what computes with other numbers goes on in the network's type."""

    type: ClassVar[str] = "cast"
    dtype: str = option(Choice(("bool", *INTEGERS, "float16", "bfloat16", "float32", "float64")), "the type")

    def result_type(self, types: Sequence[str]) -> str:
        return self.dtype if self.dtype in INTEGERS else ""

    def tiling(self, inputs: Shapes) -> Tiling:
        return NO_TILES if self.dtype in INTEGERS else super().tiling(inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        if self.dtype in INTEGERS:
            return kernels.quantization.as_integers(inputs[0], self.dtype)
        return super().forward(inputs, parameters, engine)

    def apply(self, x: Array) -> Array:
        return kernels.activations.as_held(x, self.dtype)

    def notation(self, x: float) -> Notation:
        steps = not self.dtype.startswith(("float", "bfloat"))
        expression = "{} ≠ 0" if self.dtype == "bool" else f"{{}} as {self.dtype}"
        words = f"{self.dtype} has whole numbers alone: only a step further on shows."
        return explaining.Notation(expression, (x,), steps and not (self.dtype == "bool" and x == 0), words)


@dataclass(frozen=True, kw_only=True)
class Clip(Elementwise):
    """The number, but within two limits."""

    type: ClassVar[str] = "clip"
    min_value: float | None = option(Optional(Number()), "the smallest value; null: no limit", None)
    max_value: float | None = option(Optional(Number()), "the largest value; null: no limit", None)

    @property
    def _limits(self) -> tuple[float, float]:
        low = -np.inf if self.min_value is None else self.min_value
        return low, np.inf if self.max_value is None else self.max_value

    def output_shape(self, inputs: Shapes) -> Shape:
        if self.min_value is not None and self.max_value is not None and self.min_value > self.max_value:
            raise LayerError(
                f"min_value {self.min_value:g} is larger than max_value {self.max_value:g}",
                hint="write the smaller one as `min_value`",
                field="min_value",
            )
        return super().output_shape(inputs)

    def apply(self, x: Array) -> Array:
        return np.clip(x, *self._limits)

    def notation(self, x: float) -> Notation:
        low, high = self._limits
        if low < x < high:
            return explaining.Notation("{}", (x,))
        words = "clip is flat here: nothing contributes."
        if x <= low:
            return explaining.Notation("max({}, {})", (x, low), flat=True, words=words)
        return explaining.Notation("min({}, {})", (x, high), x >= high, words)
