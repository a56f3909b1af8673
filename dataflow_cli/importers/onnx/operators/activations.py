"""Functions of one number, and those along an axis that are used like them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.onnx.held import Held
from dataflow_cli.importers.onnx.tensors import TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.importers.onnx.call import Call

_PLAIN = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "HardSwish": "hard_silu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Mish": "mish",
    "Abs": "abs",
    "Neg": "negative",
    "Exp": "exp",
    "Log": "log",
    "Sqrt": "sqrt",
    "Sin": "sin",
    "Cos": "cos",
    "Tan": "tan",
    "Asin": "arcsin",
    "Acos": "arccos",
    "Atan": "arctan",
    "Sinh": "sinh",
    "Cosh": "cosh",
    "Asinh": "arcsinh",
    "Acosh": "arccosh",
    "Atanh": "arctanh",
    "Floor": "floor",
    "Ceil": "ceil",
    "Round": "round",
    "Sign": "sign",
    "Erf": "erf",
    "Reciprocal": "reciprocal",
}
"""Functions without anything to set."""
_SELU = {"alpha": 1.6732632423543772, "gamma": 1.0507009873554805}


def function(call: Call) -> Held:
    """A function of every number."""
    if call.operation == "Selu":
        return _selu(call)
    kind, fields = _with_fields(call)
    return call.layer(kind, fields, [call.tensor(0)])


def _selu(call: Call) -> Held:
    """Selu; with other numbers than its usual ones it is a scaled elu."""
    found = {name: call.number(name, usual) for name, usual in _SELU.items()}
    if all(abs(found[name] - usual) < 1e-5 for name, usual in _SELU.items()):
        return call.layer("selu", {}, [call.tensor(0)])
    held = call.layer("elu", {"alpha": found["alpha"]}, [call.tensor(0)], behind="_elu", gives="")
    return call.layer("rescaling", {"scale": [found["gamma"]]}, [held])


def _with_fields(call: Call) -> tuple[str, dict[str, Any]]:
    if call.operation in _PLAIN:
        return _PLAIN[call.operation], {}
    return _SETTINGS[call.operation](call)


def _shrink(call: Call) -> tuple[str, dict[str, Any]]:
    bound, bias = call.number("lambd", 0.5), call.number("bias", 0.0)
    if bias not in (0, bound):
        raise FieldError("its bias is neither 0 nor its lambd")
    return ("soft_shrink" if bias else "hard_shrink"), {"threshold": bound}


def _swish(call: Call) -> tuple[str, dict[str, Any]]:
    if call.number("alpha", 1.0) != 1:
        raise FieldError(f"`alpha: {call.number('alpha', 1.0)}` is not there in dftrace, only 1")
    return "silu", {}


_SETTINGS: dict[str, Callable[[Call], tuple[str, dict[str, Any]]]] = {
    "LeakyRelu": lambda call: ("leaky_relu", {"negative_slope": call.number("alpha", 0.01)}),
    "HardSigmoid": lambda call: (
        "hard_sigmoid",
        {"alpha": call.number("alpha", 0.2), "beta": call.number("beta", 0.5)},
    ),
    "Elu": lambda call: ("elu", {"alpha": call.number("alpha", 1.0)}),
    "Celu": lambda call: ("celu", {"alpha": call.number("alpha", 1.0)}),
    "Gelu": lambda call: ("gelu", {"approximate": call.attribute("approximate", "none") == "tanh"}),
    "ThresholdedRelu": lambda call: ("threshold", {"threshold": call.number("alpha", 1.0), "default_value": 0}),
    "Shrink": _shrink,
    "Swish": _swish,
}


def prelu(call: Call) -> Held:
    """PRelu: slopes that stand for whole axes where they have one."""
    held, slope = call.tensor(0), call.constant(1, "slope")
    if call.opset < 7 and len(slope.shape) == 1 and held.rank > 1:  # one a channel, wherever that stands
        slope = slope.reshaped((slope.count, *[1] * (held.rank - 2)))
    if len(slope.shape) > held.rank:
        raise FieldError("its slopes have more axes than its input")
    sizes = (1,) * (held.rank - len(slope.shape)) + slope.shape
    if held.batch is not None and sizes[held.batch] != 1:
        raise FieldError("its slopes are not the same for every sample")
    alpha = tuple(size for place, size in enumerate(sizes) if place != held.batch)
    shared = [place + 1 for place, size in enumerate(alpha) if size == 1]
    if len(shared) == len(alpha):
        return call.layer("prelu", {"shared_axes": "all"}, [held], {"alpha": slope})
    return call.layer("prelu", {"shared_axes": shared or None}, [held], {"alpha": slope.reshaped(alpha)})


def softmax(call: Call) -> Held:
    """Softmax, LogSoftmax; before version 13 of the operations along all axes from one on."""
    held = call.tensor(0)
    first = call.axis(-1 if call.opset >= 13 else 1, held) if held.rank > 1 else call.axis(0, held)
    axes = held.keras_axes([first] if call.opset >= 13 else range(first, held.rank))
    plain = axes == [len(held.sample)]
    kind = "softmax" if call.operation == "Softmax" else "log_softmax"
    return call.layer(kind, {} if plain else {"axis": axes}, [held])


def clip(call: Call) -> Held:
    """Clip: within limits, which are attributes before version 11 of the operations."""
    held = call.tensor(0)
    low, high = (
        call.short(call.constant(place, name).scalar()) if call.has(place) else call.number(name)
        for place, name in ((1, "min"), (2, "max"))
    )
    low, high = (None if bound is not None and abs(bound) > 3.4e38 else bound for bound in (low, high))
    if low is not None and high is not None and low > high:
        low = high  # which is applied last
    if (low, high) == (0, 6):
        return call.layer("relu6", {}, [held])
    return call.layer("clip", {"min_value": low, "max_value": high}, [held])


def cast(call: Call) -> Held:
    """Cast: no layer where the numbers stay what they are."""
    held = call.tensor(0)
    dtype = TYPES.get(call.attribute("to", 0), "") if call.operation == "Cast" else call.value(1).dtype
    if dtype in ("", "string") or held.dtype == "string":
        raise FieldError("it makes text of numbers, or numbers of text")
    exact = held.dtype == "bool" or ("int" in held.dtype and "int" not in dtype) or _widens(held.dtype, dtype)
    if dtype != "bool" and exact:
        return Held(held.name, held.shape, held.batch, dtype, held.root, held.axes)
    return call.layer("cast", {"dtype": dtype}, [held], dtype=dtype)


_WIDTHS = {"bfloat16": 1, "float16": 1, "float32": 2, "float64": 3, "int8": 1, "int16": 2, "int32": 3, "int64": 4}


def _widens(one: str, other: str) -> bool:
    """Whether every number of the one type is one of the other."""
    if one == other:
        return True
    same = one.strip("0123456789") == other.strip("0123456789")
    wide = _WIDTHS.get(other, 0)
    return (same and 0 < _WIDTHS.get(one, 9) < wide) or (one, other) in (("int64", "int32"), ("float64", "float32"))
