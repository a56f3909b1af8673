"""Which places count of what is drawn a picture a head, noted while minibatches go through: others are padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array


class Counting:
    """What the masks of some nodes of a network have said so far."""

    def __init__(self, network: Network, names: Collection[str]) -> None:
        self._nodes = {node.name: node for node in network.nodes if node.name in names and _masks(node)}
        self._masks: dict[str, Array | None] = dict.fromkeys(
            name for node in self._nodes.values() for name in _masks(node).values()
        )
        self._found: dict[str, Mapping[str, Array]] = {}

    def see(self, name: str, array: Array) -> None:
        """Take note of a tensor that was computed, while it is there."""
        if name in self._masks:
            self._masks[name] = array
        if name not in self._nodes:
            return
        node = self._nodes[name]
        masks = {number: self._masks[mask] for number, mask in _masks(node).items()}
        known = {number: mask for number, mask in masks.items() if mask is not None}
        if len(known) == len(masks):
            counting = node.layer.counting(known, node.input_shapes)
            before = self._found.get(name, {})
            self._found[name] = {axis: one | before.get(axis, False) for axis, one in counting.items()}

    def left_out(self, node: Node) -> tuple[tuple[int, ...], ...]:
        """The places along the axes of a node's heads that counted in no sample, where some did."""
        counting = self._found.get(node.name)
        if counting is None:
            return ()
        axes = node.layer.axes(len(node.output_shape), channels_first=False)[1:]
        found = tuple(_others(counting[axis]) if axis in counting else () for axis in axes)
        return found if any(found) else ()


def _others(counting: Array) -> tuple[int, ...]:
    return tuple(map(int, np.flatnonzero(~counting))) if counting.any() else ()


def _masks(node: Node) -> dict[int, str]:
    """The masks that say which places of a node's heads count, by their numbers among its inputs."""
    if not node.layer.has_heads:
        return {}
    return {number: node.inputs[number] for number in node.layer.mask_numbers(node.input_shapes)}
