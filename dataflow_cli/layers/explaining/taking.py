"""Taking elements out of one sample with the places they came from: what explanations are built of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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

    def at(self, axis: int, place: int) -> Taken:
        """Those at one place on an axis of what was taken."""
        axis %= self.values.ndim
        here: Any = (*[slice(None)] * axis, place)
        return Taken(self.values[here], self.places[here], self.inside[here])


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
