"""Numbers that follow from an element's index: along a straight line, or from a table over some of its axes.

Those of several cells, such as the places of a window's terms, are fitted together:
number[cell] = start + slopes · point + steps · cell + table[point on some axes, cell].
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.page.recipes.asked import Asked, Point
    from dataflow_cli.page.recipes.records import Record
    from dataflow_cli.shapes import Array

Getter = "Callable[[Record], Array]"
ORDINAL = -1
"""In place of an axis: the number of the element among those that are said alike."""
FLAT = -2
"""In place of an axis: the number of the element in memory."""
MOST_ASKED = 4096
"""Elements that are asked for one table."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """How an array of numbers follows from a point."""

    start: float = 0
    slopes: tuple[int, ...] = ()
    """How much more it is a step on, on each axis of the point."""
    steps: tuple[int, ...] = ()
    """Likewise on each axis of the cells."""
    table: Array | None = None
    axes: tuple[int, ...] = ()
    """The axes of the point that the table has first."""
    digit: tuple[int, int, int] | None = None
    """(axis, divisor, modulus): what is added of a place on an axis, or of the element's number in memory (FLAT)."""
    until: tuple[int, int, float, float] | None = None
    """(axis, offset, number, other): one number for cells up to so far beyond the place on an axis, then another."""


@dataclass(frozen=True, eq=False)
class Alike:
    """Elements that are said alike, from which it is found out how their numbers follow."""

    asked: Asked
    points: tuple[Point, ...]
    every: bool
    """Whether these are all that there are."""

    @property
    def records(self) -> list[Record]:
        return [self.asked.record(point) for point in self.points]

    @property
    def key(self) -> Any:
        """What is said alike."""
        return self.asked.record(self.points[0]).key

    def stacked(self, get: Callable[[Record], Any]) -> Array:
        """Something of all of them: (points, *cells)."""
        return np.array([get(each) for each in self.records])


def numbers(alike: Alike, get: Callable[[Record], Any], *, whole: bool = True) -> Numbers | None:
    """How something follows from the point; None if no rule was found. `whole` numbers may lie on a line."""
    values = alike.stacked(get)
    known = by_rule(alike, values, whole=whole)
    if known is not None:
        return known
    if alike.every and alike.asked.count <= MOST_ASKED:
        by_axes = _from_every(alike, values)
        return by_axes if by_axes is not None else Numbers(table=values, axes=(ORDINAL,))
    return _table(alike, get)


def by_rule(alike: Alike, values: Array, *, whole: bool = True) -> Numbers | None:
    """The same of numbers (points, *cells), without a table."""
    if values.size == 0:
        return Numbers()
    straight = _straight(np.array(alike.points), values) if whole else _constant(values)
    if straight is not None:
        return straight
    if whole and (digit := _digit(alike, values)) is not None:
        return digit
    return _until(alike, values)


def _constant(values: Array) -> Numbers | None:
    first = values[0]
    if not _same(values, first[np.newaxis]):
        return None
    if first.size == 1 or _same(first, first.reshape(-1)[0]):
        return Numbers(float(first.reshape(-1)[0]))
    return Numbers(table=first)


def _same(first: Any, second: Any) -> bool:
    one, other = np.broadcast_arrays(first, second)
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))


def _straight(points: Array, values: Array) -> Numbers | None:
    """Whole numbers on a line through the points."""
    varying = [axis for axis in range(points.shape[1]) if (points[:, axis] != points[0, axis]).any()]
    flat = values.reshape(len(values), -1)
    slopes = [0] * points.shape[1]
    if varying and (flat != flat[0]).any():
        cell = int((flat != flat[0]).any(axis=0).argmax())
        design = np.concatenate([points[:, varying], np.ones((len(points), 1))], axis=1)
        found, *_ = np.linalg.lstsq(design, flat[:, cell].astype(np.float64), rcond=None)
        for axis, slope in zip(varying, found[:-1], strict=True):
            slopes[axis] = round(float(slope))
    offsets = flat - (points @ np.array(slopes, np.int64))[:, np.newaxis]
    if (offsets != offsets[0]).any():
        return None
    start, steps, rest = _stepped(offsets[0].reshape(values.shape[1:]))
    return Numbers(start, _trimmed(slopes), steps, rest)


def _stepped(cells: Array) -> tuple[int, tuple[int, ...], Array | None]:
    """Numbers of cells as a start and a step an axis, or as they are."""
    origin = int(cells.reshape(-1)[0])
    steps = tuple(
        int(np.take(cells, 1, axis).reshape(-1)[0]) - origin if cells.shape[axis] > 1 else 0
        for axis in range(cells.ndim)
    )
    grid = sum(
        (
            step * np.arange(length).reshape(-1, *[1] * (cells.ndim - axis - 1))
            for axis, (step, length) in enumerate(zip(steps, cells.shape, strict=True))
        ),
        np.array(origin),
    )
    if (np.broadcast_to(grid, cells.shape) == cells).all():
        return origin, _trimmed(steps), None
    return 0, (), cells


