"""Taking elements out of one sample with the places they came from: what explanations are built of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array, Shape

Index = int | Sequence[int]
"""One place on an axis, or several, which make an axis of what is taken. Places beyond the ends are padding."""


@dataclass(frozen=True, eq=False)
class Taken:
    """Elements of an array, as float64, and where they stand in it."""

    values: Array
    places: Array
    inside: Array

    def by(self, axis: int) -> Taken:
        """The same with this axis in front: one piece for every place on it."""
        front = axis % self.values.ndim, 0
        return Taken(*(np.moveaxis(each, *front) for each in (self.values, self.places, self.inside)))

    def repeated(self, times: int) -> Taken:
        """Every piece so many times in a row."""
        return Taken(*(np.repeat(each, times, axis=0) for each in (self.values, self.places, self.inside)))

    def flattened(self) -> Taken:
        """The same with one axis in place of the two in front."""
        count = self.values.shape[0] * self.values.shape[1]
        parts = self.values, self.places, self.inside
        return Taken(*(each.reshape(count, *each.shape[2:]) for each in parts))


def taken(x: Array, axes: Sequence[Index]) -> Taken:
    """The elements of an array at every combination of places, one entry of `axes` an axis; 0 where it is padding."""
    shape = tuple(len(index) for index in axes if not isinstance(index, int))
    places = np.empty((*shape, x.ndim), np.intp)
    along = 0
    for axis, index in enumerate(axes):
        if isinstance(index, int):
            places[..., axis] = index
        else:
            places[..., axis] = np.reshape(index, (-1, *[1] * (len(shape) - along - 1)))
            along += 1
    inside: Array = np.logical_and.reduce((places >= 0) & (places < np.array(x.shape, np.intp)), axis=-1)
    found = x[tuple(np.moveaxis(np.where(inside[..., np.newaxis], places, 0), -1, 0))]
    return Taken(np.where(inside, found, 0).astype(np.float64), places, inside)


def taken_one(x: Array, at: Shape) -> Taken:
    """One element, as an array of shape (1,)."""
    place = np.array([at], np.intp).reshape(1, x.ndim)
    return Taken(np.array([x[at]], np.float64), place, np.ones(1, bool))
