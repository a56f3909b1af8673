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
from dataflow_cli.kernels.windows import Slide, taps, under
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dataflow_cli.kernels.windows import Pads

    Array = NDArray[Any]
    Combine = Callable[..., Array]

ELEMENTS = 2**19
"""Elements of the input under a tile."""
COST = 10
"""How many times the work of a multiply-accumulate in a matrix product one element takes here."""


def max_pool(x: Array, *, sizes: Sequence[int], strides: Sequence[int], pads: Pads) -> Array:
    """The maximum of every window of `x` (N, *spatial, channels): (N, *positions, channels)."""
    lowest = -np.inf if np.issubdtype(x.dtype, np.floating) else np.iinfo(x.dtype).min
    return _reduced(x, np.maximum, Slide(sizes, strides, (1,) * len(sizes), pads), lowest)


def average_pool(x: Array, *, sizes: Sequence[int], strides: Sequence[int], pads: Pads) -> Array:
    """The mean of every window of `x` (N, *spatial, channels) without what was padded: (N, *positions, channels)."""
    slide = Slide(sizes, strides, (1,) * len(sizes), pads)
    sums = _reduced(x, np.add, slide, 0)
    if not any(map(any, pads)):
        return np.divide(sums, math.prod(sizes))
    return np.divide(sums, _reduced(np.ones((1, *x.shape[1:-1], 1), sums.dtype), np.add, slide, 0))


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


def _reduced(x: Array, combine: Combine, slide: Slide, value: float) -> Array:
    """Every window of an array padded with `value` combined into one element, tile by tile, axis after axis."""
    out = np.empty((x.shape[0], *slide.counts(x.shape[1:-1]), x.shape[-1]), x.dtype)
    axes = [
        axis for axis, (size, stride) in enumerate(zip(slide.sizes, slide.strides, strict=True)) if size + stride > 2
    ]

    def fill(tile: Tile) -> None:
        seen = under(x, tile, slide, value)
        for axis in axes:
            parts = _taps_along(seen, axis, slide)
            target = out[tile] if axis == axes[-1] else scratch(f"axis {axis}", parts[0].shape, x.dtype)
            _combine(parts, combine, target)
            seen = target
        if not axes:
            out[tile] = seen

    each = math.prod(slide.strides) * x.shape[-1]
    current().spread(fill, tiles(out.shape[:-1], max(ELEMENTS // each, 1)), x.size * COST)
    return out


def _taps_along(x: Array, axis: int, slide: Slide) -> list[Array]:
    """What lies under each tap of a window along one spatial axis."""
    ones = [1] * len(slide.sizes)
    sizes = [*ones[:axis], slide.sizes[axis], *ones[axis + 1 :]]
    strides = [*ones[:axis], slide.strides[axis], *ones[axis + 1 :]]
    return [view for _, view in taps(x, sizes, strides, ones)]


def _combine(parts: Sequence[Array], combine: Combine, out: Array) -> None:
    """All parts combined into `out`."""
    first, *others = parts
    if not others:
        out[...] = first
    for number, part in enumerate(others):
        combine(out if number else first, part, out=out)
