"""A network with inner tensors as nodes, and how these and their layers are computed without doing anything twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.tensors import inner_name, is_inner, layer_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from dataflow_cli.network.model import Network, Node


def opened(network: Network, names: Collection[str]) -> Network:
    """The network with a node for every inner tensor among the names, before its layer's. Raises UnknownName."""
    wanted = {name: network.node(name) for name in names if is_inner(name) and name not in network.by_name}
    if not wanted:
        return network
    nodes: list[Node] = []
    for node in network.nodes:
        inside = (inner_name(node.name, each) for each in node.layer.insides)
        nodes += [wanted[name] for name in inside if name in wanted]
        nodes.append(node)
    return replace(network, nodes=tuple(nodes))


def with_layers(part: Network, whole: Network) -> Network:
    """A part of a network with the layers of its inner tensors, whose parameters these take."""
    nodes = {node.name: node for node in part.nodes}
    missing = [name for name in map(layer_of, nodes) if name not in nodes]
    return replace(part, nodes=(*part.nodes, *(whole.node(name) for name in missing))) if missing else part


def apart(network: Network) -> Network:
    """What is computed: where an inner tensor is a node, its layer only does to it what is left to do.

    Names and shapes are those of the network; what a layer is, takes and costs has to be asked of that.
    """
    if not any(node.inner for node in network.nodes):
        return network
    return replace(network, nodes=tuple(_resting(network, node) for node in network.nodes))


def _resting(network: Network, node: Node) -> Node:
    """The node, reading one of its inner tensors if that is there and all that it needs."""
    for inner in () if node.inner else node.layer.insides:
        name, rest = inner_name(node.name, inner), node.layer.rest(inner)
        if rest is not None and name in network.by_name:
            return replace(node, layer=rest, inputs=(name,), input_shapes=(network.by_name[name].output_shape,))
    return node
