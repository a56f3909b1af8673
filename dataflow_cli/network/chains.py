"""Which layers are computed together: what the first of a chain makes, the others finish while it is in the cache."""

from __future__ import annotations

import math
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dataflow_cli.kernels.windows import Slide
    from dataflow_cli.layers.tiling import Channels
    from dataflow_cli.network.model import Network, Node

Chain = tuple["Node", ...]


def chains(network: Network, keep: Collection[str] = ()) -> tuple[Chain, ...]:
    """All nodes, chain by chain, in an order in which they can be computed.

    A convolution, the normalization and the activation that follow it are one chain, and so is the addition of what a
    shortcut brings. A tensor that several layers read, or that is to be kept, ends its chain. The last
    of one may be a pooling of every 2 x 2 elements.
    """
    counts = readers(network)
    reader = {name: node for node in network.nodes for name in node.inputs}
    made = {spec.name for spec in network.inputs}
    result: list[Chain] = []
    for head in network.nodes:
        if head.name in made:
            continue
        chain = [head]
        while _continues(chain) and counts[chain[-1].name] == 1 and chain[-1].name not in keep:
            follower = reader.get(chain[-1].name)
            if follower is None or not _agrees(follower, chain):
                break
            if not (_joins(follower, chain[-1], made) or pool_of(follower)):
                break
            chain.append(follower)
        made.update(node.name for node in chain)
        result.append(tuple(chain))
    return tuple(result)


def readers(network: Network) -> Counter[str]:
    """How many nodes read each tensor; the network's outputs count as one more, so that they stay."""
    return Counter([name for node in network.nodes for name in node.inputs] + list(network.outputs))


def elementwise(node: Node) -> bool:
    """Whether the node's activation, if it has one, is a function of single elements."""
    return node.layer.result_activation is None or node.layer.activating is not None


def makes_tiles(node: Node) -> bool:
    """Whether the node's output is made tile by tile."""
    return node.tiling.make is not None


def pool_of(node: Node) -> Slide | None:
    """The windows of a pooling that takes the largest of every 2 x 2 elements."""
    slide = node.tiling.pool
    return slide if slide is not None and slide.halves else None


def channels_of(chain: Sequence[Node]) -> Channels:
    """Where the tensors of a chain have their channels."""
    return next((node.tiling.channels for node in chain if node.tiling.channels != "any"), "any")


def largest_ahead(order: Sequence[Chain]) -> list[int]:
    """For every chain, the elements of the largest tensor of one sample that it or a later one may need a place for."""
    sizes = [max(math.prod(node.output_shape) for node in (chain[0], chain[-1])) for chain in reversed(order)]
    return list(accumulate(sizes, max))[::-1]


def _continues(chain: list[Node]) -> bool:
    """Whether the chain is made tile by tile, and nothing is left out of the tiles."""
    head = chain[0]
    return makes_tiles(head) and elementwise(head) and chain[-1].output_shape == head.output_shape


def _agrees(node: Node, chain: Sequence[Node]) -> bool:
    """Whether a node has its channels where all before it in a chain have theirs."""
    own, theirs = node.tiling.channels, channels_of(chain)
    return "any" in (own, theirs) or own == theirs


def _joins(node: Node, last: Node, made: Collection[str]) -> bool:
    """Whether a node can finish the tiles of `last`: all else that it reads is there already."""
    return (
        node.output_shape == last.output_shape
        and node.tiling.stage is not None
        and all(name == last.name or name in made for name in node.inputs)
    )
