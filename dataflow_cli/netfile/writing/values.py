"""The other way round for one value: from what a field holds to the shortest form that is read as the same.

No type of field says how it is written. Forms are tried from the shortest on, and the field's own `read` decides: `3`
for (3, 3) where one number stands for all axes, `[3, 3]` where it does not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.layers.base import ActivationFunction, Layer
from dataflow_cli.layers.scalars import read_number
from dataflow_cli.netfile import nodes
from dataflow_cli.netfile.model import Ratio
from dataflow_cli.netfile.writing.scalars import Verbatim, scalar
from dataflow_cli.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.layers.fields import FieldType


def written_value(kind: FieldType, value: Any) -> Any:
    """The value as plain data for the file. Raises FieldError if nothing that a file can hold is read as it."""
    for form in _forms(value):
        try:
            if kind.read(form) == value:
                return form
        except FieldError:
            continue
    raise FieldError(f"expected {kind.describe()}, found what no network file can say: {value}")


def written_layer(layer: Layer, data_format: str, framework: str = "keras") -> tuple[dict[str, Any], frozenset[str]]:
    """Every field of a layer as plain data, and which of them need not be written in a file of these conventions.

    Raises FieldError. What stands for the default is not always something that can be written: it is left out then.
    """
    fields, defaults = {}, set()
    theirs = type(layer).torch_defaults if framework == "torch" else {}
    for name, option in type(layer).options().items():
        value = getattr(layer, name)
        if name == "data_format":
            is_default = value == data_format
        else:
            is_default = not option.required and value == theirs.get(name, getattr(type(layer), name))
        if is_default:
            defaults.add(name)
        try:
            if option.holds_layer and value is not None:
                fields[name] = _written_within(value, data_format, framework)
            else:
                fields[name] = _written_field(option.kind, value, framework)
        except FieldError as error:
            if not is_default:
                raise FieldError(f"{name}: {error.message}", hint=error.hint) from None
    return dict(sorted(fields.items(), key=lambda field: _rank(layer, field[0]))), frozenset(defaults)


def _written_within(layer: Layer, data_format: str, framework: str) -> Any:
    """A layer in a field of another one: its type alone, or with the fields that have to be written."""
    fields, defaults = written_layer(layer, data_format, framework)
    needed = {name: value for name, value in fields.items() if name not in defaults}
    return {"type": layer.type, **needed} if needed else layer.type


def _written_field(kind: FieldType, value: Any, framework: str) -> Any:
    """A field's value; the name of a function stands for one with the framework's defaults."""
    if framework == "torch" and isinstance(value, ActivationFunction):
        from dataflow_cli.layers.torch_defaults import in_torch

        if in_torch(kind.read(value.type)) == value:
            return value.type
    return written_value(kind, value)


def written_node(node: nodes.Node) -> Any:
    """What stood in a file, as it stood there: numbers keep their digits."""
    if isinstance(node, nodes.Sequence):
        return [written_node(item) for item in node.items]
    if isinstance(node, nodes.Mapping):
        return {name: written_node(value) for name, value in node.values.items()}
    plain = node.plain
    is_number = isinstance(node, nodes.Scalar) and not node.quoted and read_number(plain) is not None
    return Verbatim(plain) if is_number else plain


def _forms(value: Any) -> Iterator[Any]:
    """What may be read as the value, the shortest first."""
    if isinstance(value, Unknown):
        yield None
    elif isinstance(value, Ratio):
        yield Verbatim(f"{value.numerator}/{value.denominator}")
    elif isinstance(value, Layer):
        yield value.type
        fields, defaults = written_layer(value, "channels_last")
        yield {"type": value.type, **{name: one for name, one in fields.items() if name not in defaults}}
    elif isinstance(value, tuple):
        if value and all(item == value[0] for item in value):
            yield from _forms(value[0])
        short = [next(_forms(item)) for item in value]
        if not any(isinstance(form, list) for form in short):
            yield short
        yield [_whole(item) for item in value]
    else:
        yield from _reciprocal(value) if isinstance(value, float) else ()
        yield value


def _whole(value: Any) -> Any:
    """The longest form."""
    return [_whole(item) for item in value] if isinstance(value, tuple) else value


def _reciprocal(value: float) -> Iterator[Verbatim]:
    """`1/127.5`, if that is shorter than the digits of the quotient."""
    if value and math.isfinite(1 / value):
        text = f"1/{scalar(float(f'{1 / value:.9g}'))}"
        if len(text) < len(scalar(value)) - 2:
            yield Verbatim(text)


def _rank(layer: Layer, name: str) -> int:
    """As people order fields: how many and how large come first, what is done to the result last."""
    if name == "activation":
        return 3
    if not type(layer).options()[name].required:
        return 2
    return 1 if isinstance(getattr(layer, name), tuple) else 0
