"""Definitions under `blocks:`, and their layers with `$name` replaced by values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import suggestion
from dataflow_cli.spec import nodes
from dataflow_cli.spec.access import mapping, read_keys
from dataflow_cli.spec.keys import BLOCK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.spec.report import Report


def read_blocks(node: nodes.Node | None, report: Report) -> dict[str, nodes.Mapping]:
    """The sound definitions under `blocks:` by name."""
    definitions = mapping(node, "blocks", report, "write `blocks: {name: {params: ..., layers: [...]}}`")
    found = {}
    for name, body in definitions.values.items() if definitions else ():
        block = mapping(body, f"block '{name}'", report, "write `params:` and `layers:` under it")
        if block is None:
            continue
        read_keys(block, BLOCK, report)
        if not isinstance(block.values.get("layers"), nodes.Sequence):
            report.add("E110", block.place, f"block '{name}' has no list of layers", "write `layers:` under it")
        found[name] = block
    return found


def filled_layers(use: str, body: nodes.Mapping, item: nodes.Mapping, report: Report) -> nodes.Sequence | None:
    """The layers of block `use` with `$name` replaced by the values of the item's `with`, or the defaults."""
    defaults = mapping(body.values.get("params"), "params", report, "write `params: {filters: 16}`")
    given = mapping(item.values.get("with"), "with", report, "write `with: {filters: 32}`")
    values = dict(defaults.values) if defaults else {}
    if given is not None:
        for name in given.values.keys() - values.keys():
            hint = suggestion(name, values) or f"it has {', '.join(values) or 'none'}"
            report.add("E141", given.keys[name].place, f"block '{use}' has no parameter '{name}'", hint)
        values |= given.values
    layers = body.values.get("layers")
    filled = _substituted(layers, values, report) if layers else None
    return filled if isinstance(filled, nodes.Sequence) else None


def _substituted(node: nodes.Node, values: Mapping[str, nodes.Node], report: Report) -> nodes.Node:
    """`node` with every scalar `$name` in it replaced."""
    if isinstance(node, nodes.Sequence):
        return nodes.Sequence(node.place, tuple(_substituted(item, values, report) for item in node.items))
    if isinstance(node, nodes.Mapping):
        filled = {key: _substituted(value, values, report) for key, value in node.values.items()}
        return nodes.Mapping(node.place, node.keys, filled)
    if not isinstance(node, nodes.Scalar) or not node.text.startswith("$") or node.quoted:
        return node
    name = node.text[1:]
    if name in values:
        return values[name]
    hint = suggestion(name, values) or "declare it under the block's `params:`"
    report.add("E141", node.place, f"parameter '${name}' is not declared", hint)
    return node
