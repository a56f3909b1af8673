"""Cutting a result into tiles: small enough for the cache, large enough for a fast product, whatever the threads."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Tile = tuple[slice, ...]


def tiles(lengths: Sequence[int], target: int) -> list[Tile]:
    """Slices along every axis: boxes of about `target` places, each of which is one stretch of the whole in C order.

    Axes at the end are whole, one is cut into nearly equal parts, those before it into single places. The parts are
    even in number: two threads get as many each.
    """
    return list(product(*map(_cut, lengths, _counts(lengths, target))))


def largest_tile(lengths: Sequence[int], target: int) -> tuple[int, ...]:
    """The lengths of the largest of them."""
    return tuple(-(-length // count) for length, count in zip(lengths, _counts(lengths, target), strict=True))


def _counts(lengths: Sequence[int], target: int) -> list[int]:
    """Into how many parts each axis is cut."""
    counts = list(lengths)
    left = max(target, 1)
    for axis in reversed(range(len(lengths))):
        length = max(lengths[axis], 1)
        parts = max(round(length / min(left, length)), 1)
        counts[axis] = min(parts + parts % 2, length) if parts > 1 else 1
        if parts > 1:
            break
        left = max(left // length, 1)
    return counts


def _cut(length: int, parts: int) -> list[slice]:
    """Nearly equal slices; none of nothing."""
    return [slice(length * i // parts, length * (i + 1) // parts) for i in range(parts if length else 0)]
