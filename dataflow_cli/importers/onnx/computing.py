"""Weights that the file has to be reckoned first: computed once with NumPy, as ONNX's operations mean it.

What only arranges numbers anew waits until they are read; everything else is worked out at once, since its
shape follows from it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.files.stored import ITEM_SIZES
from dataflow_cli.importers.onnx.constants import UNSIZED, Constant, of_array
from dataflow_cli.importers.onnx.held import counted
from dataflow_cli.importers.onnx.tensors import TYPES
from dataflow_cli.lazy import np
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.shapes import Array

    Computing = Callable[..., Array | tuple[Array, ...]]

_LARGEST = 2**26
"""Elements of what is worked out here."""


def computed(call: Call, given: Sequence[Constant]) -> Constant | tuple[Constant, ...] | None:
    """What an operation on constants gives; None for one that is not computed here. Raises FieldError."""
    if call.operation in _ARRANGED:
        return _ARRANGED[call.operation](call, given)
    function = _COMPUTED.get(call.operation)
    if function is None or len(given) != len(call.node.inputs):
        return None
    if not all(is_known(constant.shape) for constant in given):
        raise FieldError("it depends on sizes that are not known", hint=UNSIZED)
    _check_size(given)
    with np.errstate(all="ignore"):
        try:
            found = function(call, *(constant.array() for constant in given))
        except (ValueError, IndexError, TypeError, OverflowError, ZeroDivisionError) as error:
            raise FieldError("what it works out of constants cannot be: its shapes or axes do not fit") from error
    made = of_array if all(constant.dtype != "bfloat16" for constant in given) else _of_rounded
    return tuple(map(made, found)) if isinstance(found, tuple) else made(np.asarray(found))


def _of_rounded(array: Array) -> Constant:
    """What was worked out of constants of bfloat16: of this type too, if it is no condition or place."""
    return replace(of_array(_rounded(array)), dtype="bfloat16") if array.dtype.kind == "f" else of_array(array)


def _check_size(given: Sequence[Constant]) -> None:
    if sum(constant.count for constant in given) > _LARGEST:
        raise FieldError(f"it works out constants of more than {_LARGEST:,} numbers")


def _bounded(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape that may be made. Raises FieldError for one that is too large."""
    if math.prod(shape) > _LARGEST:
        raise FieldError(f"it works out constants of more than {_LARGEST:,} numbers")
    return tuple(int(size) for size in shape)


# Numbers in another arrangement: nothing is read


def _cast(call: Call, given: Sequence[Constant]) -> Constant:
    dtype = TYPES.get(call.attribute("to", 1), "")
    if dtype == given[0].dtype:
        return given[0]
    if dtype not in ITEM_SIZES:
        raise FieldError(f"it makes constants of {dtype or 'a type that is not known'}, which is not read")
    if dtype == "bfloat16":
        return given[0].changed(_rounded, dtype=dtype)
    return given[0].changed(lambda array: _as_type(array, dtype), dtype=dtype)


def _as_type(array: Array, dtype: str) -> Array:
    """Numbers in another type. Which whole number an infinity becomes, ONNX leaves to the processor."""
    with np.errstate(invalid="ignore", over="ignore"):
        return array.astype(dtype)


def _rounded(array: Array) -> Array:
    """Numbers as bfloat16 holds them, which NumPy does not have: in float32."""
    from dataflow_cli.kernels.activations import as_stored

    return as_stored(array.astype(np.float32), "bfloat16")


def _reshaped(call: Call, given: Sequence[Constant]) -> Constant:
    data, target = given[0], given[1].integers() if len(given) > 1 else list(call.attribute("shape", []))
    sizes = [data.shape[place] if size == 0 and place < len(data.shape) else size for place, size in enumerate(target)]
    rest = math.prod(size for size in sizes if size != -1)
    if -1 in sizes and rest:
        sizes[sizes.index(-1)] = data.count // rest
    if math.prod(sizes) != data.count:
        raise FieldError(f"it makes {sizes} of {data.count:,} numbers")
    return data.reshaped(sizes)


def _transposed(call: Call, given: Sequence[Constant]) -> Constant:
    rank = len(given[0].shape)
    axes = call.attribute("perm", list(range(rank))[::-1])
    if sorted(axes) != list(range(rank)):
        raise FieldError(f"its perm {list(axes)} is no order of {rank} axes")
    return given[0].transposed(axes)


