"""Where the numbers of heads stand in a tensor without projections: one head behind the other, or heads first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.layers import explaining
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from typing import ClassVar

    from dataflow_cli.shapes import Array, Shape


class Layout:
    """A tensor with numbers for every head at every place."""

    first: ClassVar[bool]
    """Whether heads are the first axis."""

    def places(self, shape: Shape) -> int:
        """At how many places a tensor of this shape has numbers."""
        raise NotImplementedError

    def by_head(self, x: Array, heads: int) -> Array:
        """A tensor (N, ...) as (N, places, heads, numbers)."""
        raise NotImplementedError

    def shaped(self, x: Array, shape: Shape) -> Array:
        """(heads, places, numbers) of one sample as a tensor of this shape."""
        raise NotImplementedError

    def index(self, places: Array, shape: Shape, width: int) -> Array:
        """Where elements (head, place, number) of heads of this width stand in a tensor of this shape."""
        raise NotImplementedError

    def element(self, at: Shape, shape: Shape, width: int) -> tuple[int, int, int]:
        """The head, the place and the number of an element of a tensor of this shape."""
        raise NotImplementedError

    def with_heads(self, shape: Shape, heads: int, width: int) -> Shape:
        """The shape of a tensor with the places of this one, and such heads."""
        raise NotImplementedError


class Rows(Layout):
    """(places..., heads · numbers)."""

    first = False

    def places(self, shape: Shape) -> int:
        return math.prod(shape[:-1])

    def by_head(self, x: Array, heads: int) -> Array:
        return x.reshape(len(x), -1, heads, x.shape[-1] // heads)

    def shaped(self, x: Array, shape: Shape) -> Array:
        found: Array = x.transpose(1, 0, 2).reshape(shape)
        return found

    def index(self, places: Array, shape: Shape, width: int) -> Array:
        head, place, number = places.T
        return np.stack([*np.unravel_index(place, shape[:-1]), head * width + number], axis=1).astype(np.intp)

    def element(self, at: Shape, shape: Shape, width: int) -> tuple[int, int, int]:
        *where, channel = at
        return channel // width, explaining.ravelled(where, shape[:-1]), channel % width

    def with_heads(self, shape: Shape, heads: int, width: int) -> Shape:
        return (*shape[:-1], heads * width)


class HeadsFirst(Layout):
    """(heads, places, numbers)."""

    first = True

    def places(self, shape: Shape) -> int:
        return shape[1]

    def by_head(self, x: Array, heads: int) -> Array:
        return x.transpose(0, 2, 1, 3)

    def shaped(self, x: Array, shape: Shape) -> Array:
        return x

    def index(self, places: Array, shape: Shape, width: int) -> Array:
        return places

    def element(self, at: Shape, shape: Shape, width: int) -> tuple[int, int, int]:
        head, place, number = at
        return head, place, number

    def with_heads(self, shape: Shape, heads: int, width: int) -> Shape:
        return heads, shape[1], width


ROWS, HEADS_FIRST = Rows(), HeadsFirst()
