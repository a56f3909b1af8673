"""What a tensor looks like, whatever the order of its elements: quantiles of its values, and how alike two are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

Look = tuple[float, ...]
"""Quantiles of a tensor's values."""
QUANTILES = 33
SAMPLED = 2**20
"""The most elements of a tensor that its quantiles are of."""
HALF = 0.5
"""From where on two tensors are alike."""
NEARER = 4
"""How much less one tensor must have apart from ours than another, to be rather it."""


def look(array: Array) -> Look:
    """Quantiles of a tensor's values: the same in any order of its elements."""
    flat = array.reshape(-1)
    if flat.size > SAMPLED:
        flat = flat[:: math.ceil(flat.size / SAMPLED)]
    finite = flat[np.isfinite(flat)].astype(np.float64) if flat.dtype.kind == "f" else flat.astype(np.float64)
    return tuple(map(float, np.quantile(finite, np.linspace(0, 1, QUANTILES)))) if finite.size else ()


def alike(one: Look, other: Look) -> float:
    """How alike two tensors' values are, from 0 to 1: by what their quantiles have apart, of their spread."""
    if not one or not other:
        return 0.0
    spread = max(one[-1] - one[0], other[-1] - other[0], abs(one[-1]), abs(other[-1]), 1e-300)
    apart = sum(abs(a - b) for a, b in zip(one, other, strict=True)) / QUANTILES
    return 1.0 / (1.0 + 50.0 * apart / spread)


def apart(likeness: float) -> float:
    """How far apart what is so much alike is."""
    return 1 / likeness - 1 if likeness else math.inf
