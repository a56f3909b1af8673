"""Parse events -> a tree of located nodes, with a stack of its own instead of recursion.

What a file may hold is bounded here: how deep it nests, how many values it has, how far its aliases expand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from dataflow_cli.errors import Place
from dataflow_cli.layers.scalars import shown
from dataflow_cli.netfile.limits import MAX_DEPTH, MAX_EXPANDED, MAX_VALUES
from dataflow_cli.netfile.nodes import TO_THE_END, Mapping, Node, Scalar, Sequence, Where

if TYPE_CHECKING:
    from dataflow_cli.netfile.nodes import Source
    from dataflow_cli.netfile.report import Report

_QUOTING = frozenset(("'", '"', "|", ">"))


class Builder:
    """Takes one event after the other."""

    def __init__(self, source: Source, report: Report) -> None:
        self.source = source
        self.report = report
        self.items: list[Node] = []
        """What the innermost open list or mapping holds so far: of a mapping keys and values by turns."""
        self.stack: list[tuple[Any, list[Node]]] = []
        """The event that opened each list or mapping, and the items of what it stands in."""
        self.anchors: dict[str, Node] = {}
        self.left = MAX_VALUES
        self.expanded = 0

    def build(self, parser: Any) -> Node:
        """The tree of the one document that the parser reads."""
        take = {
            yaml.AliasEvent: self.alias,
            yaml.SequenceStartEvent: self.open,
            yaml.MappingStartEvent: self.open,
            yaml.SequenceEndEvent: self.close_sequence,
            yaml.MappingEndEvent: self.close_mapping,
            yaml.DocumentStartEvent: self.document,
        }
        scalar, source, next_event = yaml.ScalarEvent, self.source, parser.get_event
        while (event := next_event()) is not None:
            kind = event.__class__
            if kind is not scalar:
                if kind in take:
                    take[kind](event)
                continue
            # A file may hold a million scalars: no method of ours is called for one but to make its node.
            self.left -= 1
            if self.left < 0 or event.tag is not None:
                self.refuse(event)
            start, end = event.start_mark, event.end_mark
            line, column = start.line, start.column
            where = source, line, column, end.column - column if end.line == line else TO_THE_END
            node = Scalar(where, event.value, event.style in _QUOTING)
            self.items.append(node)
            if event.anchor is not None:
                self.anchors[event.anchor] = node
        if not self.items:
            self.report.stop("E106", Place(self.source.file, 1, 1), "the file is empty", "start with `dftrace: 1`")
        return self.items[0]

    def where(self, start: Any, end: Any) -> Where:
        """The stretch between two marks, cut at the end of its first line."""
        line, column = start.line, start.column
        return self.source, line, column, end.column - column if end.line == line else TO_THE_END

    def place(self, event: Any) -> Place:
        return Node(self.where(event.start_mark, event.end_mark)).place

    def document(self, event: Any) -> None:
        if self.items:
            self.report.stop("E104", self.place(event), "a second document starts here", "keep one network a file")

    def open(self, event: Any) -> None:
        self.left -= 1
        if self.left < 0 or event.tag is not None:
            self.refuse(event)
        if len(self.stack) >= MAX_DEPTH:
            self.check_depth(event, 1)
        self.stack.append((event, self.items))
        self.items = []

    def close_sequence(self, event: Any) -> None:
        opening, around = self.stack.pop()
        self.put(around, Sequence(self.where(opening.start_mark, event.end_mark), tuple(self.items)), opening.anchor)

    def close_mapping(self, event: Any) -> None:
        opening, around = self.stack.pop()
        keys, values = self.pairs(self.items)
        self.put(around, Mapping(self.where(opening.start_mark, event.end_mark), keys, values), opening.anchor)

    def put(self, around: list[Node], node: Node, anchor: str | None) -> None:
        """Hand a finished node to what it stands in."""
        if anchor is not None:
            self.anchors[anchor] = node
        around.append(node)
        self.items = around

    def alias(self, event: Any) -> None:
        """The node that an alias stands for, counted as if it were written out."""
        node = self.anchors.get(event.anchor)
        if node is None:
            message = f"alias {shown('*' + event.anchor)} refers to nothing before it"
            self.report.stop("E108", self.place(event), message, "write the value out, or define it above with &")
        self.check_depth(event, node.height)
        self.expanded += node.size
        if self.expanded > MAX_EXPANDED:
            message = f"aliases expand to more than {MAX_EXPANDED:,} values"
            self.report.stop("E102", self.place(event), message, "use `blocks:` with `repeat` instead")
        self.items.append(node)

    def refuse(self, event: Any) -> NoReturn:
        """Values are not too many, and plain data."""
        if self.left < 0:
            message = f"the file has more than {MAX_VALUES:,} values"
            hint = "keep large weights in an .npz file and name it under `weights:`"
            self.report.stop("E102", self.place(event), message, hint)
        hint = "remove the tag; values are plain data"
        self.report.stop("E103", self.place(event), f"a YAML tag, {shown(event.tag)}", hint)

    def check_depth(self, event: Any, height: int) -> None:
        if len(self.stack) + height > MAX_DEPTH:
            self.report.stop("E102", self.place(event), f"nested deeper than {MAX_DEPTH} levels", "nest less")

    def pairs(self, items: list[Node]) -> tuple[dict[str, Scalar], dict[str, Node]]:
        """The keys and the values of a mapping; a key that stands twice is noted, and its first value kept."""
        keys: dict[str, Scalar] = {}
        values: dict[str, Node] = {}
        left = iter(items)
        for key, value in zip(left, left, strict=True):
            if not isinstance(key, Scalar) or (key.text == "<<" and not key.quoted):
                self.refuse_key(key)
            elif (text := key.text) not in keys:
                keys[text], values[text] = key, value
            else:
                hint = f"it stands first in line {keys[text].place.line}; keep one"
                self.report.add("E105", key.place, f"{shown(text)} stands twice", hint)
        return keys, values

    def refuse_key(self, key: Node) -> None:
        if isinstance(key, Scalar):
            self.report.stop("E107", key.place, "merge keys (<<) are not read", "use `blocks:` with `params` instead")
        self.report.stop("E106", key.place, "a key must be a single word", "quote braces that are meant as text")
