"""Where the elements of a tensor stand after it was reshaped, turned and cut: its axes as digits of those it had.


A digit (base, stride, size) counts 0 to size - 1, and each step goes on by `stride` along the axis `base`. A row of 24
numbers is one digit (row, 1, 24); reshaped to (3, 8) its axes are (row, 8, 3) and (row, 1, 8). Whatever exporters write
between a dense layer and a product of matrices comes down to which digits the axes are.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataflow_cli.importers.described import ImportedLayer


@dataclass(frozen=True)
class Digit:
    """A part of an axis that a tensor had at first."""

    base: str
    stride: int
    size: int


Axis = tuple[Digit, ...]


@dataclass(frozen=True)
class Moved:
    """A tensor by the digits that its axes are made of, the slowest first."""

    axes: tuple[Axis, ...]
    offsets: Mapping[str, int]
    """By axis that the tensor had at first, from where on."""
    scale: float = 1.0
    """What its numbers are multiplied by."""

    @property
    def digits(self) -> list[Digit]:
        """All of them, in the order of the elements."""
        return [digit for axis in self.axes for digit in axis]

    def reshaped(self, shape: Sequence[int]) -> Moved | None:
        """Counted by other axes; None where those cut across digits that do not divide."""
        left, axes = self.digits, []
        for size in map(int, shape):
            axis, rest = _of_size(left, size)
            if axis is None:
                return None
            axes.append(axis)
            left = rest
        return replace(self, axes=tuple(axes))

    def cut(self, place: int, start: int, size: int) -> Moved | None:
        """A part of an axis; None if that is not one digit."""
        axis = joined(self.axes[place])
        if len(axis) != 1:
            return self if not axis and not start else None
        digit = axis[0]
        offsets = {**self.offsets, digit.base: self.offsets.get(digit.base, 0) + start * digit.stride}
        kept = (replace(digit, size=size),) if size > 1 else ()
        return replace(self, axes=(*self.axes[:place], kept, *self.axes[place + 1 :]), offsets=offsets)


def whole(sizes: Mapping[str, int]) -> Moved:
    """A tensor whose axes are these."""
    return Moved(tuple((Digit(name, 1, int(size)),) if int(size) > 1 else () for name, size in sizes.items()), {})


def joined(axis: Axis) -> Axis:
    """The same with digits that follow on each other as one."""
    found: list[Digit] = []
    for digit in axis:
        before = found[-1] if found else None
        if before is not None and before.base == digit.base and before.stride == digit.stride * digit.size:
            found[-1] = Digit(digit.base, digit.stride, before.size * digit.size)
        else:
            found.append(digit)
    return tuple(found)


def _of_size(digits: Sequence[Digit], size: int) -> tuple[Axis | None, list[Digit]]:
    """The first digits that make an axis of this size, the last one perhaps divided, and those that are left."""
    axis: list[Digit] = []
    left = list(digits)
    while size > 1 and left:
        digit = left.pop(0)
        if size % digit.size == 0:
            axis.append(digit)
            size //= digit.size
        elif digit.size % size == 0:
            rest = digit.size // size
            axis.append(Digit(digit.base, digit.stride * rest, size))
            left.insert(0, Digit(digit.base, digit.stride, rest))
            size = 1
        else:
            return None, left
    return (tuple(axis) if size == 1 else None), left


def moved(value: Moved, layer: ImportedLayer, part: str) -> Moved | None:
    """What a layer, or a part of it, makes of a tensor; None if it does more than move and scale elements."""
    move = _MOVES.get(layer.kind)
    return None if move is None or "activation" in layer.fields else move(value, layer, part)


def _reshaped(value: Moved, layer: ImportedLayer, _part: str) -> Moved | None:
    return value.reshaped(layer.shape)


def _permuted(value: Moved, layer: ImportedLayer, _part: str) -> Moved | None:
    return replace(value, axes=tuple(value.axes[axis - 1] for axis in layer.fields["dims"]))


def _taken(value: Moved, layer: ImportedLayer, _part: str) -> Moved | None:
    places, axis = layer.fields.get("indices"), layer.fields.get("axis", -1)
    if not isinstance(places, list) or len(places) != 1 or len(layer.inputs) != 1 or places[0] < 0 or axis < 1:
        return None
    return value.cut(axis - 1, places[0], 1)


def _sliced(value: Moved, layer: ImportedLayer, _part: str) -> Moved | None:
    fields = layer.fields
    if any(step not in (None, 1) for step in fields.get("steps", ())):
        return None
    found: Moved | None = value
    for place, start in enumerate(fields["starts"]):
        whole_axis = start is None and fields.get("ends", [None] * (place + 1))[place] is None
        if found is not None and not whole_axis:
            found = None if (start or 0) < 0 else found.cut(place, start or 0, int(layer.shape[place]))
    return found


def _split(value: Moved, layer: ImportedLayer, part: str) -> Moved | None:
    said, place = layer.fields["indices_or_sections"], layer.fields["axis"] - 1
    size = math.prod(digit.size for digit in value.axes[place])
    starts = list(range(0, size, size // said)) if isinstance(said, int) else [0, *said]
    ends = [*starts[1:], size]
    number = int(part)
    return value.cut(place, starts[number], ends[number] - starts[number])


def _scaled(value: Moved, layer: ImportedLayer, _part: str) -> Moved | None:
    scale, offset = layer.fields.get("scale", [1.0]), layer.fields.get("offset", [0.0])
    if len(scale) != 1 or len(offset) != 1 or offset[0]:
        return None
    return replace(value, scale=value.scale * scale[0])


_MOVES: dict[str, Callable[[Moved, ImportedLayer, str], Moved | None]] = {
    **dict.fromkeys(("reshape", "squeeze", "expand_dims", "flatten"), _reshaped),
    "permute": _permuted,
    "gather": _taken,
    "slice": _sliced,
    "split": _split,
    "rescaling": _scaled,
}


def strides(axis: Axis) -> list[tuple[Digit, int]]:
    """The digits of an axis, and by how much the place along it grows with each."""
    sizes = [digit.size for digit in axis]
    behind = list(accumulate(sizes[::-1], lambda one, other: one * other, initial=1))[-2::-1]
    return list(zip(axis, behind, strict=True))
