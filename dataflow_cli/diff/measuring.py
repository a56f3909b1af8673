"""How far two tensors lie apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.model import Measures
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

EPS = 2.0**-23
"""Of float32: the step from 1 to the next number."""


def measured(a: Array, b: Array, outside: Array, *, reference: Array) -> Measures:
    """What two tensors (N, *shape) have apart; `outside` marks the elements that differ too much."""
    left, right = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(all="ignore"):
        apart = np.where(left == right, 0.0, np.abs(left - right))
        apart[np.isnan(left) & np.isnan(right)] = 0.0
    ranked = np.where(np.isnan(apart), np.inf, apart)
    at = np.unravel_index(int(np.argmax(ranked)), a.shape) if a.size else (0,) * a.ndim
    largest, scale = float(ranked[at]) if a.size else 0.0, _scale(reference)
    return Measures(
        elements=a.size,
        outside=int(np.count_nonzero(outside)),
        largest=largest,
        at=tuple(map(int, at)),
        a=float(left[at]) if a.size else math.nan,
        b=float(right[at]) if a.size else math.nan,
        relative=largest / scale if scale else (0.0 if largest == 0 else math.inf),
        snr=_snr(left, apart),
        cosine=_cosine(left, right),
        ulps=largest / (EPS * 2.0 ** math.floor(math.log2(scale))) if scale else 0.0,
    )


def _scale(reference: Array) -> float:
    finite = np.abs(reference[np.isfinite(reference)])
    return float(finite.max()) if finite.size else 0.0


def _snr(left: Array, apart: Array) -> float:
    noise, signal = float(np.sum(apart**2)), float(np.sum(left[np.isfinite(left)] ** 2))
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal and math.isfinite(noise) else -math.inf


def _cosine(left: Array, right: Array) -> float:
    with np.errstate(all="ignore"):
        lengths = float(np.sqrt(np.sum(left**2)) * np.sqrt(np.sum(right**2)))
        product = float(np.sum(left * right))
    if not math.isfinite(lengths) or not math.isfinite(product):
        return math.nan
    return product / lengths if lengths else float(not left.any() and not right.any())
