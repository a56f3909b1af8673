"""The complement of the error function, which NumPy does not have.

Rational approximations as W. J. Cody gave them ("Rational Chebyshev approximations for the error function", Mathematics
of Computation 23, 1969), with the coefficients of S. Moshier's Cephes library (`ndtr.c`). Worked out in float64, where
it is exact, relative to its value, to 1e-13.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


Fraction = tuple[tuple[float, ...], tuple[float, ...]]
"""The coefficients of two polynomials, highest power first: the numerator's and the denominator's."""

_SMALL: Fraction = (
    (
        9.60497373987051638749e0,
        9.00260197203842689217e1,
        2.23200534594684319226e3,
        7.00332514112805075473e3,
        5.55923013010394962768e4,
    ),
    (
        1.0,
        3.35617141647503099647e1,
        5.21357949780152679795e2,
        4.59432382970980127987e3,
        2.26290000613890934246e4,
        4.92673942608635921086e4,
    ),
)
"""erf(x) / x in powers of x², for |x| < 1."""

_MIDDLE: Fraction = (
    (
        2.46196981473530512524e-10,
        5.64189564831068821977e-1,
        7.46321056442269912687e0,
        4.86371970985681366614e1,
        1.96520832956077098242e2,
        5.26445194995477358631e2,
        9.34528527171957607540e2,
        1.02755188689515710272e3,
        5.57535335369399327526e2,
    ),
    (
        1.0,
        1.32281951154744992508e1,
        8.67072140885989742329e1,
        3.54937778887819891062e2,
        9.75708501743205489753e2,
        1.82390916687909736289e3,
        2.24633760818710981792e3,
        1.65666309194161350182e3,
        5.57535340817727675546e2,
    ),
)
"""erfc(x) · exp(x²) in powers of x, for 1 <= x < 8."""

_LARGE: Fraction = (
    (
        5.64189583547755073984e-1,
        1.27536670759978104416e0,
        5.01905042251180477414e0,
        6.16021097993053585195e0,
        7.40974269950448939160e0,
        2.97886665372100240670e0,
    ),
    (
        1.0,
        2.26052863220117276590e0,
        9.39603524938001434673e0,
        1.20489539808096656605e1,
        1.70814450747565897222e1,
        9.60896809063285878198e0,
        3.36907645100081516050e0,
    ),
)
"""The same for 8 <= x."""

_VANISHES = 28.0
"""From here on erfc is too small for float64."""


def erfc(x: Array) -> Array:
    """1 - erf(x) of every element, exact also where erf rounds to 1, in the dtype of `x`."""
    wide = x.astype(np.float64)
    tail = _tail(np.abs(wide))
    result = np.where(wide < 0, 2 - tail, tail)
    small = np.abs(wide) < 1
    result[small] = 1 - _near_zero(wide[small])
    return result.astype(x.dtype)


def _near_zero(x: Array) -> Array:
    """erf(x) for |x| < 1."""
    return x * _quotient(_SMALL, x * x)


def _tail(x: Array) -> Array:
    """erfc(x) for x >= 1. Smaller x give something finite and meaningless."""
    x = np.minimum(x, _VANISHES)
    result: Array = np.exp(-x * x) * np.where(x < 8, _quotient(_MIDDLE, x), _quotient(_LARGE, x))
    return result


def _quotient(fraction: Fraction, x: Array) -> Array:
    numerator, denominator = fraction
    result: Array = _polynomial(numerator, x) / _polynomial(denominator, x)
    return result


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """By Horner's rule."""
    result: Array = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        result *= x
        result += coefficient
    return result
