"""In which order PyTorch has the elements of every tensor of a network, followed from its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.torch_order import of_input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Shape


class TorchOrders:
    """The orders by the tensors' names; those behind a layer that was refused are not there."""

    def __init__(self, inputs: Sequence[InputSpec]) -> None:
        self.found: dict[str, Order] = {
            spec.name: of_input(spec.shape, first=spec.data_format == "channels_first") for spec in inputs
        }
        self.unknown: dict[str, LayerError] = {}
        """Inner tensors whose order is not known."""
        self.made: list[Layer] = []
        """Layers that list their elements as PyTorch does: others know them by identity, so they are kept."""

    def listing(self, layer: Layer, names: Sequence[str], shapes: Sequence[Shape]) -> Layer:
        """The layer that puts out its elements in PyTorch's order. Raises LayerError if that is not known."""
        orders = self.of(names)
        if orders is None:
            return layer
        listing = layer.as_torch_lists(orders, shapes)
        if listing is not layer:
            self.made.append(listing)
        return listing

    def follow(self, node: Node) -> None:
        """Note the order of what a layer puts out. Raises LayerError if PyTorch computes something else.

        An inner tensor of unknown order is an error only for a layer that reads it.
        """
        try:
            orders = self.of(node.inputs)
            if orders is not None:
                self.found[node.name] = node.layer.torch_order(orders, node.input_shapes)
        except LayerError as error:
            if not node.inner:
                raise
            self.unknown[node.name] = error

    def of(self, names: Sequence[str]) -> list[Order] | None:
        """The orders of these tensors; None if one of them is behind a layer that was refused.

        Raises LayerError for an inner tensor whose order is not known.
        """
        for name in names:
            if name in self.unknown:
                raise self.unknown[name]
        known = [self.found[name] for name in names if name in self.found]
        return known if len(known) == len(names) else None
