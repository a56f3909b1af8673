"""Tensors as planes: one picture (height, width) a channel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.colormaps import BAD

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


def planes_of(array: Array, *, channels_first: bool) -> Array:
    """(N, planes, height, width) of a tensor (N, *shape); a volume gives a plane a channel and a slice of its depth.

    A sample of two axes is one plane as it stands.
    """
    if array.ndim == 3:
        return array[:, np.newaxis]
    ordered = array if channels_first else np.moveaxis(array, -1, 1)
    return ordered.reshape(len(array), -1, *ordered.shape[-2:])


def grid_columns(count: int) -> int:
    """How many columns a grid of so many tiles has: 8 for 64 (8 x 8) and for 32 (8 x 4).

    Without a gap and at most twice as wide as high if there is such a grid, else nearly square.
    """
    root = math.ceil(math.sqrt(count))
    whole = (columns for columns in range(root, 2 * root) if count % columns == 0 and columns * columns <= 2 * count)
    return count if count <= 3 else next(whole, root)


def shrunk(pixels: Array, factor: int) -> Array:
    """Tiles (tiles, height, width, 3) with blocks of `factor` x `factor` pixels averaged into one.

    A block with a NaN or an infinity stays magenta; blocks at the right and lower edge may be smaller.
    """
    if factor == 1:
        return pixels
    _, height, width, _ = pixels.shape
    sums = _summed(_summed(pixels.astype(np.uint32), factor, 1), factor, 2)
    sizes = [np.minimum(factor, length - np.arange(0, length, factor)) for length in (height, width)]
    count = np.outer(*sizes)[..., np.newaxis].astype(np.uint32)
    result: Array = ((sums + count // 2) // count).astype(np.uint8)
    bad = (pixels == np.array(BAD, np.uint8)).all(axis=-1)
    if bad.any():
        result[_summed(_summed(bad, factor, 1), factor, 2)] = BAD
    return result


def _summed(array: Array, factor: int, axis: int) -> Array:
    """Every `factor` in a line along an axis as one: their sum, or whether any is true."""
    steps = [array[(slice(None),) * axis + (slice(start, None, factor),)] for start in range(factor)]
    result: Array = steps[0].copy()
    for step in steps[1:]:
        result[(slice(None),) * axis + (slice(step.shape[axis]),)] += step
    return result
