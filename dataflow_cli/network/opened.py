"""A network with inner tensors as nodes, and how these and their layers are computed without doing anything twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.tensors import inner_name, is_inner, layer_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dataflow_cli.network.model import Network, Node


def opened(network: Network, names: Collection[str]) -> Network:
    """The network with a node for every inner tensor among the names, before its layer's. Raises UnknownName."""
    wanted: dict[str, Node] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if is_inner(name) and name not in network.by_name and name not in wanted:
            wanted[name] = network.node(name)
            waiting += wanted[name].inputs  # a joined mask is made of others
    if not wanted:
        return network
    nodes: list[Node] = []
    for node in network.nodes:
        inside = (inner_name(node.name, each) for each in node.inner_tensors)
        nodes += [wanted[name] for name in inside if name in wanted]
        nodes.append(node)
    return replace(network, nodes=tuple(nodes))


def with_layers(part: Network, whole: Network) -> Network:
    """A part of a network with the layers whose parameters it takes: those of its inner tensors, and of shared weights.

    What those depend on comes along: it tells in which order other programs keep their parameters.
    """
    names = {node.name for node in part.nodes}
    waiting = [name for name in map(layer_of, names) if name not in names]
    waiting += [share.owner.name for node in part.nodes for share in node.shared.values()]
    missing: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in whole.by_name and name not in names and name not in missing:
            missing.add(name)
            waiting += whole.by_name[name].inputs
    more = tuple(node for node in whole.nodes if node.name in missing)
    return replace(part, nodes=part.nodes + more) if more else part


def apart(network: Network) -> Network:
    """What is computed: of several tensors of a layer that are nodes, each only does what is left to do.

    Names and shapes are those of the network; what a layer is, takes and costs has to be asked of that. Where a layer
    has a bundle that its tensors are taken from, that is one node more.
    """
    if not any(node.inner for node in network.nodes):
        return network
    count = Counter(layer_of(node.name) for node in network.nodes)
    made: dict[str, Node] = {}
    for node in network.nodes:
        whole = network.by_name.get(layer_of(node.name))
        if whole is None or count[whole.name] == 1:  # of a part, which ends inside the layer
            made[node.name] = node
            continue
        bundle = whole.layer.bundle
        if bundle and inner_name(whole.name, bundle) not in made:
            made[inner_name(whole.name, bundle)] = whole.ending(bundle)
        made[node.name] = _going_on(whole, node, made)
    return replace(network, nodes=tuple(made.values()))


def _going_on(whole: Node, node: Node, made: Mapping[str, Node]) -> Node:
    """A tensor of the layer `whole`, computed from the latest one before it that it follows from alone."""
    for inner in (*reversed(tuple(whole.layer.inner_tensors)), whole.layer.bundle):
        name = inner_name(whole.name, inner)
        step = whole.layer.onward(inner, node.inner) if inner and name in made and name != node.name else None
        if step is not None:
            return replace(node, layer=step, inputs=(name,), input_shapes=(made[name].output_shape,))
    return node
