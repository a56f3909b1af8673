"""Changes of one field: every other word or truth value that it takes, and numbers that frameworks differ by."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from dataflow_cli.diff.causes.change import Change
from dataflow_cli.errors import DftraceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Parameters

EPSILONS = (1e-3, 1e-5, 1e-6, 1e-7, 1e-8, 1e-12, 0.0)
SLOPES = (0.01, 0.1, 0.2, 0.25, 0.3, 1.0)
NUMBERS: dict[str, tuple[float, ...]] = {
    "epsilon": EPSILONS,
    "negative_slope": SLOPES,
    "alpha": (*SLOPES, 0.0, 1 / 6, 1.6732632423543772),
    "beta": (0.5, 1.0),
}
"""What a number by this name is elsewhere."""
STEPS = ("strides", "dilation_rate")
"""Numbers an axis that are taken by one more or less."""
MOST_STEP = 4
NOTHING = ("null", "none", "~")
NOT_TRIED = ("data_format", "name")
"""What changes the meaning of all axes is no slip of one layer."""


def changes(node: Node, parameters: Parameters) -> Iterator[Change]:
    """The layer with one field otherwise."""
    layer = node.layer
    for name, option in type(layer).options().items():
        if name in NOT_TRIED:
            continue
        ours = getattr(layer, name)
        for other in _others(name, ours, option.kind.schema(), node):
            changed = _with(layer, name, other)
            if changed is not None and changed != layer:
                yield Change(node, changed, parameters, *_said(name, ours, other))


def _with(layer: Layer, name: str, value: Any) -> Layer | None:
    try:
        return replace(layer, **{name: type(layer).options()[name].kind.read(value)})
    except DftraceError:
        return None  # the field does not take it here


def _others(name: str, ours: Any, schema: dict[str, Any], node: Node) -> Iterator[Any]:
    """Other values of a field."""
    if name == "activation":
        yield from _activations(ours, schema)
    elif name == "padding":
        yield from _paddings(node, ours)
    elif isinstance(ours, bool):
        yield not ours
    elif name in NUMBERS and isinstance(ours, float | int):
        yield from (number for number in NUMBERS[name] if number != ours)
    elif name in STEPS and isinstance(ours, tuple):
        yield from (step for step in product(range(1, MOST_STEP + 1), repeat=len(ours)) if step != ours)
    elif name == "axis" and isinstance(ours, int):
        yield from (axis for axis in range(1, len(node.output_shape) + 1) if axis != ours)
    else:
        yield from (word for word in _words(schema) if word != ours)


def _words(schema: dict[str, Any]) -> Iterator[str]:
    for part in (schema, *schema.get("anyOf", ())):
        yield from (word for word in part.get("enum", ()) if isinstance(word, str))


def _activations(ours: Layer | None, schema: dict[str, Any]) -> Iterator[str | None]:
    if ours is not None:
        yield None
    yield from (word for word in _words(schema) if word not in NOTHING)


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
