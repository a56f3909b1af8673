"""Maximum and mean of sliding windows, for any number of spatial axes.

A window is a box, so its maximum is the maximum along one axis of the maxima along the other: one axis at a time, the
work grows with the sum of the sizes and not with their product. The same holds for sums.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.scratch import scratch
from dataflow_cli.kernels.tiles import Tile, tiles
from dataflow_cli.kernels.windows import positions, taps, under
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dataflow_cli.kernels.windows import Pads

    Array = NDArray[Any]


ELEMENTS = 2**16
"""Elements of the input under a tile."""
COST = 10
"""How many times the work of a multiply-accumulate in a matrix product one element takes here."""


def max_pool(x: Array, *, sizes: Sequence[int], strides: Sequence[int], pads: Pads) -> Array:
    """The maximum of every window of `x` (N, *spatial, channels): (N, *positions, channels)."""
    lowest = -np.inf if np.issubdtype(x.dtype, np.floating) else np.iinfo(x.dtype).min
    return _reduced(x, np.maximum, sizes, strides, pads, lowest)


def average_pool(x: Array, *, sizes: Sequence[int], strides: Sequence[int], pads: Pads) -> Array:
    """The mean of every window of `x` (N, *spatial, channels) without what was padded: (N, *positions, channels)."""
    sums = _reduced(x, np.add, sizes, strides, pads, 0)
    if not any(map(any, pads)):
        return np.divide(sums, math.prod(sizes))
    inside = _reduced(np.ones((1, *x.shape[1:-1], 1), sums.dtype), np.add, sizes, strides, pads, 0)
    return np.divide(sums, inside)


def global_max(x: Array) -> Array:
    """The maximum of every channel of `x` (N, *spatial, channels): (N, channels)."""
    result: Array = np.maximum.reduce(x, axis=tuple(range(1, x.ndim - 1)))
    return result


def global_average(x: Array) -> Array:
    """The mean of every channel of `x` (N, *spatial, channels): (N, channels).

    One axis at a time: sums of sums, whose rounding error grows with the axes' lengths and not with their product.
    """
    sums = x
    for _ in range(x.ndim - 2):
        sums = np.add.reduce(sums, axis=1)
    return np.divide(sums, np.prod(x.shape[1:-1]).item())


def _reduced(
    x: Array,
    combine: Callable[..., Array],
    sizes: Sequence[int],
    strides: Sequence[int],
    pads: Pads,
    value: float,
) -> Array:
    """Every window of an array padded with `value` combined into one element, tile by tile, axis after axis."""
    ones = (1,) * len(sizes)
    lengths = [n + before + after for n, (before, after) in zip(x.shape[1:-1], pads, strict=True)]
    out = np.empty((x.shape[0], *positions(lengths, sizes, strides, ones), x.shape[-1]), x.dtype)
    axes = [axis for axis in range(len(sizes)) if sizes[axis] > 1 or strides[axis] > 1]

    def fill(tile: Tile) -> None:
        seen = under(x, tile, sizes, strides, ones, pads, value)
        for axis in axes:
            seen = _along(seen, combine, axis, sizes[axis], strides[axis], out[tile] if axis == axes[-1] else None)
        if not axes:
            out[tile] = seen

    each = math.prod(strides) * x.shape[-1]
    current().spread(fill, tiles(out.shape[:-1], max(ELEMENTS // each, 1)), x.size * COST)
    return out


def _along(x: Array, combine: Callable[..., Array], axis: int, size: int, stride: int, out: Array | None) -> Array:
    """The windows along one spatial axis combined, into `out` or scratch."""
    ones = [1] * (x.ndim - 2)
    along = [*ones[:axis], size, *ones[axis + 1 :]]
    steps = [*ones[:axis], stride, *ones[axis + 1 :]]
    (_, first), *others = taps(x, along, steps, ones)
    result = scratch(f"axis {axis}", first.shape, x.dtype) if out is None else out
    if not others:
        result[...] = first
    for number, (_, tap) in enumerate(others):
        combine(result if number else first, tap, out=result)
    return result
