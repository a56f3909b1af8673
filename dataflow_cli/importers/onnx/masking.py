"""`x[mask] = number`, which exporters write as a list of as many places as the mask has ones: a choice of each element.

    ScatterND(x, Transpose(NonZero(mask)), Expand(number, ...))  ->  ASSIGNED(x, mask, number)

How long the list is depends on the data; what comes out does not.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.importers.onnx.tensors import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.importers.onnx.model import Graph, Node

    Makers = Mapping[str, Node]

DOMAIN = "dftrace"
"""That of what is put in its place: ScatterND by a mask."""
_AS_THEY_ARE = ("Reshape", "Expand", "Identity", "Squeeze", "Unsqueeze")
"""Operations that make no other number of one."""


def without_masks(graph: Graph) -> Graph:
    """The graph with a choice wherever a number is put to the places of a mask."""
    if not any(node.operation == "NonZero" for node in graph.nodes):
        return graph
    makers = {name: node for node in graph.nodes for name in node.outputs if name}
    nodes = [_assigned(node, makers, graph) for node in graph.nodes]
    changed = [one for one, other in zip(graph.nodes, nodes, strict=True) if one is not other]
    return replace(graph, nodes=_without_unread(nodes, changed, makers, graph)) if changed else graph


def _assigned(node: Node, makers: Makers, graph: Graph) -> Node:
    """The node, or what stands for it."""
    if node.operation != "ScatterND" or not node.is_own or len(node.inputs) != 3:
        return node
    mask, number = _mask(node.inputs[1], makers), _number(node.inputs[2], makers, graph)
    reduces = node.attributes.get("reduction", "none") != "none"
    if mask is None or number is None or reduces:
        return node
    return replace(node, domain=DOMAIN, inputs=(node.inputs[0], mask, number), raw=())


def _mask(name: str, makers: Makers) -> str | None:
    """The mask whose places are listed, a row each."""
    turned = makers.get(name)
    if turned is None or turned.operation != "Transpose" or turned.attributes.get("perm", [1, 0]) != [1, 0]:
        return None
    found = makers.get(turned.inputs[0])
    return found.inputs[0] if found is not None and found.operation == "NonZero" else None


def _number(name: str, makers: Makers, graph: Graph) -> str | None:
    """The one number that is put everywhere."""
    while name in makers and makers[name].operation in _AS_THEY_ARE:
        name = makers[name].inputs[0]
    found = graph.initializers.get(name)
    if found is None and name in makers and makers[name].operation == "Constant":
        found = makers[name].attributes.get("value", makers[name].attributes.get("value_float"))
    single = math.prod(found.dims) == 1 if isinstance(found, Tensor) else isinstance(found, float)
    return name if single else None


def _without_unread(nodes: list[Node], changed: list[Node], makers: Makers, graph: Graph) -> tuple[Node, ...]:
    """Without what only said how many places there are."""
    reads = Counter(name for node in nodes for name in node.inputs)
    reads.update(info.name for info in graph.outputs)
    gone: set[int] = set()
    left = [makers[name] for node in changed for name in node.inputs if name in makers]
    while left:
        node = left.pop()
        if id(node) in gone or any(reads[name] for name in node.outputs if name):
            continue
        gone.add(id(node))
        reads.subtract(node.inputs)
        left += [makers[name] for name in node.inputs if name in makers]
    return tuple(node for node in nodes if id(node) not in gone)
