"""Numbers that are elements of a tensor: where in it they stand follows from the point.

What an explanation does not say of its numbers is found by their values: most stand once in a tensor.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.page.recipes.numbers import Numbers
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from dataflow_cli.page.recipes.asked import Point
    from dataflow_cli.page.recipes.numbers import Alike
    from dataflow_cli.page.recipes.records import Record
    from dataflow_cli.shapes import Array

Name = tuple[str, str]
"""("values", "conv2d_1") or ("parameter", "kernel")."""
CLOSE = 1e-6
"""How far, as a part of the number, what a float32 holds may be from the number that an explanation computed."""
ROUNDED = 64
"""The same of what the layer works out on the way, which a run has as float32 and an explanation works out anew: steps
of float32 at the largest number of the tensor."""
MOST_SEARCHED = 2**21
"""Elements of a tensor that is searched."""
_ROWS = 4096


@dataclass(frozen=True, eq=False)
class Gather:
    """Elements of a tensor, at places that follow from the point."""

    tensor: Name
    places: tuple[Numbers, ...]


class Sources:
    """The tensors that an explanation may have its numbers from."""

    def __init__(self, values: Mapping[str, Array], parameters: Mapping[str, Array], own: Collection[str] = ()) -> None:
        self.values = values
        """(samples, *shape) by name."""
        self.parameters = parameters
        self.own = own
        """Those of `values` that the layer itself works out."""
        self._rounding: dict[Name, float] = {}
        self._sorted: dict[tuple[Name, int], tuple[Array, Array]] = {}

    @property
    def names(self) -> list[Name]:
        """All that may be searched."""
        named: list[tuple[Name, Array]] = [
            *((("values", name), array[0]) for name, array in self.values.items()),
            *((("parameter", name), array) for name, array in self.parameters.items()),
        ]
        return [name for name, array in named if array.ndim and 0 < array.size <= MOST_SEARCHED]

    def of(self, name: Name, sample: int) -> Array:
        """A tensor, of a sample if it differs between them."""
        kind, own = name
        return self.values[own][sample] if kind == "values" else self.parameters[own]

    def located(self, name: Name, sample: int, numbers: Array) -> tuple[Array, Array]:
        """Where in a tensor each of some numbers stands, as positions in memory, and whether it stands there once."""
        ordered, order = self._order(name, sample if name[0] == "values" else 0)
        slack = CLOSE * np.where(np.isfinite(numbers), np.abs(numbers), 0) + self.rounding(name)
        first, last = np.searchsorted(ordered, numbers - slack), np.searchsorted(ordered, numbers + slack, "right")
        return order[np.minimum(first, len(order) - 1)], last - first == 1

    def rounding(self, name: Name) -> float:
        """How far an element of a tensor may be from what an explanation works out for it, beside a part of itself."""
        kind, own = name
        if kind != "values" or own not in self.own:
            return 0.0
        if name not in self._rounding:
            array = self.values[own]
            step = min(np.finfo(array.dtype).eps, np.finfo(np.float32).eps) if array.dtype.kind == "f" else 0.0
            largest = np.abs(array[np.isfinite(array)]).max(initial=0)
            self._rounding[name] = ROUNDED * float(step) * float(largest)
        return self._rounding[name]

    def _order(self, name: Name, sample: int) -> tuple[Array, Array]:
        if (name, sample) not in self._sorted:
            flat = self.of(name, sample).reshape(-1).astype(np.float64)
            order = np.argsort(flat, kind="stable")
            self._sorted[name, sample] = flat[order], order
        return self._sorted[name, sample]


def close(first: Any, second: Any, rounding: float = 0.0) -> bool:
    """Whether numbers are the same but for what float32 rounds."""
    return bool(np.allclose(first, second, rtol=CLOSE, atol=rounding, equal_nan=True))


def gathered(alike: Alike, get: Callable[[Record], Any], sources: Sources) -> Gather | None:
    """The tensor that numbers (points, *cells) are from; None if they are of none. What is NaN may be any of them."""
    values = alike.stacked(get).astype(np.float64)
    if not values.size or not np.isfinite(values).any():
        return None
    for name in sources.names:
        places = _places(alike.points, values, name, sources)
        if places is not None:
            return Gather(name, places)
    return None


def _places(points: Sequence[Point], values: Array, name: Name, sources: Sources) -> tuple[Numbers, ...] | None:
    """How the places of the numbers in a tensor follow from the point and the cell."""
    cells = values.shape[1:]
    shape = sources.of(name, 0).shape
    grid = np.indices(cells).reshape(len(cells), math.prod(cells)).T  # (cells, axes)
    designs, found = [], []
    for point, own in zip(points, values.reshape(len(values), -1), strict=True):
        where, once = sources.located(name, point[0], own)
        if once.any():
            here = np.broadcast_to(np.array(point), (len(grid), len(point)))
            designs.append(np.concatenate([here, grid], axis=1)[once])
            found.append(where[once])
        if sum(map(len, found)) > _ROWS:
            break
    if not found:
        return None
    design, places = np.concatenate(designs), np.stack(np.unravel_index(np.concatenate(found), shape), axis=-1)
    fits = tuple(_line(design, places[:, axis], len(points[0])) for axis in range(len(shape)))
    return fits if _holds(fits, points, values, name, sources) else None


def _line(design: Array, places: Array, axes: int) -> Numbers:
    """The straight line that lies closest."""
    varying = [axis for axis in range(design.shape[1]) if (design[:, axis] != design[0, axis]).any()]
    steps = [0] * design.shape[1]
    wide = np.concatenate([design[:, varying], np.ones((len(design), 1))], axis=1).astype(np.float64)
    found, *_ = np.linalg.lstsq(wide, places.astype(np.float64), rcond=None)
    for axis, step in zip(varying, found[:-1], strict=True):
        steps[axis] = round(float(step))
    start = int(np.round(np.median(places - design @ np.array(steps, np.int64))))
    return Numbers(start, tuple(steps[:axes]), tuple(steps[axes:]))


def _holds(fits: Sequence[Numbers], points: Sequence[Point], values: Array, name: Name, sources: Sources) -> bool:
    """Whether the numbers stand where the lines say, those that stand in several places included."""
    cells = values.shape[1:]
    for point, own in zip(points, values, strict=True):
        tensor = sources.of(name, point[0])
        places = tuple(on_line(fit, point, cells) for fit in fits)
        pairs = zip(places, tensor.shape, strict=True)
        if any((place < 0).any() or (place >= length).any() for place, length in pairs):
            return False
        if not close(np.where(np.isnan(own), own, tensor[places].astype(np.float64)), own, sources.rounding(name)):
            return False
    return True


def on_line(fit: Numbers, point: Point, cells: tuple[int, ...]) -> Array:
    """The whole numbers of all cells at a point, of a line without a table."""
    start = int(fit.start) + sum(slope * place for slope, place in zip(fit.slopes, point, strict=False))
    places = np.full(cells, start)
    for axis, step in enumerate(fit.steps):
        places = places + step * np.arange(cells[axis]).reshape(-1, *[1] * (len(cells) - axis - 1))
    return places
