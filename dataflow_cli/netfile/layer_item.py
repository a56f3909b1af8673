"""One entry under `layers:` -> a layer: its type found, its fields read, foreign words answered with ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError, LayerError, suggestion
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile import nodes
from dataflow_cli.netfile.keys import LAYER
from dataflow_cli.netfile.read_keys import MISSING, read_value
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.fields import Option
    from dataflow_cli.netfile.model import DataFormat, Framework
    from dataflow_cli.netfile.report import Report


@dataclass(frozen=True)
class Conventions:
    """What a file says once and all its layers take over."""

    data_format: DataFormat
    framework: Framework


def note_unknown_type(kind: nodes.Scalar, item: nodes.Mapping, report: Report) -> None:
    """A type that is another framework's, or nobody's."""
    from dataflow_cli.netfile.dialects.types import our_type, translation, unknown

    if report.knows(kind.place):
        return
    if our_type(kind.text):
        hint = translation(kind.text, item.values)
        report.add("E121", kind.place, f"{shown(kind.text)} is another framework's name", hint)
    else:
        message, hint = unknown(kind.text, report.suggestion)
        report.add("E120", kind.place, message, hint)


def note_missing_type(item: nodes.Mapping, report: Report) -> None:
    """A mapping without `type`: most often `- conv2d:` with its fields a level off."""
    from dataflow_cli.netfile.dialects.types import our_type

    word = next((key for key in item.keys if key in KINDS or our_type(key)), None)
    if word is None or "type" in item.values:
        place = item.values["type"].place if "type" in item.values else item.place
        report.add("E124", place, "a layer without a type", "write `- {type: dense, units: 10}`")
        return
    inner = item.values[word]
    fields = dict(inner.values) if isinstance(inner, nodes.Mapping) else {}
    fields |= {key: value for key, value in item.values.items() if key != word}
    kind = word if word in KINDS else our_type(word)
    line = ", ".join([f"type: {kind}", *(f"{key}: {_short(value)}" for key, value in fields.items())])
    message = f"'{word}' is a key here, and should be the layer's type"
    report.add("E127", item.keys[word].place, message, f"write `- {{{line}}}`")


def written_alike(item: nodes.Mapping, kind: str) -> Hashable:
    """What two entries have in common that make the same layer, whatever they are called and take."""
    return kind, *[(name, repr(node.plain)) for name, node in item.values.items() if name not in LAYER]


def read_layer(item: nodes.Mapping, kind: type[Layer], conventions: Conventions, report: Report) -> Layer | None:
    """The layer with its fields; None, with every problem noted, if any is unsound."""
    options = kind.options()
    values = _read_fields(item, options, conventions, report)
    unknown = [name for name in item.values if name not in options and name not in LAYER]
    meant = {_note_unknown_field(item.keys[name], kind, options, item, report) for name in unknown}
    missing = [name for name, option in options.items() if option.required and name not in item.values]
    for name in missing:
        if name not in meant:
            hint = f"{options[name].kind.describe()}: {options[name].doc}"
            report.add("E124", item.values["type"].place, f"{kind.type} needs `{name}`", hint)
    if unknown or missing or MISSING in values.values():
        return None
    if "data_format" in options:
        values.setdefault("data_format", conventions.data_format)
    if conventions.framework == "torch":
        from dataflow_cli.layers.torch_defaults import with_torch_defaults

        values = with_torch_defaults(kind, values)
    return _made(item, kind, values, report)


def _read_fields(
    item: nodes.Mapping, options: dict[str, Option], conventions: Conventions, report: Report
) -> dict[str, Any]:
    """The typed value of every field that the kind has; MISSING for one that was refused."""
    return {
        name: _read_wrapped(node, options[name], conventions, report)
        if options[name].holds_layer and (node.plain is not None or options[name].required)
        else read_value(node, options[name].kind, report, "E125", name)
        for name, node in item.values.items()
        if name in options
    }


def _read_wrapped(node: nodes.Node, option: Option, conventions: Conventions, report: Report) -> Any:
    """The layer in a field of another one: read as an entry of its own, with all that is wrong in its place."""
    from dataflow_cli.layers.bases.wrapped import OUTSIDE

    if isinstance(node, nodes.Scalar):
        node = nodes.Mapping(node.where, {"type": node}, {"type": node})
    if not isinstance(node, nodes.Mapping):
        return read_value(node, option.kind, report, "E125", option.name)
    kind, before = node.values.get("type"), len(report.problems)
    for name in OUTSIDE:
        if name in node.values:
            report.add(
                "E122", node.keys[name].place, f"a layer in another one has no {name}", "write it at the wrapper"
            )
    if not isinstance(kind, nodes.Scalar):
        note_missing_type(node, report)
    elif kind.text not in KINDS:
        note_unknown_type(kind, node, report)
    elif len(report.problems) == before:
        layer = read_layer(node, KINDS[kind.text], conventions, report)
        if layer is not None:
            return _checked(layer, option, kind, report)
    return MISSING


def _checked(layer: Layer, option: Option, kind: nodes.Scalar, report: Report) -> Any:
    try:
        return option.kind.read(layer)
    except FieldError as error:
        report.add("E125", kind.place, f"{option.name}: {error.message}", error.hint)
        return MISSING


def _note_unknown_field(
    key: nodes.Scalar, kind: type[Layer], options: dict[str, Option], item: nodes.Mapping, report: Report
) -> str:
    """A field that the kind does not have. Returns the field that was meant, if that is known."""
    from dataflow_cli.netfile.dialects.fields import field_hint

    ours, hint = field_hint(key.text, kind.type, options, item.values, report.suggestion)
    if ours is None:
        report.add("E122", key.place, f"{kind.type} has no field {shown(key.text)}", hint)
        return next((name for name in options if hint == suggestion(key.text, [name])), "")
    name = shown(key.text)
    report.add(
        "E123", key.place, f"{name} is another framework's name" if ours else f"{kind.type} needs no {name}", hint
    )
    return ours


def _made(item: nodes.Mapping, kind: type[Layer], values: dict[str, Any], report: Report) -> Layer | None:
    """The layer; None if its fields contradict each other."""
    try:
        return kind(**values)
    except LayerError as error:
        place = item.values[error.field].place if error.field in item.values else item.place
        code = "E126" if error.code == LayerError.default_code else error.code
        report.add(code, place, error.message, error.hint)
        return None


def _short(node: nodes.Node) -> str:
    """A value as it would be written on one line."""
    if isinstance(node, nodes.Scalar):
        return node.text
    if isinstance(node, nodes.Sequence):
        return "[" + ", ".join(_short(item) for item in node.items[:8]) + "]"
    return "{...}"
