"""Operations that put a tensor into another: slices that are assigned to, caches that are written, sums by places."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.importers.onnx.constants import Constant
from dataflow_cli.importers.onnx.held import Held, as_target, without
from dataflow_cli.importers.onnx.operators.places import Places, in_a_row, places_in, sampled_on, samples_of
from dataflow_cli.lazy import np
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.shapes import Array

_MOST_LISTED = 1024
"""Places that the network file lists; more of them are stored with the weights."""


def along_axis(call: Call) -> Held:
    """ScatterElements, which was Scatter before version 11: a place along an axis for every element."""
    batch = samples_of(call, range(3))
    data, updates = sampled_on(call, 0, batch), sampled_on(call, 2, batch)
    axis = call.place(data, call.axis(0, data))
    fields = {"axis": axis + 1, **_reducing(call)}
    known = _alike(call, batch, axis, data)
    if known is not None:
        return call.layer("index_copy", {"indices": known, **fields}, [data, updates], dtype=data.dtype)
    return call.layer("put_along_axis", fields, [data, sampled_on(call, 1, batch), updates], dtype=data.dtype)


def _alike(call: Call, batch: int | None, axis: int, data: Held) -> list[int] | None:
    """The known places of whole rows across the axis; None where they are not known, or not of whole rows."""
    value = call.value(1)
    if not isinstance(value, Constant):
        return None
    places = value if batch is None else value.of_sample(batch)
    if places is None or not is_known(places.shape) or without(places.shape, axis) != without(data.sample, axis):
        return None
    numbers = np.moveaxis(places.array(), axis, 0).reshape(places.shape[axis], -1)
    same = len(numbers) <= _MOST_LISTED and (numbers == numbers[:, :1]).all()
    found: list[int] | None = numbers[:, 0].tolist() if same else None
    return found


def by_places(call: Call) -> Held:
    """ScatterND: a number for each of the first axes."""
    depth, lead = call.value(1).shape[-1], len(call.value(1).shape) - 1
    data = sampled_on(call, 0, samples_of(call, (0,), _before(call, depth, lead)))
    places = places_in(call, data)
    updates = sampled_on(call, 2, places.batch)
    if places.known is None:
        return _by_rows(call, data, places, updates)
    axis = _one_axis(places)
    if axis is not None:
        numbers = np.moveaxis(places.known[..., axis], axis, 0).reshape(places.lead[axis], -1)[:, 0]
        return _put(call, numbers, axis, [data, updates])
    row = in_a_row(call, data, places)
    if len(places.lead) != 1:
        target = as_target((math.prod(places.lead), *places.rest))
        updates = call.layer("reshape", {"target_shape": target}, [updates], behind="_updates", gives="")
    if row is data:
        return _put(call, places.in_row(), 0, [row, updates])
    found = _put(call, places.in_row(), 0, [row, updates], behind="_put")
    return call.layer("reshape", {"target_shape": as_target(data.sample)}, [found], batch=data.batch)


def _before(call: Call, depth: int, lead: int) -> int | None:
    """Where samples lie in what is put into, from where they do in what is put there."""
    value = call.value(2)
    if not isinstance(value, Held) or value.batch is None:
        return None
    return value.batch + depth - lead if value.batch >= lead else 0


def _by_rows(call: Call, data: Held, places: Places, updates: Held) -> Held:
    """Places that another tensor names."""
    if places.depth > 1:
        inputs = [data, places.rows(call), updates]
        return call.layer("scatter_nd", _reducing(call), inputs, batch=data.batch, dtype=data.dtype)
    inputs = [data, places.numbers(call), updates]
    return call.layer("index_copy", {"axis": 1, **_reducing(call)}, inputs, batch=data.batch, dtype=data.dtype)


def _put(call: Call, numbers: Sequence[int] | Array, axis: int, inputs: list[Held], behind: str = "") -> Held:
    """A tensor put into another at known places of one axis."""
    fields = {"axis": axis + 1, **_reducing(call)}
    gives = "" if behind else None
    if len(numbers) > _MOST_LISTED:
        places = np.asarray(numbers, np.int64)
        stored = call.held(Constant(places.shape, "int64", make=lambda: places, name=f"{call.node.outputs[0]}_places"))
        inputs = [inputs[0], stored, inputs[1]]
    else:
        fields = {"indices": [int(number) for number in numbers], **fields}
    batch, dtype = inputs[0].batch, inputs[0].dtype
    return call.layer("index_copy", fields, inputs, batch=batch, dtype=dtype, behind=behind, gives=gives)


def _one_axis(places: Places) -> int | None:
    """The only axis on which the places are not all of them in order, if they are a grid; None else."""
    known = places.known
    if known is None or len(places.lead) != places.depth:
        return None
    found = []
    for axis, size in enumerate(places.sizes):
        along = np.moveaxis(known[..., axis], axis, 0).reshape(places.lead[axis], -1)
        if not (along == along[:, :1]).all():
            return None
        if along[:, 0].tolist() != list(range(size)):
            found.append(axis)
    return found[0] if len(found) == 1 else 0 if not found else None


def _reducing(call: Call) -> Mapping[str, str]:
    """The field that says what becomes of what stands there, if it does not go."""
    found = call.attribute("reduction", "none")
    return {} if found == "none" else {"reduction": found}
