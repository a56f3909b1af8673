"""YAML text -> a tree of located nodes, safely.

Built from parse events, which carry line and column and need no recursion; never from `yaml.load`. Tags, merge keys,
duplicate keys, a second document, deep nesting and alias bombs are errors, and scalars stay text.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import field
from typing import TYPE_CHECKING, Any

import yaml

from dataflow_cli.errors import Place
from dataflow_cli.layers.fields import shown
from dataflow_cli.records import dataclass
from dataflow_cli.spec.nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.spec.report import Report

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_ALIAS_NODES = 1_000_000
_LINE_BREAKS = str.maketrans(dict.fromkeys("\r\x85\u2028\u2029", "\n"))
"""What YAML takes for the end of a line, beside `\\n` and `\\r\\n`."""
_OTHER_FILES = {
    b"PK\x03\x04": ("a zip, as .npz weights are", "name the network's .yaml file; weights go with --weights"),
    b"\x93NUMPY": ("a NumPy array", "name the network's .yaml file; data go with -i"),
    b"\x89PNG": ("a picture", "name the network's .yaml file; pictures go with -i"),
    b"\xff\xd8\xff": ("a picture", "name the network's .yaml file; pictures go with -i"),
    b"\x89HDF": ("an HDF5 file", "name a network file; Keras models have to be converted first"),
}
"""What is often given instead, by its first bytes."""
_QUOTING = ("'", '"', "|", ">")
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_tree(data: bytes, file: str, report: Report) -> Node:
    """The tree of one YAML document. Raises NetworkError for what cannot be read as one."""
    start = Place(file, 1, 1)
    for magic, (what, hint) in _OTHER_FILES.items():
        if data.startswith(magic):
            report.stop("E101", start, f"{what}, not a network file", hint)
    if len(data) > MAX_BYTES:
        report.stop(
            "E102",
            start,
            f"the file has more than {MAX_BYTES:,} bytes",
            "keep large weights in an .npz file and name it under `weights:`",
        )
    try:
        text = data.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        report.stop("E101", start, f"not a text file: byte {error.start} is not UTF-8", "save the file as UTF-8")
    lines = tuple(text.replace("\r\n", "\n").translate(_LINE_BREAKS).split("\n"))
    try:
        return _Builder(file, lines, report).build(yaml.parse(text, Loader=_PARSER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _place(file, lines, mark, mark) if mark else start
        tab = place.text[place.column - 1 : place.column] == "\t"
        hint = "indent with blanks, not with tabs" if tab else "check indentation, brackets and quotes"
        report.stop("E101", place, f"not YAML: {error.problem or error.context}", hint)
    except yaml.reader.ReaderError as error:
        report.stop(
            "E101",
            _place_of(file, lines, chr(max(error.character, 0))),
            f"the character #x{error.character:04x} is not allowed in YAML",
            "save the file as plain text",
        )


def _place(file: str, lines: tuple[str, ...], start: Any, end: Any) -> Place:
    """The stretch between two marks, cut at the end of its first line."""
    text = lines[start.line] if start.line < len(lines) else ""
    stop = end.column if end.line == start.line else len(text.rstrip())
    return Place(file, start.line + 1, start.column + 1, max(stop - start.column, 1), text)


def _place_of(file: str, lines: tuple[str, ...], character: str) -> Place:
    """Where a character stands first."""
    for number, text in enumerate(lines, start=1):
        if character in text:
            return Place(file, number, text.index(character) + 1, 1, text)
    return Place(file, 1, 1)


@dataclass
class _Open:
    """A list or mapping whose end has not come yet."""

    event: Any
    items: list[Node] = field(default_factory=list)
    keys: dict[str, Scalar] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)
    key: Scalar | None = None
    size: int = 1
    height: int = 1


class _Builder:
    """Puts nodes together from events, with a stack of its own instead of recursion."""

    def __init__(self, file: str, lines: tuple[str, ...], report: Report) -> None:
        self.file = file
        self.lines = lines
        self.report = report
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.alias_nodes = 0
        self.root: Node | None = None

    def build(self, events: Iterator[Any]) -> Node:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
                self.report.stop("E104", self.place(event), "a second document starts here", "keep one network a file")
            self.take(event)
        if self.root is None:
            self.report.stop("E106", Place(self.file, 1, 1), "the file is empty", "start with `dftrace: 1`")
        return self.root

    def place(self, event: Any) -> Place:
        return _place(self.file, self.lines, event.start_mark, event.end_mark)

    def take(self, event: Any) -> None:
        """Work one event into the tree."""
        if isinstance(event, yaml.ScalarEvent):
            self.refuse_tag(event)
            self.put(Scalar(self.place(event), event.value, quoted=event.style in _QUOTING), 1, 0, event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self.put(*self.aliased(event))
        elif isinstance(event, yaml.CollectionStartEvent):
            self.refuse_tag(event)
            self.refuse_depth(event, 1)
            self.stack.append(_Open(event))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.close(event)

    def refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            self.report.stop(
                "E103", self.place(event), f"a YAML tag, {shown(event.tag)}", "remove the tag; values are plain data"
            )

    def refuse_depth(self, event: Any, height: int) -> None:
        if len(self.stack) + height > MAX_DEPTH:
            self.report.stop("E102", self.place(event), f"nested deeper than {MAX_DEPTH} levels", "nest less")

    def aliased(self, event: Any) -> tuple[Node, int, int, None]:
        """The node that an alias stands for, counted as if it were written out."""
        if event.anchor not in self.anchors:
            message = f"alias {shown('*' + event.anchor)} refers to nothing before it"
            self.report.stop("E108", self.place(event), message, "write the value out, or define it above with &")
        node, size, height = self.anchors[event.anchor]
        self.refuse_depth(event, height)
        self.alias_nodes += size
        if self.alias_nodes > MAX_ALIAS_NODES:
            message = f"aliases expand to more than {MAX_ALIAS_NODES:,} values"
            self.report.stop("E102", self.place(event), message, "use `blocks:` with `repeat` instead")
        return node, size, height, None

    def close(self, event: Any) -> None:
        """The end of a list or mapping: what was open becomes a node."""
        done = self.stack.pop()
        place = _place(self.file, self.lines, done.event.start_mark, event.end_mark)
        node: Node
        if isinstance(done.event, yaml.SequenceStartEvent):
            node = Sequence(place, tuple(done.items))
        else:
            node = Mapping(place, done.keys, done.values)
        self.put(node, done.size, done.height, done.event.anchor)

    def put(self, node: Node, size: int, height: int, anchor: str | None) -> None:
        """Hand a finished node to what it stands in."""
        if anchor is not None:
            self.anchors[anchor] = (node, size, height)
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        parent.size += size
        parent.height = max(parent.height, height + 1)
        if isinstance(parent.event, yaml.SequenceStartEvent):
            parent.items.append(node)
        elif parent.key is None:
            parent.key = self.checked_key(node)
        else:
            self.put_value(parent, parent.key, node)
            parent.key = None

    def checked_key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            self.report.stop("E106", node.place, "a key must be a single word", "quote braces that are meant as text")
        if node.text == "<<" and not node.quoted:
            self.report.stop("E107", node.place, "merge keys (<<) are not read", "use `blocks:` with `params` instead")
        return node

    def put_value(self, parent: _Open, key: Scalar, value: Node) -> None:
        if key.text in parent.keys:
            first = parent.keys[key.text].place.line
            self.report.add(
                "E105", key.place, f"{shown(key.text)} stands twice", f"it stands first in line {first}; keep one"
            )
            return
        parent.keys[key.text] = key
        parent.values[key.text] = value
