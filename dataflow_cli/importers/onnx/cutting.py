"""Constants cut, put together, repeated and filled in, as ONNX's operations mean it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.shapes import Array

    Computing = Callable[..., Array | tuple[Array, ...]]

LARGEST = 2**26
"""Elements of what is worked out from constants."""


def bounded(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape that may be made. Raises FieldError for one that is too large."""
    if math.prod(shape) > LARGEST:
        raise FieldError(f"it works out constants of more than {LARGEST:,} numbers")
    return tuple(int(size) for size in shape)


def _slice(call: Call, data: Array, *bounds: Array) -> Array:
    given = [each.reshape(-1).tolist() for each in bounds] or [call.attribute("starts"), call.attribute("ends")]
    axes = given[2] if len(given) > 2 else call.attribute("axes") or list(range(len(given[0])))
    steps = given[3] if len(given) > 3 else [1] * len(axes)
    places = [slice(None)] * data.ndim
    for start, end, axis, step in zip(given[0], given[1], axes, steps, strict=True):
        beyond = step < 0 and end < -data.shape[axis]
        places[axis] = slice(start, None if beyond else end, step)
    found: Array = data[tuple(places)]
    return found


def _split(call: Call, data: Array, sizes: Array | None = None) -> tuple[Array, ...]:
    axis = call.attribute("axis", 0)
    lengths = sizes.tolist() if sizes is not None else call.attribute("split")
    if lengths is None:
        size, count = data.shape[axis], len(call.node.outputs)
        each = -(-size // count)
        lengths = [each] * (count - 1) + [size - each * (count - 1)]
    return tuple(np.split(data, np.cumsum(lengths)[:-1], axis))


def _expanded(_: Call, data: Array, shape: Array) -> Array:
    return np.broadcast_to(data, bounded(np.broadcast_shapes(data.shape, tuple(shape.tolist()))))


def _tiled(_: Call, data: Array, repeats: Array) -> Array:
    bounded([size * int(times) for size, times in zip(data.shape, repeats.tolist(), strict=True)])
    return np.tile(data, repeats.tolist())


def _range(_: Call, start: Array, end: Array, step: Array) -> Array:
    first, last, by = (array.reshape(-1)[0] for array in (start, end, step))
    if not by or (last - first) / by > LARGEST:
        raise FieldError("its range has no end, or is too long")
    return np.arange(first, last, by, dtype=start.dtype)


def _triangle(call: Call, data: Array, k: Array | None = None) -> Array:
    by = int(k.reshape(-1)[0]) if k is not None else 0
    return np.triu(data, by) if call.attribute("upper", 1) else np.tril(data, by)


def _concatenated(call: Call, *arrays: Array) -> Array:
    return np.concatenate(arrays, call.attribute("axis", 0))


def _gather(call: Call, data: Array, indices: Array) -> Array:
    return np.take(data, indices.astype(np.int64), call.attribute("axis", 0))


def _cumulated(call: Call, data: Array, axis: Array) -> Array:
    if call.attribute("exclusive", 0) or call.attribute("reverse", 0):
        raise FieldError("it sums up constants backwards or without the last")
    return np.cumsum(data, int(axis.reshape(-1)[0]), dtype=data.dtype)


def _by_kind(kind: str) -> Computing:
    """What a kind of layer makes of one sample."""

    def compute(call: Call, *arrays: Array) -> Array:
        from dataflow_cli.importers.spec import made

        if call.attribute("batch_dims", 0):
            raise FieldError("it takes constants by places of their own for each of several axes")
        axis = call.attribute("axis", 0)
        fields: dict[str, Any] = {"axis": axis + 1 if axis >= 0 else axis} if kind.endswith("axis") else {}
        if len(arrays) > 2:
            fields["reduction"] = call.attribute("reduction", "none")
        layer = made(kind, fields, call.to.conventions)
        layer.output_shape([array.shape for array in arrays])
        found: Array = layer.forward([array[np.newaxis] for array in arrays], {})[0]
        return found

    return compute


def _ones(_: Call, data: Array) -> Array:
    return np.stack(np.nonzero(data)).astype(np.int64)


CUT: dict[str, Computing] = {
    "Slice": _slice,
    "Split": _split,
    "Expand": _expanded,
    "Tile": _tiled,
    "Range": _range,
    "Trilu": _triangle,
    "Concat": _concatenated,
    "Gather": _gather,
    "GatherElements": _by_kind("take_along_axis"),
    "GatherND": _by_kind("gather_nd"),
    "ScatterElements": _by_kind("put_along_axis"),
    "ScatterND": _by_kind("scatter_nd"),
    "CumSum": _cumulated,
    "NonZero": _ones,
}
"""By operation: the call, and the arrays that it takes."""
