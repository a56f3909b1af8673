"""Functions of single elements, block by block: over a whole array, or over a tile that is still in the cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.scratch import block_of
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

Function = Callable[["Array", "Array"], None]
"""Writes its values for the elements of the first array into the second, which may be the first itself."""

ELEMENTS = 2**17
"""Elements of a piece of work."""
COST = 10
"""How many times the work of a multiply-accumulate in a matrix product one element takes here."""


def applied(function: Function, x: Array) -> Array:
    """A new array with the function of every element."""
    out = np.empty_like(x)
    if not (x.flags.c_contiguous and out.flags.c_contiguous):
        function(x, out)
        return out
    source, target = x.reshape(-1), out.reshape(-1)
    pieces = [slice(start, start + ELEMENTS) for start in range(0, x.size, ELEMENTS)]
    current().spread(lambda piece: function(source[piece], target[piece]), pieces, x.size * COST)
    return out


def relu_into(x: Array, out: Array) -> None:
    """max(x, 0)."""
    zeros = block_of(0, x.dtype)
    if not (x.flags.c_contiguous and out.flags.c_contiguous):
        np.maximum(x, zeros[: x.shape[-1]] if x.ndim and x.shape[-1] <= zeros.size else 0, out=out)
        return
    source, target = x.reshape(-1), out.reshape(-1)
    for start in range(0, x.size, zeros.size):
        part = source[start : start + zeros.size]
        np.maximum(part, zeros[: part.size], out=target[start : start + zeros.size])


def clip_into(highest: float, x: Array, out: Array) -> None:
    """min(max(x, 0), highest)."""
    np.clip(x, 0, highest, out=out)
