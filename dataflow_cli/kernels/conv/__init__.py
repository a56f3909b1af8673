"""Convolution as matrix products, for any number of spatial axes.

The windows of a tile of output positions are copied side by side into a scratch matrix (im2col), which one product with
the kernel turns into outputs. Tiles keep the scratch in the cache and its size bounded.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.windows import padded, sliding
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dataflow_cli.kernels.windows import Pads

    Array = NDArray[Any]

TILE = 448
"""Output positions a tile: from 224 to 896 the time is flat."""


def convolve(
    x: Array,
    kernel: Array,
    *,
    strides: Sequence[int],
    pads: Pads,
    dilations: Sequence[int],
    groups: int = 1,
    bias: Array | None = None,
) -> Array:
    """`x` (N, *spatial, channels) by `kernel` (*sizes, channels / groups, filters): (N, *positions, filters)."""
    sizes = kernel.shape[:-2]
    filters = kernel.shape[-1] // groups
    view = sliding(padded(x, pads), sizes, strides, dilations)
    counts = view.shape[1 : 1 + len(sizes)]
    result = np.empty((x.shape[0], *counts, kernel.shape[-1]), np.result_type(x, kernel))
    channels = kernel.shape[-2]
    for group in range(groups):
        inputs = view[..., group * channels : (group + 1) * channels]
        outputs = result[..., group * filters : (group + 1) * filters]
        _multiply(inputs, kernel[..., group * filters : (group + 1) * filters], outputs)
    if bias is not None:
        result += bias
    return result


def _multiply(windows: Array, kernel: Array, out: Array) -> None:
    """Fill `out` (N, *positions, filters) with the products of every window and the kernel, tile by tile."""
    columns = math.prod(kernel.shape[:-1])
    matrix = kernel.reshape(columns, -1)
    rows, *others = out.shape[1:-1]
    positions = max(math.prod(others), 1)
    height = max(TILE // positions, 1)
    samples = max(TILE // (positions * rows), 1) if height >= rows else 1
    scratch = np.empty(min(samples, out.shape[0]) * min(height, rows) * positions * columns, out.dtype)
    for sample in range(0, out.shape[0], samples):
        for row in range(0, rows, height):
            tile = (slice(sample, sample + samples), slice(row, row + height))
            _multiply_tile(windows[tile], matrix, scratch, out[tile])


def _multiply_tile(windows: Array, matrix: Array, scratch: Array, out: Array) -> None:
    """One tile: copy its windows into the scratch as rows, then one product."""
    rows = math.prod(out.shape[:-1])
    columns = scratch[: rows * matrix.shape[0]]
    columns.reshape(windows.shape)[...] = windows
    out[...] = (columns.reshape(rows, -1) @ matrix).reshape(out.shape)
