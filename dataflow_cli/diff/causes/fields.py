"""Changes of one field: every other word or truth value that it takes, and numbers that frameworks differ by."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from dataflow_cli.diff.causes.change import Change
from dataflow_cli.errors import DftraceError
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.layers.base import Layer, Parameter
    from dataflow_cli.layers.fields import Option
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array, Parameters

EPSILONS = (1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-12, 0.0)
SLOPES = (0.01, 0.1, 0.2, 0.25, 0.3, 1.0)
NUMBERS: dict[str, tuple[float, ...]] = {
    "epsilon": EPSILONS,
    "negative_slope": (0.0, *SLOPES),
    "alpha": (*SLOPES, 0.0, 1 / 6, 1.6732632423543772),
    "beta": (0.5, 1.0),
    "max_value": (1.0, 6.0),
    "rotary_base": (1e4, 5e5, 1e6),
}
"""What a number by this name is elsewhere."""
STEPS = ("strides", "dilation_rate")
"""Numbers an axis that are taken by one more or less."""
MOST_STEP = 4
MOST_COUNT = 16
"""Whole numbers up to which are tried."""
NOTHING = ("null", "none", "~")
NOT_TRIED = ("data_format", "name", "dropout", "recurrent_dropout")
"""What changes the meaning of all axes is no slip of one layer; what training alone does changes nothing."""


def changes(node: Node, parameters: Parameters) -> Iterator[Change]:
    """The layer with one field otherwise."""
    for name, option in _tried(node.layer):
        ours = getattr(node.layer, name)
        for other in _others(name, ours, option.kind.schema(), node):
            found = with_field(node, parameters, name, other)
            if found is not None:
                yield found
    for name, option in _tried(node.layer):
        if option.holds_layer and getattr(node.layer, name) is not None:
            yield from _within(node, parameters, name)


def _within(node: Node, parameters: Parameters, holds: str) -> Iterator[Change]:
    """A wrapper with one field of the layer in it otherwise."""
    inner = getattr(node.layer, holds)
    for name, option in _tried(inner):
        for other in _others(name, getattr(inner, name), option.kind.schema(), replace(node, layer=inner)):
            try:
                changed = replace(inner, **{name: option.kind.read(other)})
            except DftraceError:
                continue  # the field does not take it
            found = with_value(node, parameters, holds, changed)
            if found is not None:
                value = getattr(changed, name)
                said, advice = _said(name, getattr(inner, name), value)
                group, written = f"{holds}.{name}", f"`{name}: {_written(value)}`"
                yield replace(found, found=said, advice=f"{advice} in its `{holds}`", group=group, value=written)


def _tried(layer: Layer) -> Iterator[tuple[str, Option]]:
    """The fields that a slip may be in."""
    return ((name, option) for name, option in type(layer).options().items() if name not in NOT_TRIED)


def number_fields(layer: Layer) -> Iterator[str]:
    """Fields that are any number, as `epsilon`."""
    for name, option in _tried(layer):
        if "definitions/number" in str(option.kind.schema()) and isinstance(getattr(layer, name), float | int):
            yield name


def with_field(node: Node, parameters: Parameters, name: str, other: Any) -> Change | None:
    """The layer with one field otherwise; None if it does not take that, or has it."""
    layer = node.layer
    try:
        value = type(layer).options()[name].kind.read(other)
    except DftraceError:
        return None  # the field does not take it
    return with_value(node, parameters, name, value)


def with_value(node: Node, parameters: Parameters, name: str, value: Any) -> Change | None:
    """The same for a value as layers have it."""
    layer = node.layer
    try:
        changed = replace(layer, **{name: value})
        wanted = changed.parameters(node.input_shapes)
    except DftraceError:
        return None  # the layer does not take it here
    if changed == layer:
        return None
    return Change(
        node,
        changed,
        {key: _reshaped(array, wanted.get(key)) for key, array in parameters.items()},
        *_said(name, getattr(layer, name), value),
        group=name,
        value=f"`{name}: {_written(value)}`",
    )


def _reshaped(array: Array, wanted: Parameter | None) -> Array:
    """A bias in two parts as their sum, or the other way round, as `reset_after` has it."""
    if wanted is None or wanted.shape == array.shape:
        return array
    if wanted.shape == (2, *array.shape):
        return np.stack([array, np.zeros_like(array)])
    return array.sum(0) if (2, *wanted.shape) == array.shape else array


def _others(name: str, ours: Any, schema: dict[str, Any], node: Node) -> Iterator[Any]:
    """Other values of a field."""
    if name == "activation" or name.endswith("_activation"):
        yield from _activations(ours, schema)
    elif name == "padding" and node.layer.window_size:
        yield from _paddings(node, ours)
    elif isinstance(ours, bool):
        yield not ours
    elif name in STEPS and isinstance(ours, tuple | None):
        if None in _enumerated(schema):
            yield None
        yield from product(range(1, MOST_STEP + 1), repeat=len(node.layer.window_size))
    elif name == "axis" and isinstance(ours, int):
        yield from range(1, len(node.output_shape) + 1)
    else:
        if None in _enumerated(schema):
            yield None
        yield from _words(schema)
        if "definitions/number" in str(schema):
            yield from NUMBERS.get(name, ())
        elif "definitions/integer" in str(schema) and isinstance(ours, int | None):
            yield from range(1, MOST_COUNT + 1)


def _enumerated(schema: dict[str, Any]) -> list[Any]:
    return [*schema.get("enum", ()), *(word for part in schema.get("anyOf", ()) for word in _enumerated(part))]


def _words(schema: dict[str, Any]) -> Iterator[str]:
    return (word for word in _enumerated(schema) if isinstance(word, str) and word not in NOTHING)


def _activations(ours: Layer | None, schema: dict[str, Any]) -> Iterator[str | None]:
    if ours is not None:
        yield None
    yield from _words(schema)


def _paddings(node: Node, ours: Any) -> Iterator[Any]:
    """Words, and every way to share what is added between the sides of each axis."""
    yield from (word for word in ("valid", "same") if word != ours)
    most = [min(length - 1, 8) for length in node.layer.window_size]
    seen = {str(ours)}
    for sides in _shared(most):
        if str(sides) not in seen:
            seen.add(str(sides))
            yield [list(pair) for pair in sides]


def _shared(most: list[int]) -> Iterator[tuple[tuple[int, int], ...]]:
    """The same number of elements on every axis as far as windows go, before and after."""
    highest = max(most, default=0)
    for before, after in sorted(product(range(highest + 1), repeat=2), key=lambda pair: (abs(pair[0] - pair[1]), pair)):
        yield tuple((min(before, each), min(after, each)) for each in most)


def _said(name: str, ours: Any, other: Any) -> tuple[str, str]:
    written, here = _written(other), _written(ours)
    if name == "activation" and other is None:
        return f"the {here} is not applied: {{side}} has it behind its sums", "take the tensor behind the activation"
    return f"{{side}} has `{name}: {written}`; it has {here}", f"Write `{name}: {written}`"


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if hasattr(value, "type"):
        return str(value.type)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_written, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
