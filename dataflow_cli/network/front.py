"""The front of a network, whose tensors are large, and the rest, which is mostly weights.

A few samples at a time go through the front faster than many: what one layer makes, the next finds in the processor's
cache, and so does whoever looks at it. Many go through the rest faster than a few, since weights are read once for all.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.netfile.model import InputSpec
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network

CACHED = 2**20
"""Elements of the largest tensor of the samples that go together."""
LARGE = 2**12
"""A sample's tensor of more elements belongs to the front."""


def divided(network: Network) -> tuple[Network | None, Network | None]:
    """The front and the rest; the rest takes what the front puts out, and what else it reads of the inputs."""
    sizes = [math.prod(node.output_shape) for node in network.nodes]
    cut = next((place + 1 for place in reversed(range(len(sizes))) if sizes[place] > LARGE), 0)
    while 0 < cut < len(sizes) and layer_of(network.nodes[cut - 1].name) == layer_of(network.nodes[cut].name):
        cut += 1  # inner tensors are computed with their layer
    if cut in (0, len(sizes)):
        return (network, None) if cut else (None, network)
    first, later = network.nodes[:cut], network.nodes[cut:]
    made = {node.name: node.output_shape for node in first}
    read = {name for node in later for name in node.inputs}
    handed = tuple(name for name in made if name in read or name in network.outputs)
    inputs = tuple(spec for spec in network.inputs if spec.name in read)
    inputs += tuple(InputSpec(name, made[name]) for name in handed if name in read)
    outputs = tuple(name for name in network.outputs if name not in made)
    return replace(network, nodes=first, outputs=handed), replace(network, nodes=later, inputs=inputs, outputs=outputs)


def together(front: Network) -> int:
    """How many samples go through the front at a time, a power of two."""
    shapes = [spec.shape for spec in front.inputs] + [node.output_shape for node in front.nodes]
    return 1 << max(CACHED // max(map(math.prod, shapes)), 1).bit_length() - 1
