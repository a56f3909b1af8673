"""Sliding windows over padded arrays, as views: what convolution and pooling share.

Arrays are (N, *spatial, channels); sizes, strides, dilations and pads have one entry a spatial axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

Pads = Sequence[tuple[int, int]]


def padded(x: Array, pads: Pads, value: float = 0) -> Array:
    """`x` with `value` around its spatial axes; `x` itself where nothing is added."""
    if not any(map(any, pads)):
        return x
    return np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=value)


def positions(
    lengths: Sequence[int], sizes: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> list[int]:
    """How many positions a window has on each padded axis."""
    axes = zip(lengths, sizes, strides, dilations, strict=True)
    return [(length - dilation * (size - 1) - 1) // stride + 1 for length, size, stride, dilation in axes]


def sliding(x: Array, sizes: Sequence[int], strides: Sequence[int], dilations: Sequence[int]) -> Array:
    """A view (N, *positions, *sizes, channels) of a padded array: every window at every position, without a copy."""
    steps = x.strides[1:-1]
    return np.lib.stride_tricks.as_strided(
        x,
        shape=(x.shape[0], *positions(x.shape[1:-1], sizes, strides, dilations), *sizes, x.shape[-1]),
        strides=(
            x.strides[0],
            *(step * stride for step, stride in zip(steps, strides, strict=True)),
            *(step * dilation for step, dilation in zip(steps, dilations, strict=True)),
            x.strides[-1],
        ),
        writeable=False,
    )


def taps(
    x: Array, sizes: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], Array]]:
    """For every tap of the window its index and the view (N, *positions, channels) of what lies under it."""
    counts = positions(x.shape[1:-1], sizes, strides, dilations)
    for tap in product(*map(range, sizes)):
        starts = [index * dilation for index, dilation in zip(tap, dilations, strict=True)]
        axes = zip(starts, strides, counts, strict=True)
        yield tap, x[(slice(None), *(slice(start, start + step * count, step) for start, step, count in axes))]
