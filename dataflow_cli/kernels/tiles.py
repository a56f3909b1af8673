"""Cutting a result into tiles: small enough for the cache, large enough for a fast product, whatever the threads."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Tile = tuple[slice, ...]


def tiles(lengths: Sequence[int], target: int) -> list[Tile]:
    """Slices along every axis: boxes of about `target` places, each of which is one stretch of the whole in C order."""
    return list(product(*map(_cuts, lengths, tile_lengths(lengths, target))))


def tile_lengths(lengths: Sequence[int], target: int) -> tuple[int, ...]:
    """The lengths of a tile: whole axes at the end, one that is cut into nearly equal parts, then ones.

    The parts are even in number: two threads get as many each.
    """
    result = [1] * len(lengths)
    left = max(target, 1)
    for axis in reversed(range(len(lengths))):
        length = max(lengths[axis], 1)
        parts = max(round(length / min(left, length)), 1)
        parts += parts % 2 if 1 < parts < length else 0
        result[axis] = -(-length // parts)
        if parts > 1:
            break
        left = max(left // length, 1)
    return tuple(result)


def _cuts(length: int, part: int) -> list[slice]:
    return [slice(start, min(start + part, length)) for start in range(0, length, part)]
