"""What an element sees of the inputs of the network: which of their elements can change it, and where these lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.explain.account import Region
from dataflow_cli.layers.axes import axes_of
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array, Shape


def region(spec: InputSpec, feeding: Array, values: Array | None) -> Region:
    """From where to where the elements of an input lie that feed one of the layer's."""
    first = spec.data_format == "channels_first"
    if not spec.shape:
        return Region(spec.name, (), None, None)
    vector = len(spec.shape) == 1
    places = feeding if vector else feeding.any(axis=0 if first else -1)
    one = None if values is None or vector else _over_channels(values[0], first=first)
    names = tuple(name for name in axes_of(len(spec.shape), channels_first=first) if name != "channel")
    if not places.any():
        return Region(spec.name, names, ((0, -1),) * places.ndim, one)
    spans = tuple((int(along.min()), int(along.max())) for along in np.nonzero(places))
    everything = spans == tuple((0, length - 1) for length in places.shape)
    return Region(spec.name, names, None if everything else spans, one)


def _over_channels(values: Array, *, first: bool) -> Array:
    """The mean of every place's channels, as a picture shows an input; infinite where numbers are too large to add."""
    with np.errstate(all="ignore"):
        found: Array = values.mean(axis=0 if first else -1, dtype=np.float64)
    return found


def inputs_fed(network: Network, node: Node, at: Shape) -> dict[str, Array]:
    """Which elements of the network's inputs, by their names, can change an element: booleans of a sample's shape."""
    wanted: dict[str, Array] = {spec.name: np.zeros(spec.shape, bool) for spec in network.inputs}
    wanted[node.name] = np.zeros(node.output_shape, bool)
    wanted[node.name][at] = True
    for other in reversed(network.nodes):
        if other.name in wanted:
            fed = other.layer.feeds(wanted.pop(other.name), other.input_shapes)
            for name, some in zip(other.inputs, fed, strict=True):
                wanted[name] = wanted[name] | some if name in wanted else some
    return wanted
