"""Which elements are said alike: all, those whose value or place on an axis is of some kind, or as a table says.

A chooser is a number (what is chosen), or
{"cuts": [[value, inclusive], ...], "to": [...]} by the value: the first cut that it lies below, or at;
{"axis": a, "labels": [...], "to": [...]} by the place on an axis of the point;
{"table": array} by all of the point.
"""

from __future__ import annotations

import math
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from dataflow_cli.page.recipes.asked import Asked, Point

Chooser = Any
MOST_CUTS = 5
BASES = 3
"""Lines along which an axis is looked at."""
FEW = 8
"""Elements of a kind that are looked at before something is said of the kind."""
_ROUND = (0.0, 1.0, -1.0, 6.0, 3.0, -3.0, 0.5, -0.5, 2.0, -2.0, 2.5, -2.5, 20.0)
"""Where functions of one number bend."""
_LARGEST = sys.float_info.max


class Choosing:
    """Finds out what a key of elements depends on."""

    def __init__(self, asked: Asked, key: Callable[[Point], Hashable], *, every: bool) -> None:
        self.asked = asked
        self.key = key
        self.every = every
        self.classes: list[Hashable] = []
        """The keys, by their number."""

    def number(self, point: Point) -> int:
        """The number of a point's key."""
        key = self.key(point)
        if key not in self.classes:
            self.classes.append(key)
        return self.classes.index(key)

    def chooser(self, points: Sequence[Point], axes: Sequence[int] | None = None) -> Chooser | None:
        """What tells the keys of these points, and of all between them, apart; None if nothing was found."""
        axes = [axis for axis, length in enumerate(self.asked.lengths) if length > 1] if axes is None else axes
        numbers = [self.number(point) for point in points]
        if len(set(numbers)) == 1:
            return numbers[0]
        cut = _cuts([self.asked.value(point) for point in points], numbers)
        if cut is not None:
            return cut
        return self._by_axis(points, axes)

    def _by_axis(self, points: Sequence[Point], axes: Sequence[int]) -> Chooser | None:
        bases = [points[number * (len(points) - 1) // max(BASES - 1, 1)] for number in range(BASES)]
        for axis in axes:
            lines = [[self.number(one) for one in self.asked.along(base, axis)] for base in bases]
            kinds = list(zip(*lines, strict=True))
            if len(set(kinds)) == 1:
                continue
            order = list(dict.fromkeys(kinds))
            labels = [order.index(kind) for kind in kinds]
            rest = [other for other in axes if other != axis]
            to = [self.chooser(self._of_label(points, axis, labels, label), rest) for label in range(len(order))]
            if len(order) <= max(16, self.asked.lengths[axis] // 2) and None not in to:
                return {"axis": axis, "labels": labels, "to": to}
            return None
        return None

    def _of_label(self, points: Sequence[Point], axis: int, labels: Sequence[int], label: int) -> list[Point]:
        """Points whose place on the axis has the label; others moved there, until there are a few."""
        places = [place for place, own in enumerate(labels) if own == label]
        found = [point for point in points if labels[point[axis]] == label]
        moved = [
            (*point[:axis], places[number % len(places)], *point[axis + 1 :]) for number, point in enumerate(points)
        ]
        return list(dict.fromkeys([*found, *moved[: max(FEW, BASES)]])) if len(found) < FEW else found

    def table(self, points: Sequence[Point]) -> Chooser:
        """The keys of all elements."""
        numbers = np.array([self.number(point) for point in points], np.int32)
        return {"table": numbers.reshape(self.asked.lengths)}


def _cuts(values: Sequence[float], numbers: Sequence[int]) -> Chooser | None:
    """Where on the line of values one key ends and another begins."""
    if any(map(math.isnan, values)):
        return None
    order = sorted(zip(values, numbers, strict=True))
    cuts: list[list[Any]] = []
    to = [order[0][1]]
    for (low, one), (high, other) in pairwise(order):
        if one == other:
            continue
        cut = None if low == high else _between(low, high)
        if cut is None or len(cuts) == MOST_CUTS:
            return None
        cuts.append(cut)
        to.append(other)
    return {"cuts": cuts, "to": to}


def _between(low: float, high: float) -> list[Any] | None:
    """A round number between two, and whether what lies at it belongs below; from an infinity all that is finite."""
    if math.isinf(low) or math.isinf(high):
        return [-_LARGEST, False] if low < -_LARGEST else [_LARGEST, True]
    for number in _ROUND:
        near = 1e-6 * abs(number)
        if low <= number + near and number - near <= high and low < high:
            if abs(low - number) <= near:
                return [low, True]
            return [high, False] if abs(high - number) <= near else [number, False]
    return None


def chosen(chooser: Chooser, point: Point, value: float) -> int:
    """What a chooser says of an element."""
    while not isinstance(chooser, int):
        if "table" in chooser:
            return int(chooser["table"][point])
        if "axis" in chooser:
            chooser = chooser["to"][chooser["labels"][point[chooser["axis"]]]]
        else:
            below = (n for n, (cut, own) in enumerate(chooser["cuts"]) if value < cut or (own and value == cut))
            chooser = chooser["to"][next(below, -1)]
    return chooser
