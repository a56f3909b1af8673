"""Values as people read them. Nothing that comes from a file reaches a terminal without `safe`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import printable
from dataflow_cli.sizes import bytes_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS = 4
"""Significant digits of a statistic."""
_LONG = 1e9
"""Seconds that nobody wants to read to the hundredth."""


def safe(text: object) -> str:
    """The text with every control character written out: an escape sequence is shown, not obeyed."""
    return printable(text)


def display_width(text: str) -> int:
    """How many columns of a terminal the text takes: two for a wide character, none for one that combines."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def shape(value: Sequence[int]) -> str:
    """`(28, 28, 1)`; a vector as its length, as the chapter writes it: `9216`."""
    return str(value[0]) if len(value) == 1 else "(" + ", ".join(map(str, value)) + ")"


def shapes(value: Sequence[Sequence[int]]) -> str:
    """`(28, 28, 1)`; of several `(8, 8, 3), (8, 8, 5)`, and of equal ones `2 of (8, 8, 3)`."""
    if len(value) > 1 and len(set(map(tuple, value))) == 1:
        return f"{len(value)} of {shape(value[0])}"
    return ", ".join(map(shape, value))


def window(value: Sequence[int] | None) -> str:
    """`3 x 3`."""
    return "" if value is None else " x ".join(map(str, value))


def untrained(init: str, source: str = "") -> str:
    """What an answer by parameters is worth that a rule made: `random weights (he_normal): ...`, or `source`."""
    made = "weights of zeros" if init == "zeros" else f"random weights ({safe(source or init)})"
    return f"{made}: a prediction from them is no prediction"


def count(value: int | None) -> str:
    """`1,199,882`."""
    return "" if value is None else f"{value:,}"


def several(number: int, thing: str) -> str:
    """`1 value`, `9,216 values`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def number(value: float | None) -> str:
    """A measured value to four significant digits, without an exponent as long as it stays short."""
    if value is None:
        return ""
    if not math.isfinite(value):
        from dataflow_cli.files.json import special

        return special(value)
    if value == 0 or (value == int(value) and abs(value) < 10**_DIGITS):
        return str(int(value))
    exponent = int(f"{value:.{_DIGITS - 1}e}".partition("e")[2])  # once rounded: 0.99996 is 1.000
    if not -4 <= exponent <= _DIGITS + 2:
        return f"{value:.{_DIGITS - 1}e}"
    return f"{value:.{max(_DIGITS - 1 - exponent, 0)}f}"


def share(value: float | None) -> str:
    """A share of 0 to 1 as a percentage: `81.0 %`; more digits where rounding would claim all or nothing."""
    if value is None or math.isnan(value):
        return ""
    percent = 100 * value
    if percent in (0, 100):
        return f"{percent:.0f} %"
    digits = 1
    while digits < 4 and (round(percent, digits) in (0, 100)):
        digits += 1
    return (
        f"{percent:.{digits}f} %"
        if round(percent, digits) not in (0, 100)
        else ("< 0.0001 %" if percent < 1 else "> 99.9999 %")
    )


def seconds(value: float | None) -> str:
    """A duration with its unit: `12.3 ms`."""
    if value is None or math.isnan(value):
        return ""
    if value >= 1:
        return f"{value:.2f} s" if value < _LONG else f"{number(value)} s"
    if round(value * 1e6) < 1000:
        return f"{value * 1e6:.0f} µs"
    return f"{value * 1e3:.1f} ms" if round(value * 1e3, 1) < 1000 else f"{value:.2f} s"


def memory(value: int | None) -> str:
    """A number of bytes with its unit: `84.5 KiB`."""
    return "" if value is None else bytes_text(value)


def histogram(bins: Sequence[tuple[float, float, int]] | None) -> str:
    """`-2..-1: 3, 0: 120, 0.5..1: 7`, in the order of the number line; every bin is one power of two wide."""
    if bins is None:
        return ""
    return ", ".join(f"{_stretch(low, high)}: {amount:,}" for low, high, amount in bins)


def _stretch(low: float, high: float) -> str:
    return "0" if low == high else f"{low:.4g}..{high:.4g}"


def names(value: Sequence[str]) -> str:
    """`a, b`."""
    return safe(", ".join(value))


def text(value: Any) -> str:
    """Any text cell, safe to show."""
    return "" if value is None else safe(value)
