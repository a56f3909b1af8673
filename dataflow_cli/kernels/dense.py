"""Matrix products with a bias."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.engine import current
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

ROWS = 128
"""Rows of a piece."""
UNITS = 1024
"""Units of a piece."""


def dense(x: Array, kernel: Array, bias: Array | None = None) -> Array:
    """`x` (..., inputs) times `kernel` (inputs, units) plus `bias` (units,): (..., units)."""
    inputs, units = kernel.shape
    rows = x.reshape(-1, inputs)
    out = np.empty((len(rows), units), np.result_type(x, kernel))

    def fill(piece: tuple[slice, slice]) -> None:
        np.matmul(rows[piece[0]], kernel[:, piece[1]], out=out[piece])
        if bias is not None:
            np.add(out[piece], bias[piece[1]], out=out[piece])

    pieces = list(product(_cut(len(rows), ROWS), _cut(units, UNITS)))
    current().spread(fill, pieces, max(out.size * inputs, kernel.size * _traffic(len(rows))))
    return out.reshape(*x.shape[:-1], units)


def _traffic(rows: int) -> int:
    """With few rows, reading the kernel from memory takes longer than the arithmetic: as many products a number."""
    return 4 if rows < 4 else 1


def _cut(length: int, part: int) -> list[slice]:
    """Nearly equal slices of about `part`."""
    count = max(round(length / part), 1)
    return [slice(length * i // count, length * (i + 1) // count) for i in range(count)]