def _digit(alike: Alike, values: Array) -> Numbers | None:
    """Whole numbers that are a digit of the element's place, as where axes are joined, parted or repeated."""
    points, lengths = np.array(alike.points), alike.asked.lengths
    flat = values.reshape(len(values), -1)
    shapes = (lengths[1:], *alike.asked.node.input_shapes)
    divisors = {1, 2, 3, 4, 5, 6, 7, 8, *(math.prod(shape[axis:]) for shape in shapes for axis in range(len(shape)))}
    moduli = {length for shape in shapes for length in shape} | {0}
    sources = {axis: points[:, axis] for axis in range(1, len(lengths)) if lengths[axis] > 1}
    sources[FLAT] = np.ravel_multi_index(tuple(points[:, 1:].T), lengths[1:]) if len(lengths) > 1 else points[:, 0]
    for axis, source in sources.items():
        for divisor in sorted(divisors - {0}):
            for modulus in sorted(moduli, reverse=True):
                digits = source // divisor % modulus if modulus else source // divisor
                offsets = flat - digits[:, np.newaxis]
                if (offsets == offsets[0]).all():
                    start, steps, rest = _stepped(offsets[0].reshape(values.shape[1:]))
                    return Numbers(start, (), steps, rest, digit=(axis, divisor, modulus))
    return None


def _until(alike: Alike, values: Array) -> Numbers | None:
    """Two numbers, of which the place on an axis says where the one ends, as where nobody looks at what comes later."""
    cells = values.reshape(len(values), -1)
    if cells.shape[1] != values.shape[-1] or cells.shape[1] < 2:
        return None
    first, last = cells[:, :1], cells[-1, -1]
    counts = (cells == first).sum(axis=1)
    if (first != first[0]).any() or not (cells.shape[1] > counts).any():
        return None
    last = cells[np.argmin(counts), -1]
    ends = np.arange(cells.shape[1]) < counts[:, np.newaxis]
    if not np.array_equal(np.where(ends, first[0], last), cells):
        return None
    points = np.array(alike.points)
    for axis in range(1, points.shape[1]):
        offsets = np.where(counts < cells.shape[1], counts - 1 - points[:, axis], np.iinfo(np.int64).max)
        offset = int(offsets.min())
        wanted = np.arange(cells.shape[1]) <= points[:, axis, np.newaxis] + offset
        if np.array_equal(wanted, ends):
            return Numbers(until=(axis, offset, float(first[0, 0]), float(last)))
    return None


def _trimmed(steps: Sequence[int]) -> tuple[int, ...]:
    return tuple(steps) if any(steps) else ()


def _from_every(alike: Alike, values: Array) -> Numbers | None:
    """A table over few axes, where all elements are known."""
    points = np.array(alike.points)
    for axes in _subsets(alike.asked.lengths):
        size = math.prod(alike.asked.lengths[axis] for axis in axes)
        if size < len(points) and (found := _fill(alike, axes, points, values)) is not None:
            return found
    return None


def _subsets(lengths: Sequence[int]) -> list[tuple[int, ...]]:
    several = [axis for axis, length in enumerate(lengths) if length > 1]
    pairs = [(one, other) for number, one in enumerate(several) for other in several[number + 1 :]]
    return [*((axis,) for axis in several), *pairs]


def _fill(alike: Alike, axes: tuple[int, ...], points: Array, values: Array) -> Numbers | None:
    """A table over these axes, if no two points say different things of it."""
    lengths = [alike.asked.lengths[axis] for axis in axes]
    table = np.zeros((*lengths, *values.shape[1:]), values.dtype)
    where = tuple(points[:, axis] for axis in axes)
    table[where] = values
    return Numbers(table=table, axes=axes) if _same(table[where], values) else None


def _table(alike: Alike, get: Callable[[Record], Any]) -> Numbers | None:
    """A table over the axes on which it depends, which is found out along lines through some of the elements."""
    asked = alike.asked
    several = [axis for axis, length in enumerate(asked.lengths) if length > 1]
    if sum(asked.lengths[axis] for axis in several) > MOST_ASKED:
        return None
    axes = tuple(axis for axis in several if _varies(alike, get, axis))
    if not axes or math.prod(asked.lengths[axis] for axis in axes) * asked.terms > 2**21:
        return None
    lines = _grid(alike, axes)
    if lines is None:
        return None
    points = [point for point in lines if asked.record(point).key == alike.key]
    found = [*points, *alike.points]
    return _fill(alike, axes, np.array(found), np.array([get(asked.record(point)) for point in found]))


def _varies(alike: Alike, get: Callable[[Record], Any], axis: int) -> bool:
    """Whether it differs along an axis, on lines through two of the elements."""
    for point in (alike.points[len(alike.points) // 2], alike.points[-1]):
        line = [one for one in alike.asked.along(point, axis) if alike.asked.record(one).key == alike.key]
        found = np.array([get(alike.asked.record(one)) for one in line])
        if not _same(found, found[:1]):
            return True
    return False


def _grid(alike: Alike, axes: Sequence[int]) -> list[Point] | None:
    """The points of a plane through one of the elements; None if these are too many."""
    lengths = [alike.asked.lengths[axis] for axis in axes]
    if math.prod(lengths) > MOST_ASKED:
        return None
    base = alike.points[len(alike.points) // 2]
    found = []
    for places in np.ndindex(*lengths):
        point = list(base)
        for axis, place in zip(axes, places, strict=True):
            point[axis] = int(place)
        found.append(tuple(point))
    return found
