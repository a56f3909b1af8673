"""Operations that stand in a model beside its layers, `x * 2` or keras.ops.mean(x, axis=1), as kinds of ours.

An operation is called with tensors and constants; what is not written among the arguments stands in its config.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.importers.keras.inbound import tensors_in
from dataflow_cli.importers.keras.operands import plain
from dataflow_cli.layers import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Layer = Mapping[str, Any]
    Step = tuple[str, dict[str, Any]]

MODULE = ".ops."
_SAME = (
    "Relu Relu6 Sigmoid Tanh Softplus Softsign Silu Elu Selu Celu Mish Gelu Glu Squareplus Threshold Softmax Exp "
    "Log Sqrt Square Abs Negative Reciprocal Sin Cos Tan Arcsin Arccos Arctan Sinh Cosh Arcsinh Arccosh Arctanh "
    "Floor Ceil Sign Erf Squeeze Concatenate Stack Matmul Where Argmax Argmin Add Subtract Multiply Divide Mod "
    "Power Maximum Minimum Greater Less Equal"
)
_OTHERS = (
    "Absolute:abs LogSoftmax:log_softmax LeakyRelu:leaky_relu HardSigmoid:hard_sigmoid HardSilu:hard_silu "
    "HardTanh:hard_tanh HardShrink:hard_shrink SoftShrink:soft_shrink TanhShrink:tanh_shrink LogSigmoid:log_sigmoid "
    "SparsePlus:sparse_plus Mean:reduce_mean Sum:reduce_sum Max:reduce_max Min:reduce_min Prod:reduce_product "
    "ExpandDims:expand_dims TakeAlongAxis:take_along_axis TrueDivide:divide GreaterEqual:greater_equal "
    "LessEqual:less_equal NotEqual:not_equal"
)
_PLAIN = {name: name.lower() for name in _SAME.split()}
_PLAIN |= dict(pair.split(":") for pair in _OTHERS.split())
"""Those whose fields are ours by name, if they are called with nothing but tensors."""
_RENAMED = {"value": "default_value"}
_NEEDLESS = frozenset(("name", "dtype", "initial", "trainable", "seed"))
_POWERS = {2: "square", 0.5: "sqrt", -1: "reciprocal", 1: "linear"}
_SILENT = frozenset(("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Discretization", "IntegerLookup"))
"""Layers that do not say whether they are trained."""


def is_operation(layer: Layer) -> bool:
    """Whether it is an operation, and no layer. Where no module is said, layers say whether they are trained."""
    if str(layer.get("class_name")) in _SILENT:
        return False
    if layer.get("module") is not None:
        return MODULE in str(layer["module"])
    config, nodes = layer.get("config"), layer.get("inbound_nodes")
    called = isinstance(nodes, list) and bool(nodes) and all(isinstance(one, dict) and "args" in one for one in nodes)
    return called and isinstance(config, dict) and not {"trainable", "layers"} & config.keys()


def steps_of(layer: Layer, arguments: Any) -> list[Step]:
    """The kinds that an operation is, one behind the other, and their fields. Raises FieldError for what none says."""
    name = str(layer.get("class_name"))
    config = layer.get("config")
    fields = {key: one for key, one in config.items() if key not in _NEEDLESS} if isinstance(config, dict) else {}
    given = arguments if isinstance(arguments, list) else []
    if name in _MADE:
        return _MADE[name](fields, given)
    if name not in _PLAIN:
        raise FieldError(f"dftrace reads no operation {name[:60]} of keras.ops")
    places = [number for number, one in enumerate(given) if one is not None and not any(tensors_in(one))]
    if places:
        return _with_constant(name, given, places[0])
    return [(_PLAIN[name], {_RENAMED.get(key, key): one for key, one in fields.items()})]


def merging(layer: Layer) -> str:
    """The kind of an operation that merges tensors number by number, so that a constant can be one of them; nothing for
    any other.
    """
    name = str(layer.get("class_name"))
    kind = _PLAIN.get(name, "")
    return kind if kind and KINDS[kind].element_by_element else ""


def _with_constant(name: str, given: list[Any], place: int) -> list[Step]:
    """Of two arguments one is no tensor."""
    number = _number(given[place])
    first, steps = place == 0, None
    if len(given) == 2 and isinstance(number, list):
        steps = _by_channel(name, number, first=first)
    elif len(given) == 2:
        steps = _by_number(name, number, first=first)
    if steps is None:
        raise FieldError(f"it takes a constant beside tensors, which dftrace has no layer for in {name[:60]}")
    return steps


def _by_number(name: str, number: float, *, first: bool) -> list[Step] | None:
    """What an operation with one number is; nothing if no kind says it."""
    if name == "Power" and not first and number in _POWERS:
        return [(_POWERS[number], {})]
    if name in ("Maximum", "Minimum"):
        return [("clip", {"min_value" if name == "Maximum" else "max_value": number})]
    if name in ("TrueDivide", "Divide"):
        if first:
            return [("reciprocal", {}), ("rescaling", {"scale": number})]
        return [("rescaling", {"scale": 1 / number})] if number else None
    return _by_channel(name, [number], first=first)


def _by_channel(name: str, numbers: list[Any], *, first: bool) -> list[Step] | None:
    """A sum, difference or product with one number, or with one for each channel."""
    if name == "Multiply":
        return [("rescaling", {"scale": numbers})]
    if name == "Add":
        return [("rescaling", {"scale": [1], "offset": numbers})]
    if name == "Subtract":
        offset = numbers if first else [-one for one in numbers]
        return [("rescaling", {"scale": [-1 if first else 1], "offset": offset})]
    return None


def _number(value: Any) -> Any:
    """A number, or a list of them. Raises FieldError for anything else, such as a tensor of several axes."""
    value = plain(value)
    one = isinstance(value, int | float) and not isinstance(value, bool)
    if not one and not (isinstance(value, list) and value and all(isinstance(each, int | float) for each in value)):
        raise FieldError("it takes something that is no tensor and no number, which dftrace has no layer for")
    return value


# Operations that are written otherwise


def _clip(fields: dict[str, Any], _given: list[Any]) -> list[Step]:
    return [("clip", {"min_value": fields.get("x_min"), "max_value": fields.get("x_max")})]


def _reshape(fields: dict[str, Any], _given: list[Any]) -> list[Step]:
    return [("reshape", {"target_shape": _behind_samples(fields.get("newshape"), (-1, None))})]


def _transpose(fields: dict[str, Any], _given: list[Any]) -> list[Step]:
    return [("permute", {"dims": _behind_samples(fields.get("axes"), (0,))})]


def _tile(fields: dict[str, Any], _given: list[Any]) -> list[Step]:
    return [("tile", {"repeats": _behind_samples(fields.get("repeats"), (1,))})]


def _behind_samples(values: Any, samples: tuple[Any, ...]) -> list[Any]:
    """A list without what it says of the samples, which has to stay as it is."""
    if not isinstance(values, list) or len(values) < 2 or values[0] not in samples:
        raise FieldError("it moves or changes the axis of the samples")
    return values[1:]


def _norm(fields: dict[str, Any], _given: list[Any]) -> list[Step]:
    if fields.pop("ord", None) not in (None, 2) or isinstance(fields.get("axis"), list):
        raise FieldError("it is a norm that dftrace has no layer for")
    return [("reduce_norm", fields)]


def _take(fields: dict[str, Any], given: list[Any]) -> list[Step]:
    places = given[1] if len(given) > 1 else None
    if any(tensors_in(places)):
        return [("gather", fields)]
    return [("gather", {**fields, "indices": _number(places)})]


def _get_item(_fields: dict[str, Any], given: list[Any]) -> list[Step]:
    """`x[:, 1:3, 0]`: a part of every axis, and axes of one place are gone."""
    rank = len(((given[0] or {}).get("config") or {}).get("shape") or ()) if isinstance(given[0], dict) else 0
    keys = given[1] if len(given) > 1 and isinstance(given[1], list) else given[1:]
    keys = [_slice(key) for key in keys]
    if Ellipsis in keys:
        place = keys.index(Ellipsis)
        keys = [*keys[:place], *[(None, None, None)] * (rank - len(keys) + 1), *keys[place + 1 :]]
    if not keys or keys[0] != (None, None, None) or len(keys) > rank:
        raise FieldError("it takes some samples alone, or places that are no slices")
    parts = [(one, one + 1 or None, None) if isinstance(one, int) else one for one in keys[1:]]
    gone = [axis for axis, one in enumerate(keys) if isinstance(one, int)]
    parts += [(None, None, None)] * (rank - 1 - len(parts))
    starts, ends, strides = map(list, zip(*parts, strict=True))
    steps: list[Step] = [("slice", {"starts": starts, "ends": ends, "steps": strides})]
    return [*steps, ("squeeze", {"axis": gone})] if gone else steps


def _slice(key: Any) -> Any:
    """A place, a part (start, end, step), or the ellipsis."""
    name = key.get("class_name") if isinstance(key, dict) else ""
    if name == "__ellipsis__":
        return Ellipsis
    if name == "__slice__":
        config = key.get("config") or {}
        found = tuple(config.get(word) for word in ("start", "stop", "step"))
        if all(one is None or isinstance(one, int) for one in found):
            return found
    if isinstance(key, int) and not isinstance(key, bool):
        return key
    raise FieldError("it takes places that are no slices")


_MADE: dict[str, Callable[[dict[str, Any], list[Any]], list[Step]]] = {
    "Clip": _clip,
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Tile": _tile,
    "Norm": _norm,
    "Take": _take,
    "GetItem": _get_item,
}
