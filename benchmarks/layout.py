"""Where other engines have the elements of a tensor, or of a kernel: channels first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array


def channels_first(x: Array, spec: InputSpec) -> Array:
    """An input (N, *shape) as the others take it: pictures channels first, indices as integers."""
    if x.ndim == 4:
        return np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    return x.astype(np.int64) if spec.indices else x


def channels_last(x: Array, spec: InputSpec) -> Array:
    """The way back."""
    if x.ndim == 4:
        return np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    return x.astype(spec.dtype) if spec.indices else x


def first_axis_reordered(network: Network, node: Node, kernel: Array) -> Array:
    """The kernel (inputs, units) with its inputs in the order (channels, height, width) if a flatten stands before."""
    before = network.by_name.get(node.inputs[0])
    if before is None or before.layer.type != "flatten" or len(before.input_shapes[0]) != 3:
        return kernel
    height, width, channels = before.input_shapes[0]
    return kernel.reshape(height, width, channels, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
