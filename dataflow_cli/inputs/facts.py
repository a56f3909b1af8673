"""What the rules of `checks` need to know of all values of an input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import Problem
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


_CHUNK = 1024
"""Samples that are looked at together."""


@dataclass(frozen=True)
class Facts:
    """What the rules need to know of the values; figures are of the finite ones."""

    minimum: float
    maximum: float
    integral: bool
    nans: int
    infinities: int
    first: tuple[int, ...] | None
    """Sample and position of the first NaN or infinity."""


def facts_of(array: Array) -> Facts:
    """Looks at every value once, a few samples at a time."""
    low, high = np.inf, -np.inf
    integral, nans, infinities = True, 0, 0
    first: tuple[int, ...] | None = None
    for start in range(0, len(array), _CHUNK):
        part = array[start : start + _CHUNK]
        if part.dtype.kind == "f":
            finite = np.isfinite(part)
            if not finite.all():
                sample, *position = (int(at) for at in np.argwhere(~finite)[0])
                first = first or (start + sample, *position)
                missing = int(np.isnan(part).sum())
                nans, infinities = nans + missing, infinities + int(finite.size - finite.sum()) - missing
                part = part[finite]
            integral = integral and bool((part == np.round(part)).all())
        if part.size:
            low, high = min(low, float(part.min())), max(high, float(part.max()))
    return Facts(low, high, integral, nans, infinities, first)


def warning(code: str, message: str, hint: str) -> Problem:
    """What looks wrong, as a record."""
    return Problem(code, message, hint, severity="warning")
