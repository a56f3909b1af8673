"""A dense layer after a flatten, for engines that flatten channels first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array


def first_axis_reordered(network: Network, node: Node, kernel: Array) -> Array:
    """The kernel (inputs, units) with its inputs in the order (channels, height, width) if a flatten stands before."""
    before = network.by_name.get(node.inputs[0])
    if before is None or before.layer.type != "flatten" or len(before.input_shapes[0]) != 3:
        return kernel
    height, width, channels = before.input_shapes[0]
    return kernel.reshape(height, width, channels, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
