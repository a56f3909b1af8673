"""The three projections that meet in attention: which column of which kernel every number of every head is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.importers.onnx.heads.moving import Axis, Moved, joined, strides, whole
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.importers.described import ImportedLayer
    from dataflow_cli.shapes import Array

PLACE, COLUMN, HEAD, NUMBER = "place", "column", "head", "number"
"""Axes that tensors have at first: of a projection the first two, of what heads find the others and places."""


def count(axis: Axis) -> int:
    """How long an axis is."""
    return math.prod(digit.size for digit in axis)


def every(places: int) -> Axis:
    """An axis that is all places, in their order."""
    return whole({PLACE: places}).axes[0]


@dataclass(frozen=True)
class Side:
    """A projection: the dense layer, what lies between, and how its numbers stand at the product."""

    dense: ImportedLayer
    between: tuple[ImportedLayer, ...]
    value: Moved
    last: bool = True
    """Whether the numbers of a head are the last axis there, and places the one before; else the other way round."""

    @property
    def heads(self) -> Axis:
        """The digits of all axes in front."""
        return joined(tuple(digit for axis in self.value.axes[:-2] for digit in axis))

    @property
    def places(self) -> Axis:
        """The digits of the axis of places."""
        return joined(self.value.axes[-2 if self.last else -1])

    @property
    def own(self) -> Axis:
        """The digits of the axis of a head's numbers."""
        return joined(self.value.axes[-1 if self.last else -2])

    @property
    def fits(self) -> bool:
        """Whether heads and numbers are columns of the kernel, and places all there are, in their order."""
        if len(self.value.axes) < 2 or self.value.offsets.get(PLACE):
            return False
        columns = all(digit.base == COLUMN for digit in (*self.heads, *self.own))
        return columns and self.places == every(math.prod(map(int, self.dense.shape[:-1])))

    def columns(self) -> Array:
        """Which column of the kernel every number of every head is: (heads, numbers)."""
        heads, own = (sum(_spread(axis), np.zeros(1, np.int64)) for axis in (self.heads, self.own))
        found: Array = self.value.offsets.get(COLUMN, 0) + heads[:, np.newaxis] + own
        return found


def _spread(axis: Axis) -> list[Array]:
    """For every digit what it adds to a column, of all combinations of digits."""
    places = np.arange(count(axis))
    return [places // behind % digit.size * digit.stride for digit, behind in strides(axis)]


@dataclass(frozen=True)
class Three:
    """Queries, keys and values that meet."""

    query: Side
    key: Side
    value: Side

    @property
    def all(self) -> tuple[Side, Side, Side]:
        """In this order."""
        return self.query, self.key, self.value

    @property
    def heads(self) -> int:
        """How many heads there are."""
        return count(self.query.heads)

    @property
    def fit(self) -> bool:
        """Whether all have as many heads, and a query as many numbers as a key."""
        alike = len({count(side.heads) for side in self.all}) == 1 and count(self.query.own) == count(self.key.own)
        return alike and self.value.value.scale == 1

    @property
    def inputs(self) -> list[str]:
        """What is projected, as the layer takes it: one tensor, query and value, or query, value and key."""
        query, key, value = (side.dense.inputs[0] for side in self.all)
        if query == key == value:
            return [query]
        return [query, value] if key == value else [query, value, key]
