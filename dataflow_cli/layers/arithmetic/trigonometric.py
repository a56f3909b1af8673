"""Trigonometric and hyperbolic functions of one number, beside sine, cosine and hyperbolic tangent, and their inverses.

    out = f(in)

Angles are radians. What a function is not defined for becomes NaN: beyond -1 to 1 for arcsin, arccos and arctanh, below
1 for arccosh.
"""

from __future__ import annotations

from typing import ClassVar

from dataflow_cli.layers.arithmetic.functions import Function
from dataflow_cli.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Tan(Function):
    """The tangent of radians."""

    type: ClassVar[str] = "tan"
    of: ClassVar[str] = "tan"
    expression: ClassVar[str] = "tan({})"


@dataclass(frozen=True, kw_only=True)
class ArcSin(Function):
    """The angle in radians, from -π/2 to π/2, whose sine the number is."""

    type: ClassVar[str] = "arcsin"
    of: ClassVar[str] = "arcsin"
    expression: ClassVar[str] = "arcsin({})"


@dataclass(frozen=True, kw_only=True)
class ArcCos(Function):
    """The angle in radians, from 0 to π, whose cosine the number is."""

    type: ClassVar[str] = "arccos"
    of: ClassVar[str] = "arccos"
    expression: ClassVar[str] = "arccos({})"


@dataclass(frozen=True, kw_only=True)
class ArcTan(Function):
    """The angle in radians, between -π/2 and π/2, whose tangent the number is."""

    type: ClassVar[str] = "arctan"
    of: ClassVar[str] = "arctan"
    expression: ClassVar[str] = "arctan({})"


@dataclass(frozen=True, kw_only=True)
class Sinh(Function):
    """The hyperbolic sine."""

    type: ClassVar[str] = "sinh"
    of: ClassVar[str] = "sinh"
    expression: ClassVar[str] = "sinh({})"


@dataclass(frozen=True, kw_only=True)
class Cosh(Function):
    """The hyperbolic cosine."""

    type: ClassVar[str] = "cosh"
    of: ClassVar[str] = "cosh"
    expression: ClassVar[str] = "cosh({})"


@dataclass(frozen=True, kw_only=True)
class ArcSinh(Function):
    """The number whose hyperbolic sine the number is."""

    type: ClassVar[str] = "arcsinh"
    of: ClassVar[str] = "arcsinh"
    expression: ClassVar[str] = "arcsinh({})"


@dataclass(frozen=True, kw_only=True)
class ArcCosh(Function):
    """The number, not below 0, whose hyperbolic cosine the number is."""

    type: ClassVar[str] = "arccosh"
    of: ClassVar[str] = "arccosh"
    expression: ClassVar[str] = "arccosh({})"


@dataclass(frozen=True, kw_only=True)
class ArcTanh(Function):
    """The number whose hyperbolic tangent the number is."""

    type: ClassVar[str] = "arctanh"
    of: ClassVar[str] = "arctanh"
    expression: ClassVar[str] = "arctanh({})"
