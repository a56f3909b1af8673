"""What a YAML file holds, as a tree in which every value knows where it stands.

A file may hold a million values, nearly none of which is ever pointed at: a place is worked out when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import Place

if TYPE_CHECKING:
    from collections.abc import Collection


TO_THE_END = -1
"""The length of what goes on in the next line: places are stretches of one line."""


class Source:
    """The file that nodes stand in: its name and its lines."""

    __slots__ = ("file", "lines")

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file = file
        self.lines = lines

    def place(self, line: int, column: int, length: int) -> Place:
        """A stretch of a line; `line` and `column` count from 0."""
        text = self.lines[line] if line < len(self.lines) else ""
        stretch = len(text.rstrip()) - column if length == TO_THE_END else length
        return Place(self.file, line + 1, column + 1, max(stretch, 1), text)


Where = Place | tuple[Source, int, int, int]
"""Where a node stands: a place, or what `Source.place` makes one of."""


class Node:
    """One value of the file. Nothing changes once it is made."""

    __slots__ = ("where",)

    def __init__(self, where: Where) -> None:
        self.where = where

    @property
    def place(self) -> Place:
        """Where it stands."""
        where = self.where
        if isinstance(where, Place):
            return where
        source, line, column, length = where
        return source.place(line, column, length)

    @property
    def plain(self) -> Any:
        """The value as fields read it: text for a scalar (None for an unquoted null), lists and dicts of the same."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        """How many values it holds, itself included; keys aside."""
        return 1

    @property
    def height(self) -> int:
        """How many lists and mappings stand inside each other."""
        return 0


class Scalar(Node):
    """Text. `quoted` tells `"null"` from `null`."""

    __slots__ = ("quoted", "text")

    def __init__(self, where: Where, text: str, quoted: bool = False) -> None:  # noqa: FBT001, FBT002  made by the million
        self.where = where
        self.text = text
        self.quoted = quoted

    @property
    def plain(self) -> str | None:
        """The text, or None."""
        return None if not self.quoted and self.text in _NULLS else self.text


_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


class _Collection(Node):
    """What lists and mappings share: how much is in them, worked out when it is asked for."""

    __slots__ = ("_extent",)
    _extent: tuple[int, int] | None

    @property
    def inner(self) -> Collection[Node]:
        """The values in it."""
        raise NotImplementedError

    @property
    def size(self) -> int:
        return self.extent[0]

    @property
    def height(self) -> int:
        return self.extent[1]

    @property
    def extent(self) -> tuple[int, int]:
        """Size and height. What stands in several places is looked at once, and counts in each."""
        if self._extent is None:
            deeper = [node for node in self.inner if isinstance(node, _Collection)]
            size = 1 + len(self.inner) + sum(node.size - 1 for node in deeper)
            self._extent = size, 1 + max((node.height for node in deeper), default=0)
        return self._extent


class Sequence(_Collection):
    """A list."""

    __slots__ = ("items",)

    def __init__(self, where: Where, items: tuple[Node, ...]) -> None:
        self.where = where
        self._extent = None
        self.items = items

    @property
    def inner(self) -> Collection[Node]:
        return self.items

    @property
    def plain(self) -> list[Any]:
        """The items' plain values."""
        return [item.plain for item in self.items]


class Mapping(_Collection):
    """Keys and values in the order of the file; keys are text."""

    __slots__ = ("keys", "values")

    def __init__(self, where: Where, keys: dict[str, Scalar], values: dict[str, Node]) -> None:
        self.where = where
        self._extent = None
        self.keys = keys
        self.values = values

    @property
    def inner(self) -> Collection[Node]:
        return self.values.values()

    @property
    def plain(self) -> dict[str, Any]:
        """The plain values by key."""
        return {key: value.plain for key, value in self.values.items()}


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
