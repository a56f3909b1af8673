"""The layer as another kind of its family: an average in place of a maximum, another function, another norm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.diff.causes import numbers
from dataflow_cli.diff.causes.change import Change
from dataflow_cli.diff.causes.fields import number_fields
from dataflow_cli.errors import DftraceError
from dataflow_cli.layers import relatives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.layers.base import Layer
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Parameters


def with_numbers(node: Node, parameters: Parameters, distance: Callable[[Change], float]) -> Iterator[Change]:
    """Other kinds with the number that brings them nearest, where ours has no such field: the slope of a leaky relu."""
    for change in changes(node, parameters):
        other = replace(node, layer=change.layer)
        fields = [name for name in number_fields(change.layer) if name not in type(node.layer).options()]
        for fitted in numbers.changes(other, change.parameters, distance, fields):
            yield replace(
                fitted,
                found=f"{change.found}, and {fitted.value}",
                advice=f"{change.advice} and {fitted.value}",
                group=change.group,
                value=change.value,
            )


def changes(node: Node, parameters: Parameters) -> Iterator[Change]:
    """Every kind of the family that takes these inputs and parameters, with the fields that both have."""
    layer = node.layer
    for name, kind in relatives(type(layer)):
        if not _takes(kind, len(node.inputs)):
            continue
        changed = _as(kind, layer)
        given = None if changed is None else _given(changed, node, parameters)
        if changed is not None and given is not None:
            found = f"{{side}} has `type: {name}`; it has {layer.type}"
            yield Change(node, changed, given, found, f"Write `type: {name}`", group="type", value=f"`type: {name}`")


def _takes(kind: type[Layer], inputs: int) -> bool:
    least, most = kind.arity
    return least <= inputs <= (most or inputs)


def _as(kind: type[Layer], layer: Layer) -> Layer | None:
    """A layer of the kind with the fields of another; None if it needs more."""
    same = {name: option for name, option in kind.options().items() if name in type(layer).options()}
    try:
        return kind(**{name: option.kind.read(getattr(layer, name)) for name, option in same.items()})
    except (TypeError, DftraceError):  # a field that it must have, or takes otherwise
        return None


def _given(changed: Layer, node: Node, parameters: Parameters) -> Parameters | None:
    """The parameters that it takes: those of the same name, else in their order."""
    try:
        wanted = changed.parameters(node.input_shapes)
    except DftraceError:
        return None
    left = [name for name in parameters if name not in wanted]
    given = {}
    for name, parameter in wanted.items():
        own = name if name in parameters else left.pop(0) if left else None
        if own is None or parameters[own].shape != parameter.shape:
            return None
        given[name] = parameters[own]
    return given
