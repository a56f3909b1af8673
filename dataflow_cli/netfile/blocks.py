"""Definitions under `blocks:`, and the layers of a block that is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile import nodes
from dataflow_cli.netfile.keys import BLOCK, Name
from dataflow_cli.netfile.limits import MAX_DEPTH
from dataflow_cli.netfile.read_keys import mapping, read_keys, read_value
from dataflow_cli.netfile.substitution import names_in, substituted

if TYPE_CHECKING:
    from dataflow_cli.netfile.report import Report


def read_blocks(node: nodes.Node, report: Report) -> dict[str, nodes.Mapping]:
    """The definitions under `blocks:` by name, with everything noted that is wrong before they are used."""
    definitions = mapping(node, "blocks", report, "write `blocks: {name: {params: ..., layers: [...]}}`")
    found = {}
    for name, body in definitions.values.items() if definitions else ():
        block = mapping(body, f"block {shown(name)}", report, "write `params:` and `layers:` under it")
        if block is None or definitions is None:
            continue
        read_value(definitions.keys[name], Name(), report, "E131")
        read_keys(block, BLOCK, report)
        _check_body(name, block, report)
        found[name] = block
    return found


def _check_body(name: str, block: nodes.Mapping, report: Report) -> None:
    """A block has layers, and they use all of its parameters."""
    layers = block.values.get("layers")
    if not isinstance(layers, nodes.Sequence):
        place = block.place if layers is None else layers.place
        report.add("E110", place, f"block {shown(name)} has no list of layers", "write `layers:` under it")
        return
    if not layers.items:
        report.add("E112", layers.place, f"block {shown(name)} has no layers", "write one `- {type: ...}` a line")
    parameters = mapping(block.values.get("params"), "params", report, "write `params: {filters: 16}`")
    used = set(names_in(layers))
    for key, scalar in parameters.keys.items() if parameters else ():
        if key not in used:
            message = f"parameter {shown(key)} of block {shown(name)} is never used"
            report.add("E141", scalar.place, message, f"write `${key}` where its value belongs, or leave it out")


def filled_layers(use: str, body: nodes.Mapping, item: nodes.Mapping, report: Report) -> nodes.Sequence | None:
    """The layers of block `use` with `$name` replaced by the values of the item's `with`, or the defaults."""
    defaults = body.values.get("params")
    given = mapping(item.values.get("with"), "with", report, "write `with: {filters: 32}`")
    values = dict(defaults.values) if isinstance(defaults, nodes.Mapping) else {}
    for name, value in given.values.items() if given else ():
        if given is not None and name not in values:
            hint = report.suggestion(name, values) or f"it has {', '.join(values) or 'none'}"
            report.add("E141", given.keys[name].place, f"block '{use}' has no parameter {shown(name)}", hint)
        else:
            values[name] = value
    layers = body.values.get("layers")
    filled = substituted(layers, values, report) if layers else None
    if filled is not None and filled.height > MAX_DEPTH:
        message = f"block '{use}', filled in, is nested deeper than {MAX_DEPTH} levels"
        report.stop("E102", item.place, message, "hand on values that nest less")
    return filled if isinstance(filled, nodes.Sequence) else None
