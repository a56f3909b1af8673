"""Constants that are the same for every sample, however many there are: class tokens and first states.

Exporters write them as a tensor that is expanded, or filled, to a shape which the number of samples is part of.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import Batch, Constant, filled
from dataflow_cli.importers.onnx.held import counted, without
from dataflow_cli.lazy import np
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.held import Held
    from dataflow_cli.shapes import Array, Shape

    Value = Held | Constant


def repeated(call: Call, given: Sequence[Constant]) -> Value | None:
    """What an operation gives whose result depends on the number of samples in its shape alone; None else."""
    every = [*given[0].shape, *(given[1].numbers if call.operation == "Expand" else ())]
    if call.operation not in _REPEATED or is_known(every):  # type: ignore[arg-type]
        return None
    return _REPEATED[call.operation](call, given)


def _expanded(call: Call, given: Sequence[Constant]) -> Value | None:
    """Expand: as many samples as there are."""
    data, shape = given[0], _broadcast(given[0].shape, given[1].integers())
    if data.uniform is not None:
        return filled(shape, data.uniform, data.dtype)
    places = [place for place, size in enumerate(shape) if isinstance(size, Batch)]
    own = (1,) * (len(shape) - len(data.shape)) + data.shape
    if len(places) != 1 or own[places[0]] != 1 or not is_known(without(shape, places[0])):
        return None
    sample = without(shape, places[0])
    small = data.reshaped(without(own, places[0]))

    def spread(array: Array) -> Array:
        return np.broadcast_to(array, sample)

    held = call.to.held(small if small.shape == sample else small.changed(spread, sample))
    return replace(held, shape=shape, batch=places[0])


def _broadcast(one: Shape, other: Sequence[int]) -> Shape:
    """Both shapes as they broadcast. Raises FieldError where they do not."""
    rank = max(len(one), len(other))
    pairs = zip((1,) * (rank - len(one)) + tuple(one), [1] * (rank - len(other)) + list(other), strict=True)
    found = []
    for mine, theirs in pairs:
        if 1 not in (int(mine), int(theirs)) and int(mine) != int(theirs):
            raise FieldError(f"it expands {list(one)} to {list(other)}")
        found.append(theirs if int(mine) == 1 else mine)
    return tuple(found)


def _sliced(call: Call, given: Sequence[Constant]) -> Value | None:
    """Slice, of axes that are known, of one number everywhere."""
    data = given[0]
    if data.uniform is None or call.opset < 10:
        return None
    starts, ends, *rest = (constant.integers() for constant in given[1:])
    axes = rest[0] if rest else list(range(len(starts)))
    steps = rest[1] if len(rest) > 1 else [1] * len(axes)
    shape = list(data.shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        place = counted(axis, len(shape))
        if not is_known((start, end, shape[place])):
            return None
        shape[place] = len(range(*slice(start, end, step).indices(shape[place])))
    return filled(shape, data.uniform, data.dtype)


_REPEATED: dict[str, Callable[[Call, Sequence[Constant]], Value | None]] = {"Expand": _expanded, "Slice": _sliced}
