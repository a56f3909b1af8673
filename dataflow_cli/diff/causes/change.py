"""One change to a layer, tried in place of what the network says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array, Arrays, Parameters


def unchanged(inputs: Arrays) -> Arrays:
    """The inputs as they are."""
    return inputs


@dataclass(frozen=True)
class Change:
    """A layer as it might be on the other side: other fields, other parameters, or inputs in another order."""

    node: Node
    layer: Layer
    parameters: Parameters
    found: str
    """What is so then, in words that go on `equal if`; `{side}` stands for the side that has the network."""
    advice: str = ""
    """What to write."""
    inputs: Callable[[Arrays], Arrays] = unchanged
    group: str = ""
    """Of changes to the same field, each of which may explain it, its name."""
    value: str = ""
    """What the field is then, as it is written."""


def with_parameters(node: Node, parameters: Mapping[str, Array], found: str, advice: str = "") -> Change:
    """The layer with other parameters."""
    return Change(node, node.layer, parameters, found, advice)
