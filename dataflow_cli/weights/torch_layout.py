"""Tensors in PyTorch's layout -> ours.

PyTorch keeps kernels as (out, in, height, width) and flattens channels first, so the dense layer after a flatten has
its columns in the order channels, height, width; ours are in the order height, width, channels. The same holds for
normalizations and the like between the two.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.layers.base import SameShape

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Array, Shape
    from dataflow_cli.network.model import Network, Node


def from_torch(network: Network, node: Node, parameter: str, array: Array) -> Array:
    """The array as the layer wants it. Raises ValueError if it has other axes than PyTorch's."""
    ours = node.layer.from_torch(parameter, array)
    flattened = _flattened_shape(network, node)
    if flattened is None or not ours.ndim or ours.shape[0] != math.prod(flattened) or not _per_input(node, parameter):
        return ours
    *lengths, channels = flattened
    planes = ours.reshape(channels, *lengths, -1)
    return planes.transpose(*range(1, planes.ndim - 1), 0, planes.ndim - 1).reshape(ours.shape)


def _per_input(node: Node, parameter: str) -> bool:
    """Whether the parameter has a row for every number that comes in: a dense kernel, or what scales each number."""
    return (node.layer.type, parameter) == ("dense", "kernel") or isinstance(node.layer, SameShape)


def _flattened_shape(network: Network, node: Node) -> Shape | None:
    """(*spatial, channels) of what was flattened before this layer; None if nothing was."""
    source = network.by_name.get(node.inputs[0])
    while source is not None and source.layer.type != "flatten":
        if not isinstance(source.layer, SameShape):
            return None
        source = network.by_name.get(source.inputs[0])
    if source is None or len(source.input_shapes[0]) < 2:
        return None
    shape = source.input_shapes[0]
    first = getattr(source.layer, "data_format", "channels_last") == "channels_first"
    return (*shape[1:], shape[0]) if first else shape
