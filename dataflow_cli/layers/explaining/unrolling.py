"""The row-major order of elements: from a number to an index and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def unravelled(number: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The index, row-major, of the element with this number."""
    places = []
    for length in reversed(shape):
        number, place = divmod(number, length)
        places.append(place)
    return tuple(reversed(places))


def ravelled(at: Sequence[int], shape: Sequence[int]) -> int:
    """The number, row-major, of an element."""
    number = 0
    for place, length in zip(at, shape, strict=True):
        number = number * length + place
    return number


def counted(number: int, at: Sequence[int], shape: Sequence[int], names: Sequence[str] = ()) -> str:
    """`4711 = (h 6, w 1, c 39): 6·12·64 + 1·64 + 39`: how the number and the index of an element belong together."""
    named = (
        [f"{name[0]} {place}" for name, place in zip(names, at, strict=True)] if names else [str(place) for place in at]
    )
    terms = ["·".join(map(str, (place, *shape[axis + 1 :]))) for axis, place in enumerate(at)]
    return f"{math.prod(shape):,} elements: number {number} is ({', '.join(named)}): {' + '.join(terms)} = {number}"
