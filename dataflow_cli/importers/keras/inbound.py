"""How a layer of a functional model is called: `inbound_nodes`, as every version of Keras wrote them.

Keras 3    [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [name, node, tensor]}}], ...}]
before     [[[name, node, tensor, {keyword arguments}], ...]], or without the innermost list where there is one
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import FieldError
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DEEPEST = 8
ARGUMENTS = "args"
STATES = "initial_state"
"""The argument that is a list of tensors: what a recurrent layer begins with."""


@dataclass(frozen=True)
class Reference:
    """A tensor: the layer that gives it, which of its calls, and which of its outputs."""

    layer: str
    call: int
    tensor: int


@dataclass(frozen=True)
class Call:
    """One use of a layer."""

    inputs: tuple[Reference, ...]
    """The tensors that it is given, in their order."""
    named: Mapping[str, Reference] = field(default_factory=dict)
    """Tensors that are given by name, such as a mask."""
    others: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that are no tensors."""

    def references(self) -> Iterator[Reference]:
        """All tensors."""
        yield from self.inputs
        yield from self.named.values()


def calls_of(layer: Mapping[str, Any]) -> list[Call]:
    """Every use of a layer in its model. Raises FieldError for what is no such list."""
    nodes = layer.get("inbound_nodes", [])
    if not isinstance(nodes, list):
        raise FieldError("its inbound_nodes are no list")
    return [_new(node) if isinstance(node, dict) and "args" in node else _old(node) for node in nodes]


def operation_calls(layer: Mapping[str, Any]) -> list[Call]:
    """Every use of an operation, which takes constants beside tensors: `others` has all arguments as they are."""
    found = []
    for node in layer.get("inbound_nodes") or []:
        arguments, keywords = (node.get("args"), node.get("kwargs")) if isinstance(node, dict) else (None, None)
        if not isinstance(arguments, list) or not isinstance(keywords, dict | None):
            raise FieldError("its inbound_nodes are not written as Keras writes them")
        if any(tensors_in(keywords)):
            raise FieldError("it is called with a tensor by name, which dftrace has no place for")
        found.append(Call(tuple(tensors_in(arguments)), {}, {ARGUMENTS: arguments}))
    return found


def references_in(value: Any) -> list[Reference]:
    """The tensors that `input_layers` or `output_layers` name, whether in a list, a mapping, or alone."""
    return list(_listed(value, 0))


def tensors_in(value: Any, depth: int = 0) -> Iterator[Reference]:
    """All tensors in an argument, whatever stands beside them."""
    try:
        reference = _reference(value)
    except FieldError:
        return
    if reference is not None:
        yield reference
    elif isinstance(value, dict | list) and depth <= _DEEPEST:
        for each in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(each, depth + 1)


def _listed(value: Any, depth: int) -> Iterator[Reference]:
    reference = _reference(value)
    if reference is not None:
        yield reference
    elif depth > _DEEPEST:
        raise FieldError("its tensors are nested too deep")
    elif isinstance(value, dict):
        for each in value.values():
            yield from _listed(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _listed(each, depth + 1)
    else:
        raise FieldError("it takes something that is no tensor")


def _reference(value: Any) -> Reference | None:
    """A tensor in either way of writing it."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        config = value.get("config")
        value = config.get("keras_history") if isinstance(config, dict) else None
    if not isinstance(value, list) or len(value) not in (3, 4) or not isinstance(value[0], str):
        return None
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in value[1:3]):
        return None
    if value[1] < 0:
        raise FieldError("it takes a constant beside tensors, which dftrace cannot hand to a layer")
    return Reference(value[0], value[1], value[2])


def _new(node: Mapping[str, Any]) -> Call:
    arguments, keywords = node.get("args"), node.get("kwargs") or {}
    if not isinstance(arguments, list) or not isinstance(keywords, dict):
        raise FieldError("its inbound_nodes are not written as Keras writes them")
    inputs: list[Reference] = []
    for argument in arguments:
        if argument is not None:
            inputs += _listed(argument, 0)
    return Call(tuple(inputs), *_keywords(keywords))


def _old(node: Any) -> Call:
    inputs: list[Reference] = []
    keywords: dict[str, Any] = {}
    whole = [node] if _reference(node) is not None else node.values() if isinstance(node, dict) else node
    if not hasattr(whole, "__iter__") or isinstance(whole, str):
        raise FieldError("its inbound_nodes are not written as Keras writes them")
    for each in whole:
        inputs += _listed(each, 0)
        if isinstance(each, list) and len(each) == 4 and isinstance(each[3], dict):
            keywords |= each[3]
    return Call(tuple(inputs), *_keywords(keywords))


def _keywords(keywords: Mapping[str, Any]) -> tuple[dict[str, Reference], dict[str, Any]]:
    """Those that are tensors, and those that are not; Keras 3 puts some tensors there: `mask`, `value`, `key`."""
    tensors: dict[str, Reference] = {}
    others: dict[str, Any] = {}
    for name, value in keywords.items():
        reference = _reference(value)
        if reference is not None:
            tensors[name] = reference
        elif name == STATES:
            tensors |= {f"{STATES}[{number}]": each for number, each in enumerate(tensors_in(value))}
        elif value is not None:
            others[name] = value
    return tensors, others
