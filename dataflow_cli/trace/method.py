"""Which method computes a layer when a network runs, and why: what the kernels' rule says to the layer's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.conv.plan import ConvShape, Method, conv_method
from dataflow_cli.layers.conv import Conv

if TYPE_CHECKING:
    from dataflow_cli.network.model import Node


def method_of(node: Node, samples: int) -> Method | None:
    """The method for a minibatch of so many samples, prepared kernels kept; None where there is only one way."""
    layer = node.layer
    if not isinstance(layer, Conv):
        return None
    lengths, _ = layer.split(node.input_shapes)
    *sizes, channels, filters = node.parameters["kernel"].shape
    shape = ConvShape(
        samples=samples,
        positions=layer.output_lengths(lengths),
        channels=channels,
        filters=filters // layer.groups,
        sizes=tuple(sizes),
        strides=layer.strides,
        dilations=layer.dilation_rate,
        groups=layer.groups,
        padded=any(map(any, layer.pads(lengths))),
    )
    return conv_method(shape, kept=True)
