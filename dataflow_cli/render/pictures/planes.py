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
    rows, columns = np.arange(0, height, factor), np.arange(0, width, factor)
    sums = np.add.reduceat(np.add.reduceat(pixels, rows, axis=1, dtype=np.int64), columns, axis=2)
    sizes = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))[..., np.newaxis]
    result: Array = ((sums + sizes // 2) // sizes).astype(np.uint8)
    bad = (pixels == np.array(BAD)).all(axis=-1)
    result[np.logical_or.reduceat(np.logical_or.reduceat(bad, rows, axis=1), columns, axis=2)] = BAD
    return result
