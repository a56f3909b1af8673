"""The side of a comparison that computes: a network with its weights, and what it made of the input."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dataflow_cli.diff.portions import wide
from dataflow_cli.kernels.activations import as_stored
from dataflow_cli.layers.base import suited
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights


@dataclass(frozen=True)
class Run:
    """A network, its weights, and the trace of one input with all tensors."""

    network: Network
    weights: Weights | Callable[[], Weights]
    """The parameters, or what reads them: that is asked only if a layer has to be computed anew."""
    trace: Trace
    passing: Mapping[str, Array] | None = None
    """The tensors in a file, where the trace does not hold them."""
    source: str = ""
    """What the user calls it."""
    rounded: str = ""
    """The type of half precision that the layers which are judged have their parameters in."""

    @property
    def values(self) -> Mapping[str, Array]:
        """The tensors (N, *shape) of all inputs and layers."""
        return self.trace.values if self.passing is None else self.passing

    @cached_property
    def known_weights(self) -> Weights:
        """The parameters. Raises what reading them raises."""
        return self.weights() if callable(self.weights) else self.weights

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shapes of all of them, by name in order."""
        return {step.name: (self.trace.samples, *step.output_shape) for step in self.trace.steps}

    def stored(self, node: Node) -> dict[str, Array]:
        """A layer's parameters of the type that they are stored in."""
        arrays = dict(self.known_weights.once(node.name))
        return {name: as_stored(array, self.rounded) for name, array in arrays.items()} if self.rounded else arrays

    def parameters(self, node: Node) -> Parameters:
        """The same as float64."""
        arrays = self.stored(node)
        return {name: np.asarray(arrays.pop(name), np.float64) for name in list(arrays)}


def taken(node: Node, inputs: Arrays) -> Arrays:
    """What a layer takes of captured tensors, in float64."""
    return [wide(x) for x in suited(node.layer, list(inputs), np.float64)]
