"""How far two tensors lie apart, part by part, so that each part is read once and stays in the cache."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.diff.model import Measures
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.shapes import Array

    Outside = Callable[[Array, Array, Array], Any]
    """Of A, B and |A - B|, parts in float64, which elements differ too much."""

EPS = 2.0**-23
"""Of float32: the step from 1 to the next number."""
PART = 2**13
"""Elements of a part: so few that no product of two is handed to several threads."""


def measured(a: Array, b: Array, outside: Array | Outside | None, *, reference: Array) -> Measures:
    """What two tensors (N, *shape) have apart; `outside` marks the elements that differ too much, or says which."""
    found = _Sums()
    left, right = a.reshape(-1), np.ascontiguousarray(b).reshape(-1)
    for start in range(0, a.size, PART):
        one, other = (each[start : start + PART].astype(np.float64) for each in (left, right))
        found.add(one, other, outside if callable(outside) else None, start)
    scale = found.scale if reference is a else largest(reference)
    at = np.unravel_index(found.at, a.shape) if a.size else (0,) * a.ndim
    return Measures(
        elements=a.size,
        outside=found.outside if outside is None or callable(outside) else int(np.count_nonzero(outside)),
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
    if a.dtype == b.dtype and a.flags.c_contiguous and b.flags.c_contiguous and a.shape == b.shape:
        words = np.dtype(f"u{a.dtype.itemsize}")
        if all(
            np.array_equal(one.view(words), other.view(words))
            for one, other in zip(_parts(a.reshape(-1)), _parts(b.reshape(-1)), strict=True)
        ):
            return True
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f" and b.dtype.kind == "f")


def largest(array: Array) -> float:
    """The largest magnitude that is finite."""
    most = 0.0
    for part in _parts(array.reshape(-1)):
        size = np.abs(part)
        found = float(size.max())
        if not math.isfinite(found):
            found = float(np.max(size[np.isfinite(size)], initial=0.0))
        most = max(most, found)
    return most


def _parts(flat: Array) -> list[Array]:
    return [flat[start : start + PART] for start in range(0, flat.size, PART)]


class _Sums:
    """What is known of both so far."""

    def __init__(self) -> None:
        self.largest = self.noise = self.signal = self.left = self.right = self.product = self.scale = 0.0
        self.at = self.outside = 0

    def add(self, one: Array, other: Array, outside: Outside | None, start: int) -> None:
        with np.errstate(all="ignore"):
            apart = np.abs(one - other)
            most = float(apart.max())
            if not math.isfinite(most):
                apart[(one == other) | (np.isnan(one) & np.isnan(other))] = 0.0
            if outside is not None:
                self.outside += int(np.count_nonzero(outside(one, other, apart)))
            if not math.isfinite(most):
                self._ranked(np.where(np.isnan(apart), np.inf, apart), start)
            elif most > self.largest:
                self.largest, self.at = most, start + int(apart.argmax())
            self.noise += float(apart @ apart)
            self.left += float(one @ one)
            self.right += float(other @ other)
            self.product += float(one @ other)
            finite = one if math.isfinite(self.left) else one[np.isfinite(one)]
            self.signal += float(finite @ finite)
            self.scale = max(self.scale, float(np.max(np.abs(finite), initial=0.0)))

    def _ranked(self, apart: Array, start: int) -> None:
        at = int(apart.argmax())
        if apart[at] > self.largest:
            self.largest, self.at = float(apart[at]), start + at

    def snr(self) -> float:
        if self.noise == 0:
            return math.inf
        return 10 * math.log10(self.signal / self.noise) if self.signal and math.isfinite(self.noise) else -math.inf

    def cosine(self) -> float:
        lengths = math.sqrt(self.left) * math.sqrt(self.right) if self.left >= 0 and self.right >= 0 else math.nan
        if not math.isfinite(lengths) or not math.isfinite(self.product):
            return math.nan
        if not lengths:
            return float(self.left == self.right)
        return min(max(self.product / lengths, -1.0), 1.0)
