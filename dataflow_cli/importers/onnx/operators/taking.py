"""Operations that take parts of a tensor: Slice, Split, Gather and its kin."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import Constant
from dataflow_cli.importers.onnx.held import Held, as_target, counted, without
from dataflow_cli.importers.onnx.operators.places import in_a_row, places_in, sampled_on, samples_of
from dataflow_cli.unknown import Unknown, is_known

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.importers.onnx.operators.places import Places

_MOST_PARTS = 64
_END = 10**9
"""Exporters write this, or more, for the end of an axis; none is so long."""


def slice_(call: Call) -> Held:
    """Slice, whose bounds were attributes before version 10."""
    x = call.tensor(0)
    starts, ends = call.setting("starts", 1), call.setting("ends", 2)
    if starts is None or ends is None:
        raise FieldError("it does not say from where to where")
    axes = [counted(axis, x.rank) for axis in call.setting("axes", 3) or range(len(starts))]
    steps = call.setting("steps", 4) or [1] * len(axes)
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise FieldError("its starts, ends, axes and steps are not as many")
    parts: dict[int, tuple[int | None, int | None, int | None]] = {}
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if not _is_all(start, end, step, x.shape[axis]):
            parts[call.place(x, axis)] = _part(start, end, step, x.shape[axis])
    if not parts:
        return x
    rows = [parts.get(place, (None, None, None)) for place in range(max(parts) + 1)]
    fields = {"starts": [row[0] for row in rows]}
    for name, column in (("ends", 1), ("steps", 2)):
        if any(row[column] is not None for row in rows):
            fields[name] = [row[column] for row in rows]
    return call.layer("slice", fields, [x])


def _is_all(start: int, end: int, step: int, size: int) -> bool:
    """Whether the part is all of the axis."""
    from_first = start == 0 or (is_known((start, size)) and start <= -size)
    to_last = end >= _END or (is_known((end, size)) and end >= size)
    same = isinstance(end, Unknown) and isinstance(size, Unknown) and int(end) == int(size)
    return step == 1 and from_first and (to_last or same)


def _part(start: int, end: int, step: int, size: int) -> tuple[int | None, int | None, int | None]:
    """The start, end and step as ours are written: nothing for the ends of the axis."""
    if not is_known((start, end, step)):
        raise FieldError("its bounds depend on sizes that are not known")
    if not step:
        raise FieldError("its step is 0")
    known = is_known((size,))
    from_first = start == 0 or (step < 0 and known and start >= size - 1)
    forwards = end >= _END or (known and end >= size)
    backwards = end < -_END or (known and end < -size)
    to_last = forwards if step > 0 else backwards
    return None if from_first else start, None if to_last else end, None if step == 1 else step


def backwards(call: Call) -> Held:
    """ReverseSequence of sequences that are all as long as the axis, as recurrent layers are written that go back."""
    x, lengths = call.tensor(0), call.constant(1, "list of lengths")
    axis = call.axis(0, x, "time_axis")
    if lengths.uniform is None or not is_known((x.shape[axis],)) or lengths.uniform != x.shape[axis]:
        raise FieldError("it turns sequences round that are shorter than their axis")
    place = call.place(x, axis)
    return call.layer("slice", {"starts": [None] * (place + 1), "steps": [*[None] * place, -1]}, [x])


def split(call: Call) -> tuple[Held, ...]:
    """Split: one layer whose parts are tensors within it."""
    x = call.tensor(0)
    axis = call.axis(0, x)
    place, size = call.place(x, axis), x.shape[axis]
    sizes = call.setting("split", 1) or _equal(size, call)
    if not is_known((*sizes, size)) or sum(sizes) != size or min(sizes) < 1:
        raise FieldError(f"it splits an axis of {size} into parts of {', '.join(map(str, sizes))[:60]}")
    if len(sizes) == 1:
        return (x,)
    if len(sizes) > _MOST_PARTS:
        raise FieldError(f"it splits into {len(sizes)} parts, and dftrace into {_MOST_PARTS} at most")
    alike = len(set(sizes)) == 1
    fields = {"indices_or_sections": len(sizes) if alike else list(accumulate(sizes))[:-1], "axis": place + 1}
    layer = call.layer("split", fields, [x], gives="")
    shapes = ((*x.shape[:axis], each, *x.shape[axis + 1 :]) for each in sizes)
    return tuple(replace(layer, name=f"{layer.name}:{number}", shape=shape) for number, shape in enumerate(shapes))


def _equal(size: int, call: Call) -> list[int]:
    """Parts of one size, of which the last may be smaller."""
    if not is_known((size,)):
        raise FieldError("it splits an axis of a size that is not known")
    count = call.attribute("num_outputs", len(call.node.outputs))
    each = -(-size // count)
    return [each] * (count - 1) + [size - each * (count - 1)]


def gather(call: Call) -> Held:
    """Gather: places by constant numbers, rows of a constant table by numbers that come, or places of what comes."""
    data, indices = call.value(0), call.value(1)
    if isinstance(indices, Constant) and isinstance(data, Held):
        return _chosen(call, data, indices)
    if isinstance(data, Constant) and isinstance(indices, Held):
        return looked_up(call, data, indices)
    if isinstance(data, Constant) or isinstance(indices, Constant):  # two that are known are worked out before
        raise FieldError("it takes what is known in a way that ONNX does not have")
    return _named(call, data, indices)


def _named(call: Call, data: Held, indices: Held) -> Held:
    """Places that are named by another tensor, which has no samples of its own where the data has some."""
    if data.batch is not None and indices.batch is not None:
        call.wants(indices, None)
    axis = call.axis(0, data)
    batch = None if indices.batch is None else axis + indices.batch
    if data.batch is not None:
        batch = data.batch + (indices.rank - 1) * (data.batch > axis)
    return call.layer("gather", {"axis": call.place(data, axis) + 1}, [data, indices], batch=batch, dtype=data.dtype)


def along_axis(call: Call) -> Held:
    """GatherElements: a place for every element; where there are fewer of them, it takes from the front alone."""
    batch = samples_of(call, range(2))
    data, indices = sampled_on(call, 0, batch), sampled_on(call, 1, batch)
    place = call.place(data, call.axis(0, data))
    pairs = enumerate(zip(data.sample, indices.sample, strict=True))
    ends = [few if axis != place and is_known((few, n)) and few < n else None for axis, (n, few) in pairs]
    if any(end is not None for end in ends):
        fields = {"starts": [None] * len(ends), "ends": ends}
        data = call.layer("slice", fields, [data], behind="_front", gives="")
    return call.layer("take_along_axis", {"axis": place + 1}, [data, indices], dtype=data.dtype)


def by_places(call: Call) -> Held:
    """GatherND: a number for each of the first axes; places that are known, counted in a row, are those of a gather."""
    data = call.tensor(0)
    named = places_in(call, data)
    if named.known is None:
        return _named_by_rows(call, data, named)
    row = in_a_row(call, data, named)
    fields = {"indices": named.in_row(), "axis": 1}
    if len(named.lead) == 1:
        return call.layer("gather", fields, [row], batch=named.batch)
    taken = call.layer("gather", fields, [row], behind="_taken", gives="")
    return _last(call, "reshape", {"target_shape": as_target((*named.lead, *named.rest))}, taken, named.batch)


def _named_by_rows(call: Call, data: Held, named: Places) -> Held:
    """Places that another tensor names."""
    if named.depth > 1:
        return call.layer("gather_nd", {}, [data, named.rows(call)], batch=named.batch, dtype=data.dtype)
    return call.layer("gather", {"axis": 1}, [data, named.numbers(call)], batch=named.batch, dtype=data.dtype)


def _chosen(call: Call, data: Held, indices: Constant) -> Held:
    """Places that are known; one alone takes the axis away."""
    axis = call.axis(0, data)
    places = indices.integers()
    if axis == data.batch and data.shape[axis] == 1 and not indices.shape and places[0] in (0, -1):
        return replace(data, shape=without(data.shape, axis), batch=None, root="", axes=())  # the only sample
    place = call.place(data, axis)
    if not is_known(places):
        raise FieldError("its places depend on sizes that are not known")
    shape = (*data.shape[:axis], len(places), *data.shape[axis + 1 :])
    if len(indices.shape) == 1:
        return call.layer("gather", {"indices": places, "axis": place + 1}, [data])
    taken = call.layer("gather", {"indices": places, "axis": place + 1}, [data], behind="_taken", gives="")
    if not indices.shape:
        batch = None if data.batch is None else data.batch - (data.batch > axis)
        return _last(call, "squeeze", {"axis": place + 1}, taken, batch)
    sample = [*shape[:axis], *indices.shape, *shape[axis + 1 :]]
    batch = None if data.batch is None else data.batch + (len(indices.shape) - 1) * (data.batch > axis)
    target = as_target(size for number, size in enumerate(sample) if number != batch)
    return _last(call, "reshape", {"target_shape": target}, taken, batch)


def _last(call: Call, kind: str, fields: dict[str, object], held: Held, batch: int | None) -> Held:
    return call.layer(kind, fields, [held], batch=batch)


def looked_up(call: Call, table: Constant, indices: Held, behind: str = "") -> Held:
    """Rows of a table: an embedding. A table of numbers has rows of one."""
    axis = counted(call.attribute("axis", 0), len(table.shape))
    if axis:
        raise FieldError("it looks numbers up along another axis than the first of its table")
    gives = "" if behind else None
    count, *row = table.shape
    width = 1
    for size in row:
        width *= size
    rows = {"embeddings": table.reshaped((count, width))}
    fields = {"input_dim": count, "output_dim": width}
    if len(row) == 1:
        return call.layer("embedding", fields, [indices], rows, dtype=table.dtype, behind=behind, gives=gives)
    found = call.layer("embedding", fields, [indices], rows, dtype=table.dtype, behind="_rows", gives="")
    return call.layer(
        "reshape",
        {"target_shape": as_target((*indices.sample, *row))},
        [found],
    )
