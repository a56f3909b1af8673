"""Two tensors or more, element by element: one of them may be known, and be a number or a tensor of its own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.constants import Constant
from dataflow_cli.importers.onnx.held import Held
from dataflow_cli.importers.onnx.operators.arranging import aligned
from dataflow_cli.sizes import INTEGERS
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.importers.onnx.call import Call

    Value = Held | Constant

_KINDS = {
    "Add": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Div": "divide",
    "Pow": "power",
    "Sum": "add",
    "Mean": "average",
    "Max": "maximum",
    "Min": "minimum",
    "Greater": "greater",
    "GreaterOrEqual": "greater_equal",
    "Less": "less",
    "LessOrEqual": "less_equal",
    "Equal": "equal",
    "And": "multiply",
    "Or": "maximum",
    "Xor": "not_equal",
}
"""Ours by theirs; truth is 1 and 0."""


def arithmetic(call: Call) -> Held:
    """Add, Sub, Mul, Div, Pow: with a number as a field, with a tensor as a second input."""
    one, other = _broadcast_before_7(call)
    if call.operation == "Div" and "int" in call.value(0).dtype:
        return _whole_quotient(call, one, other)
    for held, constant, turned in ((one, other, False), (other, one, True)):
        if isinstance(held, Held) and isinstance(constant, Constant) and _is_number(constant, held):
            found = _with_number(call, held, float(call.short(constant.numbers[0])), turned=turned)
            if found is not None:
                return found
    return combined(call, _KINDS[call.operation], [one, other])


def _whole_quotient(call: Call, one: Value, other: Value) -> Held:
    """Whole numbers divided, and what is left over dropped: exact as long as the numbers themselves are."""
    dtype = call.value(0).dtype
    if dtype not in INTEGERS:
        raise FieldError(f"it divides whole numbers of {dtype}, which dftrace does not compute with")
    quotient = combined(call, "divide", [one, other], behind="_quotient")
    return call.layer("cast", {"dtype": dtype}, [quotient], dtype=dtype)


def remainder(call: Call) -> Held:
    """Mod, exact of whole numbers as long as these are; fmod has the sign of what is divided."""
    one, other = call.value(0), call.value(1)
    if not call.attribute("fmod", 0):
        return combined(call, "mod", [one, other])
    sign = call.layer("sign", {}, [call.tensor(0)], behind="_sign", gives="")
    sizes = [_size(call, value, behind) for value, behind in ((one, "_dividend"), (other, "_divisor"))]
    return combined(call, "multiply", [sign, combined(call, "mod", sizes, behind="_size")])


def _size(call: Call, value: Value, behind: str) -> Value:
    """Numbers without their signs."""
    if isinstance(value, Constant):
        return value.changed(abs)
    return call.layer("abs", {}, [value], behind=behind, gives="")


def several(call: Call) -> Held:
    """Sum, Mean, Max, Min of any number; one alone stays what it is."""
    values = call.values()
    if len(values) == 1:
        return call.tensor(0)
    return combined(call, _KINDS[call.operation], values)


def comparison(call: Call) -> Held:
    """Greater and the like."""
    return combined(call, _KINDS[call.operation], list(_broadcast_before_7(call)), dtype="bool")


def logic(call: Call) -> Held:
    """And, Or, Xor, Not."""
    if call.operation == "Not":
        return call.layer("rescaling", {"scale": [-1], "offset": [1]}, [call.tensor(0)], dtype="bool")
    return combined(call, _KINDS[call.operation], list(_broadcast_before_7(call)), dtype="bool")


def is_nan(call: Call) -> Held:
    """IsNaN: what is not equal to itself."""
    held = call.tensor(0)
    return call.layer("not_equal", {}, [held, held], dtype="bool")


def is_infinite(call: Call) -> Held:
    """IsInf: what is equal to an infinity, or without its sign where both count."""
    held = call.tensor(0)
    ways = bool(call.attribute("detect_positive", 1)), bool(call.attribute("detect_negative", 1))
    if not any(ways):
        raise FieldError("it looks for neither infinity")
    if all(ways):
        held = call.layer("abs", {}, [held], behind="_size", gives="")
    infinity = Constant((), "float32", (math.inf if ways[0] else -math.inf,))
    return combined(call, "equal", [held, infinity], dtype="bool")


def combined(
    call: Call,
    kind: str,
    values: Sequence[Value],
    *,
    dtype: str = "",
    behind: str = "",
) -> Held:
    """A layer of several inputs that broadcast; known ones are given by layers."""
    held = [value for value in values if isinstance(value, Held)]
    rank = max(len(value.shape) for value in values)
    places = [each.batch + rank - each.rank for each in held if each.batch is not None]
    place = min(places, default=None)
    tensors = [value if isinstance(value, Held) else given(call, value, place, rank) for value in values]
    tensors = aligned(call, tensors)
    batch = next((each.batch + rank - each.rank for each in tensors if each.batch is not None), None)
    return call.layer(kind, {}, tensors, batch=batch, dtype=dtype, behind=behind, gives="" if behind else None)


def given(call: Call, constant: Constant, place: int | None, rank: int) -> Held:
    """A known tensor as a layer, without the axis, of so many, along which others have their samples."""
    own = -1 if place is None else place - (rank - len(constant.shape))
    if own < 0:
        return call.held(constant)
    sample = constant.of_sample(own)
    if sample is None:
        raise FieldError("what is known of it has other numbers for every sample")
    held = call.held(sample)
    return Held(held.name, constant.shape, own, held.dtype)


def _is_number(constant: Constant, held: Held) -> bool:
    """Whether it is one number, for every element of the tensor, which keeps its shape."""
    rank = len(constant.shape)
    if constant.uniform is None or rank > held.rank:
        return False
    return all(size in (1, own) for size, own in zip(constant.shape, held.shape[held.rank - rank :], strict=True))


def _with_number(call: Call, held: Held, number: float, *, turned: bool) -> Held | None:
    """The operation with a fixed number behind it, or before it if `turned`; None where that is no layer's field."""
    if not held.sample:  # a number, which has no channels to rescale
        return None
    if call.operation == "Pow":
        if turned:
            return None
        kinds = {2.0: "square", 0.5: "sqrt", -1.0: "reciprocal"}
        return (
            call.layer(kinds[number], {}, [held])
            if number in kinds
            else call.layer("power", {"exponent": number}, [held])
        )
    if call.operation == "Div" and turned:
        return call.layer("reciprocal", {}, [held]) if number == 1 else None
    if call.operation == "Div" and not number:
        return None
    scale = {"Mul": number, "Div": 1 / number if number else 0.0, "Sub": -1.0 if turned else 1.0}
    offset = {"Add": number, "Sub": number if turned else -number}
    fields = {"scale": [scale.get(call.operation, 1.0)], "offset": [offset.get(call.operation, 0.0)]}
    return call.layer(
        "rescaling", {name: value for name, value in fields.items() if value != [0] or name == "scale"}, [held]
    )


def _broadcast_before_7(call: Call) -> tuple[Value, Value]:
    """Both inputs; before version 7 of the operations the second may begin at an axis of the first."""
    one, other = call.value(0), call.value(1)
    axis = call.attribute("axis")
    if call.opset >= 7 or axis is None or not call.attribute("broadcast", 0):
        return one, other
    behind = len(one.shape) - axis % max(len(one.shape), 1) - len(other.shape)
    if behind <= 0:
        return one, other
    if not isinstance(other, Constant) or not is_known(other.shape):
        raise FieldError("it begins to broadcast at an axis within, as before version 7 of ONNX's operations")
    return one, other.reshaped((*other.shape, *[1] * behind))