def _flattened(call: Call, given: Sequence[Constant]) -> Constant:
    shape = given[0].shape
    axis = call.attribute("axis", 1)
    axis = axis if axis == len(shape) else counted(axis, len(shape))
    return given[0].reshaped((math.prod(shape[:axis]), math.prod(shape[axis:])))


def _unsqueezed(call: Call, given: Sequence[Constant]) -> Constant:
    from dataflow_cli.importers.onnx.reckoning import RECKONED

    found = RECKONED[call.operation](call, given)
    assert found is not None  # noqa: S101  these two always give something
    return found


_ARRANGED: dict[str, Callable[[Call, Sequence[Constant]], Constant]] = {
    "Identity": lambda _, given: given[0],
    "Dropout": lambda _, given: given[0],
    "Cast": _cast,
    "Reshape": _reshaped,
    "Transpose": _transposed,
    "Flatten": _flattened,
    "Unsqueeze": _unsqueezed,
    "Squeeze": _unsqueezed,
}


# Arithmetic


def _plain(function: Callable[..., Any]) -> Computing:
    def compute(_: Call, *arrays: Array) -> Array:
        _bounded(np.broadcast_shapes(*(array.shape for array in arrays)))
        found: Array = function(*arrays)
        return found

    return compute


def _named(name: str) -> Callable[..., Any]:
    """A function of NumPy's, which is looked up when it is needed."""

    def call(*arrays: Any, **settings: Any) -> Any:
        return getattr(np, name)(*arrays, **settings)

    return call


def _divide(one: Array, other: Array) -> Array:
    if one.dtype.kind in "iu":
        found: Array = np.trunc(one / np.where(other == 0, 1, other)).astype(one.dtype)
        return found
    return one / other


def _reduced(function: Callable[..., Any]) -> Computing:
    def compute(call: Call, data: Array, axes: Array | None = None) -> Array:
        chosen = tuple(axes.reshape(-1).tolist()) if axes is not None else call.attribute("axes")
        if not chosen and call.attribute("noop_with_empty_axes", 0):
            return data
        over = tuple(chosen) if chosen else None
        found: Array = np.asarray(function(data, axis=over, keepdims=bool(call.attribute("keepdims", 1))), data.dtype)
        return found

    return compute


def _folded(function: Callable[..., Any]) -> Computing:
    def compute(_: Call, *arrays: Array) -> Array:
        found = arrays[0]
        for array in arrays[1:]:
            found = function(found, array)
        return found

    return compute


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
    return np.broadcast_to(data, _bounded(np.broadcast_shapes(data.shape, tuple(shape.tolist()))))


def _tiled(_: Call, data: Array, repeats: Array) -> Array:
    _bounded([size * int(times) for size, times in zip(data.shape, repeats.tolist(), strict=True)])
    return np.tile(data, repeats.tolist())


def _range(_: Call, start: Array, end: Array, step: Array) -> Array:
    first, last, by = (array.reshape(-1)[0] for array in (start, end, step))
    if not by or (last - first) / by > _LARGEST:
        raise FieldError("its range has no end, or is too long")
    return np.arange(first, last, by, dtype=start.dtype)


def _triangle(call: Call, data: Array, k: Array | None = None) -> Array:
    by = int(k.reshape(-1)[0]) if k is not None else 0
    return np.triu(data, by) if call.attribute("upper", 1) else np.tril(data, by)


def _concatenated(call: Call, *arrays: Array) -> Array:
    return np.concatenate(arrays, call.attribute("axis", 0))


def _gather(call: Call, data: Array, indices: Array) -> Array:
    return np.take(data, indices.astype(np.int64), call.attribute("axis", 0))


def _gemm(call: Call, a: Array, b: Array, c: Array | None = None) -> Array:
    left, right = (array.T if call.attribute(key, 0) else array for array, key in ((a, "transA"), (b, "transB")))
    found: Array = call.attribute("alpha", 1.0) * (left @ right)
    return found if c is None else found + call.attribute("beta", 1.0) * c


