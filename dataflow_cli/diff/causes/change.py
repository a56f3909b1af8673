"""One change to a layer, tried in place of what the network says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.causes.roundings import before_rounding
from dataflow_cli.errors import LayerError
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape


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

    def output_shape(self, inputs: Arrays) -> Shape | None:
        """The output's shape (without N) from inputs (N, *shape); None if it does not take these and its parameters."""
        try:
            self.layer.result_type([str(x.dtype) if x.dtype.kind in "iu" else "" for x in self.inputs(inputs)])
            wanted = self.layer.parameters(self.node.input_shapes)
            shape = tuple(self.layer.output_shape(self.node.input_shapes))
        except LayerError:
            return None
        has = before_rounding(self.parameters)
        fits = all(name in has and has[name].shape == parameter.shape for name, parameter in wanted.items())
        return shape if fits else None


def with_parameters(node: Node, parameters: Mapping[str, Array], found: str, advice: str = "") -> Change:
    """The layer with other parameters."""
    return Change(node, node.layer, parameters, found, advice)
