"""What to say of an array that does not fit an input. What is advised either runs rightly or does not run."""

from __future__ import annotations

import math
from itertools import permutations
from typing import TYPE_CHECKING

from dataflow_cli.inputs.prepared import HOW_TO_RESIZE
from dataflow_cli.netfile.axes import PICTURE_CHANNELS, looks_spatial, other_end

if TYPE_CHECKING:
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.shapes import Shape


def hint_for(found: Shape, spec: InputSpec, *, flat: bool = False) -> str:
    """What to do about an array of shape `found`; `flat` says that it was read from rows of numbers."""
    if not spec.is_sized:
        return _other_channels(found, spec) or "a length may be any where ? stands, the others must be these"
    hints = (
        _shape_in_the_file(found, spec),
        "a sample is a row: exchange rows and columns" if flat and found[::-1][1:] == spec.shape else "",
        _other_order(found, spec),
        _label_column(found, spec) if flat else "",
        _other_axes(found, spec),
        _other_row(found, spec) if flat else "",
        _other_channels(found, spec),
        _other_size(found, spec),
    )
    return next(filter(None, hints), "check that this is the data for this network")


def _shape_in_the_file(found: Shape, spec: InputSpec) -> str:
    """What to say if the network file has its channels at the wrong end, and the array has not."""
    moved = other_end(spec.shape, channels_first=spec.data_format == "channels_first")
    if moved is None or moved not in (found, found[1:]):
        return ""
    return f"in the network file the channels stand at the other end: write [{', '.join(map(str, moved))}] there"


def _other_order(found: Shape, spec: InputSpec) -> str:
    """What to say if the axes are the right ones in another order: samples last, channels at the other end."""
    many = len(found) == len(spec.shape) + 1
    if not many and len(found) != len(spec.shape):
        return ""
    for order in sorted(permutations(range(len(found))), key=_moves) if len(found) <= 4 else ():
        turned = tuple(found[axis] for axis in order)
        colors = spec.is_picture and many and order[0] != 0 and turned[0] in PICTURE_CHANNELS
        if turned[many:] == spec.shape and not colors:
            return f"{_named(order, spec, many=many)}: transpose it with x.transpose({', '.join(map(str, order))})"
    return _channels_elsewhere(found, spec, many=many)


def _channels_elsewhere(found: Shape, spec: InputSpec, *, many: bool) -> str:
    """The same for pictures of another size."""
    first = spec.data_format == "channels_first"
    if not spec.is_picture or (spec.channels == 1 and not many):
        return ""
    sample = found[-3:]
    ours, theirs = (sample[0], sample[-1]) if first else (sample[-1], sample[0])
    if theirs != spec.channels or ours == spec.channels:
        return ""
    turned = (2, 0, 1) if first else (1, 2, 0)
    order = (*range(many), *(axis + many for axis in turned))
    return f"{_named(order, spec, many=many)}: transpose it with x.transpose({', '.join(map(str, order))})"


def _moves(order: tuple[int, ...]) -> tuple[bool, int, tuple[int, ...]]:
    """Sorts orders: the samples stay first, then those in which the fewest pairs of axes are exchanged."""
    exchanged = sum(left > right for at, left in enumerate(order) for right in order[at + 1 :])
    return order[0] != 0, exchanged, order


def _named(order: tuple[int, ...], spec: InputSpec, *, many: bool) -> str:
    start = tuple(range(many))
    if spec.is_picture and order == (*start, *(axis + many for axis in (1, 2, 0))):
        return "the array has its channels first"
    if spec.is_picture and order == (*start, *(axis + many for axis in (2, 0, 1))):
        return "the array has its channels last"
    if many and order == (len(order) - 1, *range(len(order) - 1)):
        return "the array has its samples last"
    return "the array has its axes in another order"


def _label_column(found: Shape, spec: InputSpec) -> str:
    wide = len(found) == 2 and found[1] == math.prod(spec.shape) + 1
    return "one column too many: if the first is the label, cut it off" if wide else ""


def _other_row(found: Shape, spec: InputSpec) -> str:
    values, count = math.prod(found[1:] if len(found) > 1 else found), math.prod(spec.shape)
    return f"a sample is a row of {count:,} numbers, found {values:,}"


def _other_axes(found: Shape, spec: InputSpec) -> str:
    """Reshaping, where it only splits or joins axes. Rows of a color picture may have either end first."""
    count = math.prod(spec.shape)
    sample = found if math.prod(found) == count else found[1:]
    if len(found) < 1 or math.prod(sample) != count:
        return ""
    ours, theirs = ([length for length in shape if length != 1] for shape in (spec.shape, sample))
    if min(len(ours), len(theirs)) > 1 and ours != theirs:
        return ""
    target = f"x.reshape({', '.join(map(str, (-1, *spec.shape)))})"
    if spec.is_picture and spec.channels > 1 and len(theirs) == 1:
        return f"the number of values fits: {_either_order(spec, target)}"
    return f"the number of values fits: reshape it with {target}"


def _either_order(spec: InputSpec, target: str) -> str:
    height, width = spec.size
    if spec.data_format == "channels_first":
        other, turn, ends = f"{height}, {width}, {spec.channels}", "0, 3, 1, 2", ("first", "last")
    else:
        other, turn, ends = f"{spec.channels}, {height}, {width}", "0, 2, 3, 1", ("last", "first")
    turned = f"x.reshape(-1, {other}).transpose({turn})"
    return f"{target} if the rows have their channels {ends[0]}, {turned} if they have them {ends[1]}"


def _other_size(found: Shape, spec: InputSpec) -> str:
    if not spec.is_picture or not 2 <= len(found) <= 4:
        return ""
    has_channels = _channels(found, spec) == spec.channels
    plane = found[-3:-1] if has_channels and spec.data_format == "channels_last" else found[-2:]
    known = has_channels or (spec.channels == 1 and len(found) < 4)
    if known and looks_spatial(plane):
        return f"another height and width: {HOW_TO_RESIZE}"
    return ""


def _other_channels(found: Shape, spec: InputSpec) -> str:
    """What to say if pictures have another number of channels, at either end, or no channels axis."""
    if not spec.is_picture or len(found) not in (2, 3, 4):
        return ""
    takes = f"the network takes {spec.channels}: convert the data"
    first = spec.data_format == "channels_first"
    here, there = (found[-3:][0], found[-1]) if first else (found[-1], found[-3:][0])
    colors = PICTURE_CHANNELS if len(found) == 4 else PICTURE_CHANNELS[1:]
    if len(found) > 2 and here in colors and here != spec.channels:
        return f"{here} channels, {takes}"
    if len(found) > 2 and there in colors and there != spec.channels:
        return f"{there} channels {'last' if first else 'first'}, {takes}"
    return f"1 channel, {takes}" if spec.channels in PICTURE_CHANNELS[1:] and _planes(found, spec) else ""


def _planes(found: Shape, spec: InputSpec) -> bool:
    """Whether these are gray pictures of the right size without a channels axis."""
    return len(found) in (2, 3) and found[-2:] == spec.size


def _channels(found: Shape, spec: InputSpec) -> int:
    """The channels of an array that has height and width; 0 if it has too few axes."""
    if len(found) not in (3, 4):
        return 0
    return found[-3] if spec.data_format == "channels_first" else found[-1]
