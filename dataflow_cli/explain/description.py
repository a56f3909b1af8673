"""A layer in words, as a finished record: what it is, what it costs, its fields. Needs neither weights nor an input."""

from __future__ import annotations

import inspect
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dataflow_cli.counts.counting import step_count
from dataflow_cli.explain.element import axis_names
from dataflow_cli.records import dataclass
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from dataflow_cli.counts.summary import StepCount
    from dataflow_cli.network.model import Network, Node


@dataclass(frozen=True)
class Description:
    """What there is to say of a layer of a network."""

    network: str
    counted: StepCount
    inner: str
    """Of an inner tensor what it is; nothing for what the layer puts out."""
    title: str
    """What the kind does, in a line."""
    formula: str
    """Paragraphs; those that are indented have columns."""
    axes: tuple[str, ...]
    """What the axes of the output are called, one of each."""
    fields: tuple[tuple[str, Any], ...]
    """As a network file has them, defaults included; an activation by its type. None of an inner tensor."""


def description(network: Network, node: Node) -> Description:
    """What there is to say of a layer."""
    layer = node.layer
    own = set() if node.inner else {field.name for field in fields(layer)}
    return Description(
        network=network.name,
        counted=step_count(node),
        inner=network.node(layer_of(node.name)).inner_tensors.get(node.inner, ""),
        title=layer.title(),
        formula=inspect.getdoc(sys.modules[type(layer).__module__]) or "",
        axes=axis_names(node, network.inputs[0].data_format),
        fields=tuple((name, _value(getattr(layer, name))) for name in type(layer).options() if name in own),
    )


def _value(value: Any) -> Any:
    """A field's value, a layer as the name of its kind."""
    return getattr(value, "type", value)
