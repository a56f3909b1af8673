"""Operations that a file defines itself, by other operations: these are put in the place of every call.

What is within a call is named after the first tensor that the call gives: `attention/scores` of a call that gives
`attention`. Attributes that a definition only names are the call's, or else those that the definition says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import printable
from dataflow_cli.importers.onnx.model import Graph
from dataflow_cli.importers.onnx.reading import MOST_NODES, Attributes, attribute_names
from dataflow_cli.importers.onnx.wire import damaged, named
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dataflow_cli.importers.onnx.model import Function, Model, Node

    Rename = Callable[[str], str]

_DEEPEST = 16
"""Calls within definitions of each other."""


@dataclass(frozen=True)
class _Place:
    """Where the operations of a definition are put."""

    rename: Rename
    given: Mapping[str, memoryview]
    """The attributes of the call, as they lie in the file."""
    within: str
    """What stands before the names of its tensors."""
    hidden: str
    """The same of the call in the file that it is a part of."""


def inlined(model: Model) -> Model:
    """The model with nothing but operations of others. Raises FileProblem for definitions that never end."""
    return replace(model, graph=_without_calls(model.graph, model)) if model.functions else model


def inlined_graph(graph: Graph, model: Model) -> Graph:
    """The same of a graph within an attribute."""
    return _without_calls(graph, model) if model.functions else graph


def _without_calls(graph: Graph, model: Model) -> Graph:
    left = iter(range(MOST_NODES))
    return replace(graph, nodes=tuple(each for node in graph.nodes for each in _opened(node, model, 0, left)))


def _opened(node: Node, model: Model, depth: int, left: Iterator[int]) -> Iterator[Node]:
    """A node, or what stands for it; `left` is as long as there may be more of them."""
    if next(left, None) is None:
        raise damaged(f"with those that it defines itself, its operations are more than {MOST_NODES:,}")
    function = model.functions.get(node.key)
    if function is None or not _is_of(function, model):
        yield node
        return
    if depth >= _DEEPEST:
        raise damaged(f"'{printable(node.operation)}' is defined by itself, or deeper than {_DEEPEST} definitions")
    place = _place(node, function)
    for inner in function.nodes:
        yield from _opened(_put(inner, place), model, depth + 1, left)


def _is_of(function: Function, model: Model) -> bool:
    """Whether a definition means the same version of ONNX's operations as the model."""
    return function.opset in (None, model.opset)


def _place(call: Node, function: Function) -> _Place:
    within = f"{next(filter(None, call.outputs), call.name or call.operation)}/"
    names = dict.fromkeys(function.inputs, "")
    names.update(zip(function.inputs, call.inputs, strict=False))
    names.update({own: theirs for own, theirs in zip(function.outputs, call.outputs, strict=False) if theirs})
    given = {**function.defaults, **attribute_names(call.raw)}

    def rename(name: str) -> str:
        return names.get(name, f"{within}{name}" if name else "")

    return _Place(rename, given, within, call.within or within)


def _put(node: Node, place: _Place) -> Node:
    """A node of a definition as it stands in the place of a call."""
    raw = []
    for name, data in attribute_names(node.raw).items():
        reference = named(data, 21)
        if not reference:
            raw.append(data)
        elif reference in place.given:
            raw.append(_called(place.given[reference], name))
    own = replace(
        node,
        name=f"{place.within}{node.name}" if node.name else "",
        inputs=tuple(map(place.rename, node.inputs)),
        outputs=tuple(map(place.rename, node.outputs)),
        raw=tuple(raw),
        attributes=Attributes(raw, node.depth),
        within=place.hidden,
    )
    if not any(isinstance(value, Graph) for value in own.attributes.values()):
        return own
    return replace(own, attributes={name: _inside(value, place) for name, value in own.attributes.items()})


def _called(data: memoryview, name: str) -> memoryview:
    """An attribute by another name: of a field that stands twice the last counts."""
    encoded = name.encode()
    if len(encoded) > 127:
        raise damaged("an attribute has a name that is too long")
    return memoryview(bytes(data) + bytes([0x0A, len(encoded)]) + encoded)


def _inside(value: Any, place: _Place) -> Any:
    """A graph in an attribute, which sees the tensors of the definition."""
    if not isinstance(value, Graph):
        return value
    rename = place.rename
    return Graph(
        tuple(_put(node, place) for node in value.nodes),
        {rename(name): tensor for name, tensor in value.initializers.items()},
        tuple(replace(info, name=rename(info.name)) for info in value.inputs),
        tuple(replace(info, name=rename(info.name)) for info in value.outputs),
    )
