"""Plain data -> lines of YAML as people lay it out: on one line what fits, else a part a line, matrices in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.netfile.writing.scalars import Verbatim, scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 120
"""Columns of a line, where what stands in it can be parted."""
_LONGEST_KEY = 1000
"""YAML looks no further for the colon behind a key."""


class Lines(list[Any]):
    """A list that has an item a line, even if all would fit on one."""


class Section(dict[str, Any]):
    """A mapping that has a key a line, even if all would fit on one."""


def document(section: Section) -> str:
    """The text of a file."""
    return "\n".join(_mapping(section, 0)) + "\n"


def flow(value: Any) -> str:
    """The value on one line: `{type: dense, units: 10}`, `[28, 28, 1]`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def _mapping(values: dict[str, Any], indent: int) -> list[str]:
    lines = []
    for key, value in values.items():
        name = scalar(key)
        long = len(name) > _LONGEST_KEY
        lines += [" " * indent + f"? {name}"] if long else []
        lines += _led(" " * indent + (":" if long else f"{name}:"), value, indent + 2)
    return lines


def _led(lead: str, value: Any, indent: int) -> list[str]:
    """A value behind `key:`; what does not fit on the line stands below, from column `indent` on."""
    line = _on_one_line(f"{lead} ", value)
    if line is not None:
        return [line]
    if isinstance(value, dict):
        return [lead, *_mapping(value, indent)]
    return [lead, *_list(value, indent)] if _nests(value) else _filled(f"{lead} ", value)


def _list(items: list[Any], indent: int) -> list[str]:
    return [line for item in _in_columns(items) for line in _item(item, indent)]


def _item(value: Any, indent: int) -> list[str]:
    """An item of a list below its key."""
    lead = " " * indent + "- "
    line = _on_one_line(lead, value)
    if line is not None:
        return [line]
    if isinstance(value, list) and not _nests(value):
        return _filled(lead, value)
    first, *rest = _mapping(value, indent + 2) if isinstance(value, dict) else _list(value, indent + 2)
    return [lead + first.lstrip(" "), *rest]


def _on_one_line(lead: str, value: Any) -> str | None:
    """The value behind its lead if it can stand there; None if it has to be parted."""
    if isinstance(value, Lines | Section) and value:
        return None
    line = lead + flow(value)
    can_be_parted = isinstance(value, list | dict) and len(value) > 0
    return None if can_be_parted and len(line) > WIDTH else line


def _nests(items: list[Any]) -> bool:
    """Whether an item each is worth a line of its own."""
    return isinstance(items, Lines) or any(isinstance(item, list | dict) for item in items)


def _filled(lead: str, items: Sequence[Any]) -> list[str]:
    """`[a, b, ...]` over as many lines as it takes."""
    lines, line = [], lead + "["
    for number, item in enumerate(items):
        word = scalar(item) + ("]" if number == len(items) - 1 else ",")
        if len(line) + len(word) + 1 > WIDTH and number:
            lines.append(line.rstrip(" "))
            line = " " * (len(lead) + 1)
        line += word + " "
    return [*lines, line.rstrip(" ")]


def _in_columns(items: list[Any]) -> list[Any]:
    """Rows of numbers with their columns under each other, if they fit."""
    rows = all(isinstance(item, list) and item and not _nests(item) for item in items)
    if not rows or len({len(item) for item in items}) != 1:
        return items
    texts = [[scalar(number) for number in item] for item in items]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    if sum(widths) + 2 * len(widths) > WIDTH:
        return items
    return [[Verbatim(text.rjust(width)) for text, width in zip(row, widths, strict=True)] for row in texts]
