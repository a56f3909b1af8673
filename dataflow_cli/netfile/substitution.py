"""`$name` in the layers of a block: which there are, and their values in their place."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING

from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile import nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflow_cli.netfile.report import Report


def names_in(node: nodes.Node) -> Iterator[str]:
    """The `name` of every `$name` in a node."""
    if isinstance(node, nodes.Sequence):
        for item in node.items:
            yield from names_in(item)
    elif isinstance(node, nodes.Mapping):
        for value in node.values.values():
            yield from names_in(value)
    elif (name := _name(node)) is not None:
        yield name


def substituted(node: nodes.Node, values: Mapping[str, nodes.Node], report: Report) -> nodes.Node:
    """`node` with every scalar `$name` in it replaced; itself where there is none, so that each is read once."""
    if isinstance(node, nodes.Sequence):
        items = tuple(substituted(item, values, report) for item in node.items)
        return node if all(map(is_, items, node.items)) else nodes.Sequence(node.where, items)
    if isinstance(node, nodes.Mapping):
        filled = {key: substituted(value, values, report) for key, value in node.values.items()}
        same = all(map(is_, filled.values(), node.values.values()))
        return node if same else nodes.Mapping(node.where, node.keys, filled)
    name = _name(node)
    if name is None:
        return node
    if name in values:
        return values[name]
    hint = report.suggestion(name, values) or "declare it under the block's `params:`"
    report.add("E141", node.place, f"parameter {shown('$' + name)} is not declared", hint)
    return node


def _name(node: nodes.Node) -> str | None:
    """`name` if the node is `$name`."""
    is_name = isinstance(node, nodes.Scalar) and node.text.startswith("$") and not node.quoted
    return node.text[1:] if is_name and isinstance(node, nodes.Scalar) else None
