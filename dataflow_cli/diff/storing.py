"""What type a tensor was computed in, as far as its numbers tell: a file may hold them in a wider one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

ENOUGH = 32
"""Numbers that are no integers: so many of them do not end in zeros by chance."""
SAMPLED = 2**12


def stored_as(array: Array) -> str:
    """`float64`, `float32`, `float16` or `bfloat16`; float32 for what is none of floating-point numbers."""
    if array.dtype.kind != "f":
        return "float32"
    if array.dtype == np.float16:
        return "float16"
    flat = array.reshape(-1)
    if flat.size > SAMPLED:
        some = flat[:: flat.size // SAMPLED]
        fractions = _fractions(some)
        if fractions.size >= ENOUGH and _told(some, fractions) == array.dtype.name:
            return array.dtype.name  # digits that some have, the tensor has
    return _told(flat, _fractions(flat))


def _told(array: Array, fractions: Array) -> str:
    """The type of an array whose numbers that are no integers are `fractions`."""
    if fractions.size < ENOUGH:
        finite = array[np.isfinite(array)]
        return "float64" if array.dtype == np.float64 and not _is_float32(finite) else "float32"
    if array.dtype == np.float64 and not _is_float32(fractions):
        return "float64"
    narrow = fractions.astype(np.float32)
    if not (narrow.view(np.uint32) & 0xFFFF).any():
        return "bfloat16"
    with np.errstate(over="ignore"):
        return "float16" if (narrow.astype(np.float16) == narrow).all() else "float32"


def _fractions(array: Array) -> Array:
    """The numbers that are finite and no integers."""
    finite = array[np.isfinite(array)]
    found: Array = finite[finite != np.rint(finite)]
    return found


def coarser(ours: str, theirs: str) -> str:
    """The type of fewer digits of two: parameters of ours were rounded to it, or results of theirs."""
    return theirs if ours == "float64" or theirs != "float64" else ours


def _is_float32(numbers: Array) -> bool:
    with np.errstate(over="ignore"):
        return bool((numbers.astype(np.float32) == numbers).all())
