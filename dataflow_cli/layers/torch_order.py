"""In which order PyTorch has the elements of a tensor that are here in another.

PyTorch keeps channels first, a channels-last file keeps them last: there the axes of a tensor stand in another order,
and the numbers of a row that was flattened from it. Only parameters with a row for each such number need to know. Every
kind says what it does to the order; what cannot be followed is never guessed, but refused where it would matter.

`Axes` is the order of a tensor whose axes PyTorch has too, perhaps moved. `Row` is that of a vector, also when it was
given another shape, whose axes need not be PyTorch's.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import Shape, written

if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN = "E205"
AS_THERE = (
    "write the file with `data_format: channels_first`, and `{type: reshape, target_shape: [-1]}` for flatten: "
    "there every number stands where PyTorch has it"
)


@dataclass(frozen=True)
class Piece:
    """Elements that run over `shape` row by row here, and in PyTorch over its axes in the order `axes`."""

    shape: Shape
    axes: tuple[int, ...]

    def simplified(self) -> Piece:
        """The same order by as few axes as can be: those that stay neighbours become one."""
        there = [axis for axis in self.axes if self.shape[axis] > 1]
        neighbours = set(pairwise(there))
        runs: list[list[int]] = []
        for axis in sorted(there):
            if runs and (runs[-1][-1], axis) in neighbours:
                runs[-1].append(axis)
            else:
                runs.append([axis])
        shape = tuple(math.prod(self.shape[axis] for axis in run) for run in runs)
        starts = [run[0] for run in runs]
        return Piece(shape or (1,), tuple(starts.index(axis) for axis in there if axis in starts) or (0,))


@dataclass(frozen=True)
class Row:
    """Numbers one after the other, in pieces; None if PyTorch's order of them is not known."""

    pieces: tuple[Piece, ...] | None
    first: bool
    """Whether channels stand first here, too."""
    sure: bool = True
    """Whether PyTorch can have no other order."""

    @property
    def is_plain(self) -> bool:
        """Whether PyTorch has the numbers in the same order."""
        return self.pieces is not None and all(len(piece.shape) == 1 for piece in self.pieces)

    def row(self, _shape: Shape) -> Row:
        """The order of the elements, one after the other."""
        return self

    def aligned(self, shape: Shape) -> Order:
        """For a layer that tells axes apart: PyTorch has the same. Raises LayerError if it need not."""
        if len(shape) < 2:
            return self
        if self.is_plain and (self.first or same_either_way(shape)):
            return channels_in_front(len(shape), first=self.first)
        what = f"whether PyTorch's axes are those of {written(shape)}, which were made from a row, is not known"
        *spatial, channels = shape
        there = f"write `target_shape: [{', '.join(map(str, (channels, *spatial)))}]`, PyTorch's"
        back = f"`{{type: permute, dims: [{', '.join(map(str, (*range(2, len(shape) + 1), 1)))}]}}` behind it"
        raise unknown(what, f"{there}, and {back}" if self.is_plain else AS_THERE)

    def over_last(self, shape: Shape) -> Order:
        """For a layer that works along the last axis in PyTorch too. Raises LayerError if that need not be the same."""
        return Axes(tuple(range(len(shape))), self.first) if self.is_plain and len(shape) > 1 else self.aligned(shape)

    def in_front(self, _axis: int, _dimensions: int) -> Order:
        """Behind a layer that in PyTorch takes this axis first."""
        return self

    def behind(self, _axes: Sequence[int], _dimensions: int) -> Order:
        """Behind a layer that in PyTorch takes these axes last."""
        return self


@dataclass(frozen=True)
class Axes:
    """Our axes in the order in which PyTorch has them; None if it may have moved them or not."""

    order: tuple[int, ...] | None
    first: bool
    sure: bool = True

    def row(self, shape: Shape) -> Row:
        """The order of the elements, one after the other."""
        if same_either_way(shape):
            return plain(math.prod(shape), first=self.first)
        pieces = None if self.order is None else (Piece(shape, self.order).simplified(),)
        return Row(pieces, self.first, self.sure)

    def aligned(self, _shape: Shape) -> Order:
        """For a layer that tells axes apart: PyTorch has the same."""
        return self

    def over_last(self, _shape: Shape) -> Order:
        """For a layer that works along the last axis in PyTorch too."""
        return self

    def in_front(self, axis: int, dimensions: int) -> Order:
        """Behind a layer that in PyTorch takes this axis first. A channels-first file says where axes stand itself."""
        if self.first or (self.order is not None and self.order[0] == axis):
            return replace(self, sure=True)
        others = [other for other in self.order or range(dimensions) if other != axis]
        return Axes((axis, *others), self.first)

    def behind(self, axes: Sequence[int], dimensions: int) -> Order:
        """Behind a layer that in PyTorch takes these axes last: it may have moved them there, and back or not."""
        if self.first or len(axes) == dimensions:
            return self
        if self.order is not None and set(self.order[-len(axes) :]) == set(axes):
            return replace(self, sure=True)
        return Axes(None, self.first)


Order = Axes | Row


def plain(count: int, *, first: bool) -> Row:
    """So many numbers in the same order as in PyTorch."""
    return Row((Piece((count,), (0,)),), first)


def channels_in_front(dimensions: int, *, first: bool) -> Axes:
    """As PyTorch's convolutions have it: channels, then the other axes."""
    last = dimensions - 1
    return Axes(tuple(range(dimensions)) if first else (last, *range(last)), first)


def of_input(shape: Shape, *, first: bool) -> Order:
    """The order of a network input. A picture or volume has its channels last; of two axes that need not be so."""
    if len(shape) < 2:
        return plain(math.prod(shape), first=first)
    if len(shape) == 2 and not first:
        return Axes((0, 1), first, sure=False)
    return channels_in_front(len(shape), first=first)


def axes_there(order: Order, shape: Shape) -> tuple[int, ...]:
    """Our axes in the order in which PyTorch has them. Raises LayerError if that is not known."""
    if isinstance(order, Row) or order.order is None:
        raise unknown(f"in which order PyTorch has the axes of {written(shape)} is not known")
    return order.order


def same_either_way(shape: Shape) -> bool:
    """Whether the elements have one order, whether the last axis stands last or first."""
    return shape[-1] == 1 or math.prod(shape[:-1]) == 1


def unknown(message: str, hint: str = AS_THERE, *, field: str = "") -> LayerError:
    """The error for what would be a guess, or another number than PyTorch's."""
    return LayerError(message, hint=hint, code=UNKNOWN, field=field)
