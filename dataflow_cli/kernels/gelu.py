"""The Gaussian error linear unit in as few passes over the numbers as can be, in memory that is used again.

Each of them writes x · Φ(x) into another array, or into its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.kernels.running.scratch import block_of, scratch
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

_ABOVE = (-0.0003788266291986643, -0.014975760348254975, -0.19778146141610362, -1.5957692823053687)
_BELOW = (3.970053211730565e-05, 0.005860190183702845, 0.07840160950448725, 1.0)
"""Polynomials of x², highest power first, whose quotient was fitted by least squares to log(1 / Φ - 1) / x, weighted as
errors of x Φ."""
_ENDS = 169
"""Of x², up to where it was fitted: beyond, Φ is 0 or 1."""
_CUBE = 0.044715
_SLOPE = -2 * math.sqrt(2 / math.pi)


def gelu_in_single(x: Array, out: Array) -> None:
    """In float32 to its rounding, 1e-7 of `x`, as x / (1 + exp(x · quotient)): float64 takes ten times as long."""
    square, above, below = scratch("gelu", (3, *x.shape), np.float32)
    with np.errstate(over="ignore"):  # of numbers so large that only their sign counts
        np.square(x, out=square)
        np.minimum(square, block_of(_ENDS, np.float32)[: x.shape[-1]] if x.ndim else _ENDS, out=square)
        _polynomial(square, _ABOVE, above)
        _polynomial(square, _BELOW, below)
        above /= below
        above *= x
        _divided(x, above, out)


def gelu_by_exponential(x: Array, out: Array) -> None:
    """With the formula that has tanh for erf, as x / (1 + exp(-2 √(2/π) (x + 0.044715 x³)))."""
    exponent = scratch("gelu", x.shape, x.dtype)
    with np.errstate(over="ignore"):
        np.square(x, out=exponent)
        exponent *= x.dtype.type(_SLOPE * _CUBE)
        exponent += x.dtype.type(_SLOPE)
        exponent *= x
        _divided(x, exponent, out)


def _divided(x: Array, exponent: Array, out: Array) -> None:
    """The quotient x / (1 + exp(exponent))."""
    np.exp(exponent, out=exponent)
    exponent += exponent.dtype.type(1)
    np.divide(x, exponent, out=out)


def _polynomial(x: Array, terms: tuple[float, ...], out: Array) -> None:
    """By Horner's rule, the highest power first."""
    np.multiply(x, x.dtype.type(terms[0]), out=out)
    for term in terms[1:-1]:
        out += x.dtype.type(term)
        out *= x
    out += x.dtype.type(terms[-1])
