"""Reductions over the middle of three axes as reductions of long rows, where NumPy takes short ones.

Values of picture tensors lie (n, places, C) with few channels C; NumPy reduces the places C numbers a step. Several
places beside each other are one row of the same memory, whose places are reduced at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

_ROW = 1024
"""Numbers of a row, about."""
_BYTE = 255
"""Rows whose marks a byte counts."""


def reduced(combine: np.ufunc, values: Array, empty: float) -> Array:
    """The smallest or largest value (n, C) over the places; `empty` where there is none."""
    if not values.size:
        return np.full((len(values), values.shape[2]), empty, values.dtype)
    rows, rest, places = _in_rows(values)
    found: Array = combine.reduce(combine.reduce(rows, axis=1).reshape(places), axis=1)
    return combine(found, combine.reduce(rest, axis=1), out=found) if rest.size else found


def trues(marks: Array) -> Array:
    """How many places (n, C), int64, are true."""
    rows, rest, places = _in_rows(marks.view(np.uint8), _BYTE)
    found: Array = np.add.reduce(rows, axis=1, dtype=np.uint8).reshape(places).sum(axis=1, dtype=np.int64)
    return found + rest.sum(axis=1, dtype=np.int64) if rest.size else found


def squares(values: Array) -> Array:
    """The sum (C,) of the squares of all values of a channel."""
    rows, rest, places = _in_rows(values.reshape(1, -1, values.shape[2]))
    found: Array = np.einsum("npc,npc->c", rows, rows).reshape(places[1:]).sum(axis=0)
    return found + np.einsum("npc,npc->c", rest, rest) if rest.size else found


def _in_rows(values: Array, most: int | None = None) -> tuple[Array, Array, tuple[int, int, int]]:
    """(n, rows, several places), at most so many rows; the places that are left (n, few, C); the shape of one row's
    places (n, several, C).
    """
    samples, places, channels = values.shape
    several = max(min(_ROW // max(channels, 1), places), -(-places // most) if most else 1, 1)
    count = places // several
    whole = values[:, : count * several].reshape(samples, count, several * channels)
    return whole, values[:, count * several :], (samples, several, channels)
