"""Changes of what flows: an input in another order, and what stands beside the layer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.diff.causes.change import Change
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape


def changes(network: Network, node: Node, parameters: Parameters) -> Iterator[Change]:
    """The layer with inputs in another order."""
    shape = _before_flattening(network, node)
    if shape is not None:
        for first, found in ((True, "channels first"), (False, "channels last")):
            yield Change(
                node,
                node.layer,
                parameters,
                f"its input is flattened with {found}, where the other side has it the other way round",
                "flatten in the same order, or reorder the rows of its kernel",
                _reordering(shape, to_first=first),
            )
    if len(node.inputs) == 2 and node.input_shapes[0] == node.input_shapes[1]:
        yield Change(
            node, node.layer, parameters, "its two inputs are exchanged", "exchange them", lambda x: [x[1], x[0]]
        )
    if len(node.inputs) > 2:
        yield Change(
            node, node.layer, parameters, "its inputs stand in reverse order", "reverse them", lambda x: [*reversed(x)]
        )


def _before_flattening(network: Network, node: Node) -> Shape | None:
    """The shape that the layer's only input had before it became a vector."""
    if len(node.inputs) != 1 or len(node.input_shapes[0]) != 1:
        return None
    name = node.inputs[0]
    while name in network.by_name:
        before = network.by_name[name]
        if len(before.inputs) != 1 or math.prod(before.input_shapes[0]) != node.input_shapes[0][0]:
            return None
        if len(before.input_shapes[0]) > 1:
            return before.input_shapes[0]
        name = before.inputs[0]
    return None


def _reordering(shape: Shape, *, to_first: bool) -> Callable[[Arrays], Arrays]:
    """A vector in the order of (*space, channels) brought into that of (channels, *space), or back."""

    def reordered(inputs: Sequence[Array]) -> list[Array]:
        (x,) = inputs
        if to_first:
            return [np.moveaxis(x.reshape(-1, *shape), -1, 1).reshape(x.shape)]
        turned = (len(x), shape[-1], *shape[:-1])
        return [np.moveaxis(x.reshape(turned), 1, -1).reshape(x.shape)]

    return reordered
