"""Growing the spatial axes of pictures by whole factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array


def nearest(x: Array, factors: Sequence[int]) -> Array:
    """Every element of `x` (N, *spatial, channels) repeated `factors` times along its spatial axes."""
    for axis, factor in enumerate(factors, start=1):
        x = np.repeat(x, factor, axis=axis)
    return x


def bilinear(x: Array, factors: Sequence[int]) -> Array:
    """`x` (N, *spatial, channels) interpolated between its elements' centres, one axis after the other."""
    for axis, factor in enumerate(factors, start=1):
        x = _interpolated(x, axis, factor)
    return x


def _interpolated(x: Array, axis: int, factor: int) -> Array:
    """One axis grown: element o lies at (o + 1/2) / factor - 1/2 of the old axis; past the ends the last one stands."""
    length = x.shape[axis]
    places = np.clip((np.arange(length * factor) + 0.5) / factor - 0.5, 0, length - 1)
    before = np.floor(places).astype(np.intp)
    after = np.minimum(before + 1, length - 1)
    weights = (places - before).astype(x.dtype).reshape(-1, *[1] * (x.ndim - axis - 1))
    one, two = np.take(x, before, axis=axis), np.take(x, after, axis=axis)
    two *= weights
    np.copyto(two, 0, where=weights == 0)  # a neighbour without weight plays no part, be it NaN
    one *= 1 - weights
    one += two
    return one
