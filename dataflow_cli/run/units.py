"""The units of a layer, of which some may put out nothing but zeros: neurons, or the channels of a convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array


MOST = 2**14
"""Units of a layer that are watched: more are places of something else, and nobody wants to hear of each."""


def units_axes(network: Network) -> dict[str, int]:
    """By the name of every node whose units can die, the axis of the units in a sample of its output."""
    first = network.inputs[0].data_format == "channels_first"
    dying = [node for node in network.nodes if node.output_shape and node.layer.can_die]
    axes = {node.name: (node.output_shape, units_axis(node, channels_first=first)) for node in dying}
    return {name: axis for name, (shape, axis) in axes.items() if shape[axis] <= MOST}


def units_axis(node: Node, *, channels_first: bool) -> int:
    """The axis of the units, or of the channels, in a sample of a node's output; -1 for a single number."""
    rank = len(node.output_shape)
    names = node.layer.axes(rank, channels_first=channels_first) if rank > 1 else ()
    return names.index("channel") if "channel" in names else rank - 1


def alive(array: Array, axis: int) -> Array:
    """Which units (units,) of a tensor (N, *shape) put out anything but zero; `axis` is that of a sample."""
    others = tuple(each for each in range(array.ndim) if each != axis + 1)
    return np.atleast_1d(array.any(axis=others))
