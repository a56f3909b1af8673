"""Network -> Outline: what a drawing of a network shows, asked of the kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.layers import family
from dataflow_cli.layers.base import SameShape
from dataflow_cli.netfile.writing.values import written_layer
from dataflow_cli.outline import Outline, Part

if TYPE_CHECKING:
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network, Node


def outlined(network: Network) -> Outline:
    """The outline of a network."""
    data_format = network.inputs[0].data_format
    parts = [*map(_input, network.inputs), *(_layer(node, data_format) for node in network.nodes)]
    return Outline(network.name, tuple(parts), tuple(network.outputs), channels_first=data_format == "channels_first")


def _input(spec: InputSpec) -> Part:
    return Part(spec.name, "input", spec.shape, layers=0)


def _layer(node: Node, data_format: str) -> Part:
    layer = node.layer
    return Part(
        name=node.name,
        label=layer.type,
        shape=node.output_shape,
        inputs=tuple(node.inputs),
        parameters=node.parameter_count,
        macs=node.macs,
        activation=layer.result_activation.type if layer.result_activation else "",
        family=family(type(layer)),
        fields=_fields(node, data_format),
        elementwise=isinstance(layer, SameShape) and len(node.inputs) == 1,
        units=layer.has_units,
        window=layer.window_size,
    )


def _fields(node: Node, data_format: str) -> tuple[tuple[str, str], ...]:
    """The fields that differ from their defaults; an activation and a window stand beside, sizes in the shape."""
    try:
        written, defaults = written_layer(node.layer, data_format)
    except FieldError:  # what no network file can say has no short form either
        return ()
    size = next(iter(written), "")  # the first that must be given: the channels or units, which end the shape
    window = next((name for name in written if getattr(node.layer, name) == node.layer.window_size), "")
    said = {"activation", window, *defaults, *([size] if written.get(size) in node.output_shape else [])}
    return tuple((name, _short(value)) for name, value in written.items() if name not in said)


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " x ".join(map(_short, value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
