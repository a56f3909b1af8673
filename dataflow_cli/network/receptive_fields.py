"""The receptive fields of a network, worked out when the first is asked for: a file is checked without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Shapes

MOST_STRETCHES = 500_000
"""What all receptive fields of a network may take to be known; a network of a hundred layers takes some thousand."""


class ReceptiveFields(dict[str, "ReceptiveField"]):
    """By name, what one element of each tensor sees of the network's input."""

    def __init__(self) -> None:
        super().__init__()
        self._inputs: dict[str, InputSpec] = {}
        self._layers: list[tuple[str, Layer, Sequence[str], Shapes]] = []
        """Of every node what is asked for, not the node: that holds this mapping, and a circle is not freed at once."""
        self._done = 0
        self._stretches = 0

    def enter(self, spec: InputSpec) -> None:
        """Make a network input known."""
        self._inputs[spec.name] = spec

    def follow(self, node: Node) -> None:
        """Make a node known, behind all that it reads."""
        self._layers.append((node.name, node.layer, node.inputs, node.input_shapes))

    def __missing__(self, name: str) -> ReceptiveField:
        """Work out all that was made known so far. Who asks at the same time does the same, and finds the same."""
        if name in self._inputs:
            self[name] = _of_input(self._inputs[name])
            return self[name]
        stretches = self._stretches
        waiting = self._layers[self._done :]
        for behind, layer, inputs, shapes in waiting:
            befores = [self[each] for each in inputs]
            if stretches > MOST_STRETCHES:
                befores = [seen.unknown() for seen in befores]
            self[behind] = seen = layer.sees(befores, shapes)
            stretches += seen.stretches
        self._done, self._stretches = self._done + len(waiting), stretches
        return self[name]


def _of_input(spec: InputSpec) -> ReceptiveField:
    """An element of an input sees itself; spatial axes are all but the channels."""
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField

    return ReceptiveField.of_input(len(spec.shape) - 1, channels_first=spec.data_format == "channels_first")
