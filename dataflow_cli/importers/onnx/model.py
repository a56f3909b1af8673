"""What an ONNX file says: the messages of onnx.proto (https://onnx.ai/onnx/api/classes.html) as plain records.

Only what a network in use needs is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflow_cli.importers.onnx.tensors import Tensor

OWN_DOMAINS = ("", "ai.onnx")
"""Of ONNX's own operations."""

Key = tuple[str, str, str]
"""Domain, name and overload of an operation."""
Size = int | str | None
"""Of an axis: a number, the name of one that is not known, or not even that."""


@dataclass(frozen=True)
class ValueInfo:
    """A tensor that goes into a graph, or comes out of it."""

    name: str
    dtype: int
    """ONNX's number for the type of its elements; 0 where it is no tensor."""
    sizes: tuple[Size, ...] | None
    """None where even the number of axes is not known."""


@dataclass(frozen=True)
class Node:
    """One operation."""

    name: str
    operation: str
    domain: str
    inputs: tuple[str, ...]
    """Names of tensors; an empty one for what is left out."""
    outputs: tuple[str, ...]
    raw: tuple[memoryview, ...]
    """Its attributes as they lie in the file."""
    attributes: Mapping[str, Any]
    """The same by name, read."""
    depth: int = 0
    """Graphs that it stands in."""
    overload: str = ""
    """Which of several definitions of an operation of the file's own is meant."""
    within: str = ""
    """What tensors are called in front that only a definition in the file has, if the operation is of one."""

    @property
    def key(self) -> Key:
        """What the file's own definitions are found by."""
        return ("" if self.is_own else self.domain, self.operation, self.overload)

    @property
    def is_own(self) -> bool:
        """Whether the operation is ONNX's, not somebody's own."""
        return self.domain in OWN_DOMAINS

    @property
    def told(self) -> str:
        """What an error calls it: `Conv 'conv1'`."""
        name = self.name or next(filter(None, self.outputs), "")
        operation = self.operation if self.is_own else f"{self.domain}.{self.operation}"
        return f"{operation} '{name}'"

    def taken(self) -> Iterator[str]:
        """Every tensor that it takes, in the graphs within it too."""
        yield from filter(None, self.inputs)
        if self.operation in ("If", "Loop", "Scan"):
            for value in self.attributes.values():
                if isinstance(value, Graph):
                    own = {info.name for info in value.inputs} | set(value.initializers)
                    own |= {name for inner in value.nodes for name in inner.outputs}
                    own_free = (name for inner in value.nodes for name in inner.taken())
                    yield from (name for name in own_free if name not in own)
                    yield from (info.name for info in value.outputs if info.name not in own)


@dataclass(frozen=True)
class Graph:
    """Operations, and the tensors that they begin with."""

    nodes: tuple[Node, ...]
    initializers: Mapping[str, Tensor]
    inputs: tuple[ValueInfo, ...]
    outputs: tuple[ValueInfo, ...]


@dataclass(frozen=True)
class Function:
    """An operation that the file defines by others."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    defaults: Mapping[str, memoryview]
    """Attributes that a call need not say, as they lie in the file."""
    opset: int | None
    """The version of ONNX's own operations that it is written in."""


@dataclass(frozen=True)
class Model:
    """The whole file."""

    producer: str
    opsets: Mapping[str, int]
    """The version of every set of operations, by its domain; ONNX's own is ''."""
    graph: Graph
    functions: Mapping[Key, Function]
    """Operations that the file defines itself."""

    @property
    def opset(self) -> int:
        """The version of ONNX's own operations."""
        return self.opsets.get("", 1)
