"""Maximum and mean of sliding windows, for any number of spatial axes.

A window is a box, so its maximum is the maximum along one axis of the maxima along the other: one axis at a time, the
work grows with the sum of the sizes and not with their product. The same holds for sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.windows import padded, taps
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dataflow_cli.kernels.windows import Pads

    Array = NDArray[Any]


def max_pool(x: Array, *, sizes: Sequence[int], strides: Sequence[int], pads: Pads) -> Array:
    """The maximum of every window of `x` (N, *spatial, channels): (N, *positions, channels)."""
    lowest = -np.inf if np.issubdtype(x.dtype, np.floating) else np.iinfo(x.dtype).min
    return _reduced(padded(x, pads, lowest), np.maximum, sizes, strides)


def average_pool(x: Array, *, sizes: Sequence[int], strides: Sequence[int], pads: Pads) -> Array:
    """The mean of every window of `x` (N, *spatial, channels) without what was padded: (N, *positions, channels)."""
    sums = _reduced(padded(x, pads), np.add, sizes, strides)
    if not any(map(any, pads)):
        return np.divide(sums, np.prod(sizes).item())
    inside = padded(np.ones((1, *x.shape[1:-1], 1), sums.dtype), pads)
    return np.divide(sums, _reduced(inside, np.add, sizes, strides))


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


def _reduced(x: Array, combine: Callable[..., Array], sizes: Sequence[int], strides: Sequence[int]) -> Array:
    """Every window of a padded array combined into one element, one axis after the other."""
    for axis, (size, stride) in enumerate(zip(sizes, strides, strict=True)):
        if size > 1 or stride > 1:
            x = _reduced_along(x, combine, axis, size, stride)
    return x


def _reduced_along(x: Array, combine: Callable[..., Array], axis: int, size: int, stride: int) -> Array:
    """The windows along one spatial axis combined."""
    ones = [1] * (x.ndim - 2)
    along = [*ones[:axis], size, *ones[axis + 1 :]]
    steps = [*ones[:axis], stride, *ones[axis + 1 :]]
    (_, first), *others = taps(x, along, steps, ones)
    result = first.copy()
    for _, tap in others:
        combine(result, tap, out=result)
    return result
