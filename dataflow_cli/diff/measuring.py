"""How far two tensors lie apart, part by part, so that each part is read once and stays in the cache."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.model import Measures
from dataflow_cli.diff.sums import PART, Sums
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.diff.tolerance import Allowed
    from dataflow_cli.shapes import Array

    Apart = Callable[[float], Allowed]

EPS = 2.0**-23
"""Of float32: the step from 1 to the next number."""


def measured(a: Array, b: Array, apart: Array | Apart, *, reference: Array) -> Measures:
    """What two tensors (N, *shape) have apart.

    `apart` marks the elements that differ too much, or says which do for the largest magnitude of the reference.
    """
    scale = largest(reference)
    found = Sums(apart(scale) if callable(apart) else None)
    left, right = a.reshape(-1), np.ascontiguousarray(b).reshape(-1)
    with np.errstate(all="ignore"):
        for start in range(0, a.size, PART):
            found.add(left[start : start + PART], right[start : start + PART], start)
    at = np.unravel_index(found.at, a.shape) if a.size else (0,) * a.ndim
    return Measures(
        elements=a.size,
        outside=found.outside if callable(apart) else int(np.count_nonzero(apart)),
        largest=found.largest,
        at=tuple(map(int, at)),
        a=float(left[found.at]) if a.size else math.nan,
        b=float(right[found.at]) if a.size else math.nan,
        relative=found.largest / scale if scale else (0.0 if found.largest == 0 else math.inf),
        snr=found.snr(),
        cosine=found.cosine(),
        ulps=found.largest / (EPS * 2.0 ** math.floor(math.log2(scale))) if scale else 0.0,
    )


def equal(a: Array) -> Measures:
    """What a tensor has apart from itself."""
    first = float(a.reshape(-1)[0]) if a.size else math.nan
    return Measures(a.size, 0, 0.0, (0,) * a.ndim, first, first, 0.0, math.inf, 1.0, 0.0)


def identical(a: Array, b: Array) -> bool:
    """Whether two tensors have the same numbers, and NaN where the other has NaN."""
    if a.shape != b.shape:
        return False
    one, other = (each.reshape(-1) for each in (a, b))
    return all(map(_identical, _parts(one), _parts(other)))


def _identical(one: Array, other: Array) -> bool:
    """Of two parts: at first by their bits, which is faster and almost always enough."""
    if one.dtype == other.dtype:
        words = np.dtype(f"u{one.dtype.itemsize}")
        if np.array_equal(one.view(words), other.view(words)):
            return True
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f" and other.dtype.kind == "f")


def largest(array: Array) -> float:
    """The largest magnitude that is finite."""
    most = 0.0
    for part in _parts(array.reshape(-1)):
        size = np.abs(part)
        found = float(size[size.argmax()])
        if not math.isfinite(found):
            found = float(np.max(size[np.isfinite(size)], initial=0.0))
        most = max(most, found)
    return most


def _parts(flat: Array) -> list[Array]:
    return [flat[start : start + PART] for start in range(0, flat.size, PART)]
