"""The bytes of an ONNX file -> its messages. Attributes, and graphs within them, are read when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.importers.onnx.model import OWN_DOMAINS, Function, Graph, Model, Node, ValueInfo
from dataflow_cli.importers.onnx.tensors import read_sparse, read_tensor
from dataflow_cli.importers.onnx.wire import damaged, fields, floats, integers, named, part, signed, text, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dataflow_cli.importers.onnx.model import Key, Size
    from dataflow_cli.importers.onnx.wire import Value

MOST_NODES = 50_000
"""Operations of a graph: many reckon sizes, and become no layers."""
MOST_NAMES = 1_000_000
"""Names of tensors and attributes that all operations of a graph take together."""
MOST_LISTED = 100_000
"""Numbers of an attribute."""
_DEEPEST = 16
"""Graphs within attributes of each other."""


class Attributes(Mapping[str, Any]):
    """Attributes by name: int, float, str, Tensor, Graph, or a list of one of these. To ask raises FileProblem."""

    def __init__(self, raw: Sequence[memoryview], depth: int) -> None:
        self._raw, self._depth = raw, depth

    @cached_property
    def _read(self) -> dict[str, Any]:
        return dict(_attribute(each, self._depth) for each in self._raw)

    def __getitem__(self, name: str) -> Any:
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


def read_model(data: memoryview) -> Model:
    """The model in the bytes of a file. Raises FileProblem if they hold none."""
    producer, opsets, graph = ["", ""], {}, None
    functions: dict[Key, Function] = {}
    for number, value in fields(data):
        if number in (2, 3):
            producer[number - 2] = text(value)
        elif number == 7:
            graph = part(value)
        elif number == 8:
            domain, version = _opset(part(value))
            opsets["" if domain in OWN_DOMAINS else domain] = version
        elif number == 25:
            key, function = _function(part(value))
            functions[key] = function
    if graph is None:
        raise damaged("it has no graph")
    return Model(" ".join(producer).strip(), opsets, read_graph(graph), functions)


def _function(data: memoryview) -> tuple[Key, Function]:
    """An operation that the file defines, by its domain, name and overload. Raises FileProblem."""
    lists: dict[int, list[memoryview]] = {number: [] for number in (4, 5, 7, 9, 11)}
    names = {1: "", 10: "", 13: ""}
    for number, value in fields(data):
        if number in lists:
            lists[number].append(part(value))
            _check_count(lists[number])
        elif number in names:
            names[number] = text(value)
    inputs, outputs = (tuple(map(text, lists[number])) for number in (4, 5))
    opsets = dict(map(_opset, lists[9]))
    opset = next((version for domain, version in opsets.items() if domain in OWN_DOMAINS), None)
    nodes = tuple(_node(each, 1) for each in lists[7])
    domain = "" if names[10] in OWN_DOMAINS else names[10]
    return (domain, names[1], names[13]), Function(inputs, outputs, nodes, attribute_names(lists[11]), opset)


def attribute_names(raw: Iterable[memoryview]) -> dict[str, memoryview]:
    """Attributes as they lie in the file, by their names."""
    return {named(data, 1): data for data in raw}


def read_graph(data: memoryview, depth: int = 0) -> Graph:
    """A graph. Raises FileProblem for what is none, or larger than is read."""
    if depth > _DEEPEST:
        raise damaged(f"graphs stand in each other deeper than {_DEEPEST}")
    found = _parts(data)
    nodes = tuple(_node(each, depth) for each in found[1])
    if sum(len(node.inputs) + len(node.outputs) + len(node.raw) for node in nodes) > MOST_NAMES:
        raise damaged(f"its operations take more than {MOST_NAMES:,} tensors")
    tensors = {tensor.name: tensor for tensor in map(read_tensor, found[5])}
    tensors |= {tensor.name: tensor for tensor in map(read_sparse, found[15])}
    inputs, outputs = (tuple(map(_value_info, found[number])) for number in (11, 12))
    return Graph(nodes, tensors, inputs, outputs)


def _parts(data: memoryview) -> dict[int, list[memoryview]]:
    """The messages in a graph that are read, by their field. Raises FileProblem for more than are read."""
    found: dict[int, list[memoryview]] = {number: [] for number in (1, 5, 11, 12, 15)}
    for number, value in fields(data):
        if number in found:
            found[number].append(part(value))
            _check_count(found[number])
    return found


def _check_count(found: Sequence[memoryview]) -> None:
    if len(found) > MOST_NODES:
        hint = "that is no network that anybody reads: import a part of it, cut out with onnx.utils.extract_model"
        raise FileProblem(f"has more than {MOST_NODES:,} operations, tensors or inputs", hint=hint)


def _opset(data: memoryview) -> tuple[str, int]:
    found = dict(fields(data))
    return text(found.get(1, memoryview(b""))), signed(found.get(2, 1))


def _node(data: memoryview, depth: int) -> Node:
    inputs, outputs, raw = [], [], []
    names = {3: "", 4: "", 7: "", 8: ""}
    for number, value in fields(data):
        if number == 1:
            inputs.append(text(value))
        elif number == 2:
            outputs.append(text(value))
        elif number == 5:
            raw.append(part(value))
        elif number in names:
            names[number] = text(value)
    attributes = Attributes(raw, depth)
    return Node(names[3], names[4], names[7], tuple(inputs), tuple(outputs), tuple(raw), attributes, depth, names[8])


def _value_info(data: memoryview) -> ValueInfo:
    name, dtype = "", 0
    sizes: tuple[Size, ...] | None = None
    for number, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 2:
            for kind, tensor in fields(part(value)):
                if kind == 1:
                    dtype, sizes = _tensor_type(part(tensor))
    return ValueInfo(name, dtype, sizes)


def _tensor_type(data: memoryview) -> tuple[int, tuple[Size, ...] | None]:
    dtype, sizes = 0, None
    for number, value in fields(data):
        if number == 1:
            dtype = whole(value)
        elif number == 2:
            sizes = tuple(_size(part(each)) for field, each in fields(part(value)) if field == 1)
    return dtype, sizes


def _size(data: memoryview) -> Size:
    for number, value in fields(data):
        if number == 1:
            size = signed(value)
            return size if size >= 0 else None  # some exporters write -1 for a size that is not known
        if number == 2:
            return text(value) or None
    return None


def _attribute(data: memoryview, depth: int) -> tuple[str, Any]:
    """The name and value of an attribute: the one field that is filled."""
    name, found = "", None
    lists: dict[int, list[Any]] = {}
    kind = 0
    for number, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 20:
            kind = whole(value)
        elif number in _SINGLE:
            found = _SINGLE[number](value)
        elif number == 6:
            found = read_graph(part(value), depth + 1)
        elif number in _LISTS:
            lists.setdefault(number, []).extend(islice(_LISTS[number](value), MOST_LISTED + 1))
            if len(lists[number]) > MOST_LISTED:
                raise damaged(f"an attribute lists more than {MOST_LISTED:,} numbers")
    if kind in _EMPTY or lists:
        return name, next(iter(lists.values()), [])
    return name, found if found is not None else _UNSAID.get(kind)


_SINGLE: dict[int, Callable[[Value], Any]] = {
    2: lambda value: floats(value)[0],
    3: signed,
    4: text,
    5: lambda value: read_tensor(part(value)),
    22: lambda value: read_sparse(part(value)),
}
_LISTS: dict[int, Callable[[Value], Iterable[Any]]] = {
    7: floats,
    8: integers,
    9: lambda value: [text(value)],
    10: lambda value: [read_tensor(part(value))],
}
_EMPTY = frozenset((6, 7, 8, 9))
"""Types of attributes that are lists, which may be empty."""
_UNSAID = {1: 0.0, 2: 0, 3: ""}
"""What the file leaves out where it is nothing, by the type of the attribute."""
