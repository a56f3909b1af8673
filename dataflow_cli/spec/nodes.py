"""What a YAML file holds, as a tree in which every value knows where it stands."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.errors import Place


@dataclass(frozen=True)
class Node:
    """One value of the file, and its place."""

    place: Place

    @property
    def plain(self) -> Any:
        """The value as fields read it: text for a scalar (None for an unquoted null), lists and dicts of the same."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """How many values it holds, itself included."""
        return 1


@dataclass(frozen=True)
class Scalar(Node):
    """Text. `quoted` tells `"null"` from `null`."""

    text: str
    quoted: bool = False

    @property
    def plain(self) -> str | None:
        """The text, or None."""
        return None if not self.quoted and self.text in ("", "~", "null", "Null", "NULL") else self.text


@dataclass(frozen=True)
class Sequence(Node):
    """A list."""

    items: tuple[Node, ...]

    @property
    def plain(self) -> list[Any]:
        """The items' plain values."""
        return [item.plain for item in self.items]

    @cached_property
    def size(self) -> int:
        """How many values it holds, itself included."""
        return 1 + sum(item.size for item in self.items)


@dataclass(frozen=True)
class Mapping(Node):
    """Keys and values in the order of the file; keys are text."""

    keys: dict[str, Scalar]
    values: dict[str, Node]

    @property
    def plain(self) -> dict[str, Any]:
        """The plain values by key."""
        return {key: value.plain for key, value in self.values.items()}

    @cached_property
    def size(self) -> int:
        """How many values it holds, itself included."""
        return 1 + sum(value.size for value in self.values.values())


def descend(node: Node, path: tuple[int | str, ...]) -> Node:
    """The node that a path of positions and keys leads to from `node`; the last one on the way that exists."""
    for step in path:
        if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
            node = node.items[step]
        elif isinstance(node, Mapping) and step in node.values:
            node = node.values[str(step)]
        else:
            break
    return node
