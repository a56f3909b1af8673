"""What is known before the network runs: constants, sizes, and what is reckoned from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import FEW, UNSIZED, Constant, filled, of_numbers, of_tensor
from dataflow_cli.importers.onnx.held import Held
from dataflow_cli.importers.onnx.reckoning import RECKONED
from dataflow_cli.importers.onnx.repeated import repeated
from dataflow_cli.importers.onnx.tensors import TYPES, Tensor
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.call import Call

    Value = Held | Constant

_LARGEST = 2**24
"""Elements of a constant that follows from a shape."""
_CHANCE = frozenset(
    ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli")
)


def folded(call: Call) -> Value | tuple[Value, ...] | None:
    """What an operation gives, where that is known; None where layers have to work it out. Raises FieldError."""
    if call.operation in _DIRECT and call.node.is_own:
        return _DIRECT[call.operation](call)
    values = call.values()
    if not values or not call.node.is_own or call.operation in _CHANCE:
        return None
    constants = [value for value in values if isinstance(value, Constant)]
    if len(constants) != len(values):
        return None
    found = repeated(call, constants)
    if found is not None:
        return found
    if call.operation in RECKONED and sum(constant.count for constant in constants) <= 2 * FEW:
        found = RECKONED[call.operation](call, constants)
        if found is not None:
            return found
    from dataflow_cli.importers.onnx.computing import computed

    return computed(call, constants)


def _constant(call: Call) -> Constant:
    """Constant: its value in one of seven attributes."""
    attributes = call.node.attributes
    tensor = attributes.get("value", attributes.get("sparse_value"))
    if isinstance(tensor, Tensor):
        return of_tensor(tensor)
    for name, dtype in (("value_int", "int64"), ("value_float", "float32")):
        if name in attributes:
            return of_numbers([attributes[name]], (), dtype)
    for name, dtype in (("value_ints", "int64"), ("value_floats", "float32")):
        if name in attributes:
            return of_numbers(attributes[name], dtype=dtype)
    raise FieldError("it gives text, which dftrace does not read")


def _shape(call: Call) -> Constant:
    """Shape: the sizes of all axes, or of some."""
    sizes = call.value(0).shape
    return of_numbers(sizes[slice(call.attribute("start"), call.attribute("end"))])


def _size(call: Call) -> Constant:
    product: int = 1
    for size in call.value(0).shape:
        product = product * size
    return of_numbers([product], ())


def _cast_like(call: Call) -> Constant | None:
    """CastLike: a constant as the type of a tensor, of which nothing else has to be known."""
    value, like = call.value(0), call.value(1)
    if isinstance(value, Held):
        return None
    if value.dtype == like.dtype:
        return value
    if value.few is None or like.dtype not in ("float32", "float64", "int64", "int32", "bool"):
        return value.changed(lambda array: array.astype(like.dtype), dtype=like.dtype)
    change = float if "float" in like.dtype else bool if like.dtype == "bool" else int
    return of_numbers(map(change, value.numbers), value.shape, like.dtype)


def _filled(call: Call) -> Constant | None:
    """ConstantOfShape: one number everywhere."""
    value = call.attribute("value")
    number, dtype = (of_tensor(value).scalar(), value.dtype) if isinstance(value, Tensor) else (0.0, "float32")
    return filled(call.constant(0, "shape").integers(), number, dtype)


def _eye(call: Call) -> Constant:
    """EyeLike: ones on a diagonal, for the shape of a tensor of which nothing else has to be known."""
    from dataflow_cli.lazy import np

    value = call.value(0)
    dtype = TYPES.get(call.attribute("dtype", 0), "") or value.dtype
    if not is_known(value.shape) or len(value.shape) != 2:
        raise FieldError("it is as large as a matrix whose sizes are not known", hint=UNSIZED)
    rows, columns = value.shape
    if rows * columns > _LARGEST:
        raise FieldError(f"it works out a constant of more than {_LARGEST:,} numbers")
    diagonal = int(call.attribute("k", 0))
    return Constant((rows, columns), dtype, make=lambda: np.eye(rows, columns, diagonal, dtype))


_DIRECT = {
    "Constant": _constant,
    "Shape": _shape,
    "Size": _size,
    "ConstantOfShape": _filled,
    "EyeLike": _eye,
    "CastLike": _cast_like,
}

WORKED_OUT = frozenset(_DIRECT)
"""Operations that only give what is known."""
