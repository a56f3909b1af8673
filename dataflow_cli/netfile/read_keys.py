"""Reading keys out of mapping nodes, noting every problem at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile import nodes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.layers.fields import FieldType
    from dataflow_cli.netfile.keys import Key
    from dataflow_cli.netfile.report import Report

MISSING: Any = object()
"""What `read_value` gives for a value that was refused."""


def read_value(node: nodes.Node, kind: FieldType, report: Report, code: str = "E112", key: str = "") -> Any:
    """The typed value of a node, or MISSING with the problem noted at the part at fault."""
    try:
        return kind.read(node.plain)
    except FieldError as error:
        place = nodes.descend(node, error.path).place
        if not report.knows(place):
            from dataflow_cli.netfile.dialects.values import value_hint

            hint = value_hint(key, node.plain) or error.hint
            report.add(code, place, f"{key}: {error.message}" if key else error.message, hint)
        return MISSING


_KNOWN_OF = {
    "data_format": "write `data_format: channels_first` at the top level, beside `input`",
    "share": "write it under a layer's `weights`, or beside `use` of a block",
}
"""Keys that stand in another mapping, or that dftrace lacks."""


def read_keys(node: nodes.Mapping, keys: Mapping[str, Key], report: Report) -> dict[str, Any]:
    """The typed values of all keys with a type; unknown keys and refused values are noted and left out."""
    found = {}
    for name, value in node.values.items():
        key = keys.get(name)
        if key is None:
            hint = (
                _KNOWN_OF.get(name)
                or _place_of(name, keys)
                or report.suggestion(name, keys)
                or f"known: {', '.join(keys)}"
            )
            report.add("E111", node.keys[name].place, f"unknown key {shown(name)}", hint)
        if key is None or key.kind is None:
            continue
        typed = read_value(value, key.kind, report, key=name)
        if typed is not MISSING:
            found[name] = typed
    return found


def _place_of(name: str, keys: Mapping[str, Key]) -> str | None:
    """What to write where a key stands at the top level and belongs one step deeper, or the other way round."""
    from dataflow_cli.netfile.keys import INPUT, TOP, WEIGHTS

    if keys is TOP and name in INPUT:
        return f"write it under `input`, beside `shape`: `input: {{shape: [...], {name}: ...}}`"
    if keys is TOP and name in WEIGHTS:
        return f"write it under `weights`: `weights: {{{name}: ...}}`"
    if (keys is INPUT or keys is WEIGHTS) and name in TOP:
        return f"write `{name}` at the top level"
    return None


def mapping(node: nodes.Node | None, what: str, report: Report, hint: str = "") -> nodes.Mapping | None:
    """`node` if it is a mapping; else the problem is noted."""
    if isinstance(node, nodes.Mapping):
        return node
    if node is not None:
        report.add("E106", node.place, f"{what} must be a mapping, found {shown(node.plain)}", hint)
    return None


def sequence(node: nodes.Node | None, what: str, report: Report, hint: str = "") -> nodes.Sequence | None:
    """`node` if it is a list; else the problem is noted."""
    if isinstance(node, nodes.Sequence):
        return node
    if node is not None:
        report.add("E106", node.place, f"{what} must be a list, found {shown(node.plain)}", hint)
    return None