def _dequantized(call: Call, data: Array, scale: Array, zero: Array | None = None) -> Array:
    if call.attribute("block_size", 0):
        raise FieldError("its scales are of blocks")
    shape = [1] * data.ndim
    if scale.size > 1:  # a single scale has no axis, whatever the attribute's default is
        shape[counted(call.attribute("axis", 1), data.ndim)] = -1
    offset = 0 if zero is None else zero.reshape(shape).astype(np.int32)
    found: Array = (data.astype(np.int32) - offset).astype(scale.dtype) * scale.reshape(shape)
    return found


def _cumulated(call: Call, data: Array, axis: Array) -> Array:
    if call.attribute("exclusive", 0) or call.attribute("reverse", 0):
        raise FieldError("it sums up constants backwards or without the last")
    return np.cumsum(data, int(axis.reshape(-1)[0]), dtype=data.dtype)


def _by_kind(kind: str) -> Computing:
    """What a kind of layer makes of one sample."""

    def compute(call: Call, *arrays: Array) -> Array:
        from dataflow_cli.importers.spec import made

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


def _sigmoid(x: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-x))
    return found


def _cast_like(_: Call, data: Array, like: Array) -> Array:
    return data.astype(like.dtype)


_COMPUTED: dict[str, Computing] = {
    "Add": _plain(lambda a, b: a + b),
    "Sub": _plain(lambda a, b: a - b),
    "Mul": _plain(lambda a, b: a * b),
    "Div": _plain(_divide),
    "Pow": _plain(lambda a, b: _named("power")(a, b).astype(a.dtype)),
    "Mod": _plain(_named("mod")),
    "MatMul": lambda _, a, b: a @ b,
    "Gemm": _gemm,
    "Max": _folded(_named("maximum")),
    "Min": _folded(_named("minimum")),
    "Sum": _folded(lambda a, b: a + b),
    "Equal": _plain(lambda a, b: a == b),
    "Greater": _plain(lambda a, b: a > b),
    "GreaterOrEqual": _plain(lambda a, b: a >= b),
    "Less": _plain(lambda a, b: a < b),
    "LessOrEqual": _plain(lambda a, b: a <= b),
    "And": _plain(lambda a, b: a & b),
    "Or": _plain(lambda a, b: a | b),
    "Not": _plain(lambda a: ~a),
    "Where": _plain(_named("where")),
    "Neg": _plain(lambda a: -a),
    "Abs": _plain(abs),
    "Sqrt": _plain(_named("sqrt")),
    "Exp": _plain(_named("exp")),
    "Log": _plain(_named("log")),
    "Sin": _plain(_named("sin")),
    "Cos": _plain(_named("cos")),
    "Floor": _plain(_named("floor")),
    "Ceil": _plain(_named("ceil")),
    "Round": _plain(_named("rint")),
    "Reciprocal": _plain(lambda a: 1 / a),
    "Relu": _plain(lambda a: np.maximum(a, 0)),
    "Sigmoid": _plain(_sigmoid),
    "Tanh": _plain(_named("tanh")),
    "Sign": _plain(_named("sign")),
    "ReduceSum": _reduced(_named("sum")),
    "ReduceL1": _reduced(lambda data, **over: np.sum(abs(data), **over)),
    "ReduceL2": _reduced(lambda data, **over: np.sqrt(np.sum(data * data, **over))),
    "ReduceSumSquare": _reduced(lambda data, **over: np.sum(data * data, **over)),
    "ReduceMean": _reduced(_named("mean")),
    "ReduceMax": _reduced(_named("max")),
    "ReduceMin": _reduced(_named("min")),
    "ReduceProd": _reduced(_named("prod")),
    "Slice": _slice,
    "Split": _split,
    "Expand": _expanded,
    "Tile": _tiled,
    "Range": _range,
    "Trilu": _triangle,
    "Concat": _concatenated,
    "Gather": _gather,
    "GatherElements": _by_kind("take_along_axis"),
    "ScatterElements": _by_kind("put_along_axis"),
    "ScatterND": _by_kind("scatter_nd"),
    "CumSum": _cumulated,
    "NonZero": _ones,
    "CastLike": _cast_like,
    "DequantizeLinear": _dequantized,
}
"""By operation: the call, and the arrays that it takes."""
