"""What type a tensor was computed in, as far as its numbers tell: a file may hold them in a wider one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

ENOUGH = 32
"""Numbers that are no integers: so many of them do not end in zeros by chance."""


def stored_as(array: Array) -> str:
    """`float64`, `float32`, `float16` or `bfloat16`; float32 for what is none of floating-point numbers."""
    if array.dtype.kind != "f":
        return "float32"
    if array.dtype == np.float16:
        return "float16"
    finite = array[np.isfinite(array)]
    fractions = finite[finite != np.rint(finite)]
    if fractions.size < ENOUGH:
        return "float64" if array.dtype == np.float64 and not _is_float32(finite) else "float32"
    if array.dtype == np.float64 and not _is_float32(fractions):
        return "float64"
    narrow = fractions.astype(np.float32)
    if not (narrow.view(np.uint32) & 0xFFFF).any():
        return "bfloat16"
    with np.errstate(over="ignore"):
        return "float16" if (narrow.astype(np.float16) == narrow).all() else "float32"


def coarser(ours: str, theirs: str) -> str:
    """The type of fewer digits of two: parameters of ours were rounded to it, or results of theirs."""
    return theirs if ours == "float64" or theirs != "float64" else ours


def _is_float32(numbers: Array) -> bool:
    with np.errstate(over="ignore"):
        return bool((numbers.astype(np.float32) == numbers).all())
