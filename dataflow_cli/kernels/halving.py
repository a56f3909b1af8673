"""Reductions over the middle of three axes by halves: long vectors are combined, where NumPy takes short ones.

Values of picture tensors lie (n, places, C) with few channels C; NumPy reduces the places C numbers a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.shapes import Array

_FEW = 8
"""Places that are left to NumPy."""
_LEVELS = 7
"""After so many halvings a byte that counts may be full."""


def reduced(combine: np.ufunc, values: Array, empty: float) -> Array:
    """The smallest or largest value (n, C) over the places; `empty` where there is none."""
    found: Array = combine.reduce(_halved(combine, values, values.shape[1].bit_length()), axis=1, initial=empty)
    return found


def trues(marks: Array) -> Array:
    """How many places (n, C), int64, are true."""
    found: Array = _halved(np.add, marks.view(np.uint8), _LEVELS).sum(axis=1, dtype=np.int64)
    return found


def _halved(combine: Callable[..., Array], values: Array, levels: int) -> Array:
    """The first half of the places combined with the second, and so on, until few are left or it was done so often."""
    for _ in range(levels):
        places = values.shape[1]
        if places <= _FEW:
            break
        half = places // 2
        found = combine(values[:, :half], values[:, half : 2 * half])
        if places % 2:
            combine(found[:, 0], values[:, -1], out=found[:, 0])
        values = found
    return values
