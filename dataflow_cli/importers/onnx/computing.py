"""Weights that the file has to be reckoned first: computed once with NumPy, as ONNX's operations mean it.

What only arranges numbers anew waits until they are read (arranging.py); everything else is worked out at once, since
its shape follows from it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.arranging import ARRANGED, rounded
from dataflow_cli.importers.onnx.constants import UNSIZED, Constant, of_array
from dataflow_cli.importers.onnx.cutting import CUT, LARGEST, bounded
from dataflow_cli.importers.onnx.held import counted
from dataflow_cli.lazy import np
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.importers.onnx.call import Call
    from dataflow_cli.shapes import Array

    Computing = Callable[..., Array | tuple[Array, ...]]


def computed(call: Call, given: Sequence[Constant]) -> Constant | tuple[Constant, ...] | None:
    """What an operation on constants gives; None for one that is not computed here. Raises FieldError."""
    if call.operation in ARRANGED:
        return ARRANGED[call.operation](call, given)
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
    return replace(of_array(rounded(array)), dtype="bfloat16") if array.dtype.kind == "f" else of_array(array)


def _check_size(given: Sequence[Constant]) -> None:
    if sum(constant.count for constant in given) > LARGEST:
        raise FieldError(f"it works out constants of more than {LARGEST:,} numbers")


def _plain(function: Callable[..., Any]) -> Computing:
    def compute(_: Call, *arrays: Array) -> Array:
        bounded(np.broadcast_shapes(*(array.shape for array in arrays)))
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


def _sigmoid(x: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-x))
    return found


def _cast_like(_: Call, data: Array, like: Array) -> Array:
    return data.astype(like.dtype)


_COMPUTED: dict[str, Computing] = {
    **CUT,
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
    "CastLike": _cast_like,
    "DequantizeLinear": _dequantized,
}
"""By operation: the call, and the arrays that it takes."""
