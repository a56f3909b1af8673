"""Where numbers lie between two others, to the ends of float64.

There the difference of two numbers is infinite, or half of one is zero: so they are made of ordinary size first, by a
power of two, which rounds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


def fraction(values: Any, low: Any, high: Any) -> Array:
    """(value - low) / (high - low): 0 at `low`, 1 at `high`."""
    _, exponent = np.frexp(np.maximum(np.abs(low), np.abs(high)))
    value, start, end = (np.ldexp(np.asarray(number, np.float64), -exponent) for number in (values, low, high))
    span = end - start
    result: Array = (value - start) / np.where(span > 0, span, 1.0)
    return result


def spread(low: float, high: float, count: int) -> Array:
    """So many numbers, evenly from `low` to `high`."""
    part = np.linspace(0, 1, count)
    result: Array = low * (1 - part) + high * part
    return result
