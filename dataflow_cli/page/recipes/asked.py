"""The elements of a tensor that are explained to find its recipe, each once.

An element is called by its point: the number of the sample, then its index.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.page.recipes.records import record
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.network.model import Node
    from dataflow_cli.page.recipes.records import Record
    from dataflow_cli.shapes import Array, Shape

Point = tuple[int, ...]

FEWEST, MOST = 10, 48
"""Elements that are asked before a recipe is looked for."""
TERMS = 2**20
"""Terms of all of these together, about."""
SEED = 19
LOOKED_AT = 2**20
"""Values among which the outstanding ones are looked for."""


@dataclass(frozen=True)
class Given:
    """What is known of a tensor beside its explanations."""

    name: str
    inputs: tuple[str, ...] = ()
    input_shapes: tuple[Shape, ...] = ()
    terms: int = 1


def asked_of(node: Node) -> Given:
    """The same of what a layer works out."""
    return Given(node.name, node.inputs, node.input_shapes, max(node.layer.terms(node.input_shapes), 1))


class Asked:
    """The explanations of one tensor."""

    def __init__(self, explanation: Callable[[Point], Explanation], node: Given, values: Array) -> None:
        self.explanation = explanation
        self.node = node
        self.values = values
        """(samples, *shape): what the run gave."""
        self.lengths: tuple[int, ...] = values.shape
        self._records: dict[Point, Record] = {}

    @property
    def count(self) -> int:
        """How many elements there are, of all samples."""
        return math.prod(self.lengths)

    @property
    def terms(self) -> int:
        """How many terms an explanation has, about."""
        return self.node.terms

    def record(self, point: Point) -> Record:
        """The explanation of an element."""
        found = self._records.get(point)
        if found is None:
            found = record(self.explanation(point))
            self._records[point] = found
        return found

    def some(self) -> list[Point]:
        """Elements to start with: corners, the least and the largest, those around zero, and by chance."""
        most = min(max(TERMS // self.terms, FEWEST), MOST)
        if self.count <= most:
            return self.every()
        rng = np.random.default_rng(SEED)
        found = dict.fromkeys([*self._corners(most // 4), *self._outstanding()])
        while len(found) < most:
            found[tuple(int(rng.integers(0, length)) for length in self.lengths)] = None
        return list(found)

    def every(self) -> list[Point]:
        """All elements, in order."""
        return list(product(*map(range, self.lengths)))

    def along(self, point: Point, axis: int) -> list[Point]:
        """The elements on a line through one."""
        return [(*point[:axis], place, *point[axis + 1 :]) for place in range(self.lengths[axis])]

    def value(self, point: Point) -> float:
        """What the run gave for an element."""
        return float(self.values[point])

    def forget(self) -> None:
        """Let go of the explanations."""
        self._records.clear()

    def _corners(self, most: int) -> list[Point]:
        ends = [dict.fromkeys([0, length - 1]) for length in self.lengths]
        corners = [tuple(point) for point in product(*ends)]
        step = max(len(corners) // max(most, 1), 1)
        return corners[::step]

    def _outstanding(self) -> list[Point]:
        """Where functions of the value bend: at its ends and on both sides of zero."""
        step = max(self.values.size // LOOKED_AT, 1)
        flat = self.values.reshape(-1)[::step]
        places = {int(np.argmin(flat)), int(np.argmax(flat))}
        for some in (flat > 0, flat < 0, flat == 0):
            (found,) = np.nonzero(some)
            if found.size:
                places.add(int(found[np.abs(flat[found]).argmin()]))
                places.add(int(found[found.size // 2]))
        return [tuple(map(int, np.unravel_index(place * step, self.lengths))) for place in sorted(places)]
