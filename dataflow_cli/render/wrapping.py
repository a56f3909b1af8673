"""Prose in lines that fit. A line is broken between words alone, so that what has to be typed stays in one piece."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataflow_cli.render.text import display_width

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = re.compile(r"\s*(?:`[^`]+`|\S)+")
"""A word with the blanks before it; a command in backquotes is one word."""
_PIECES = re.compile(r"\s*\S+")
_LABEL = re.compile(r"\s*\S+:\s{2,}")
"""`learned:  `, below whose text the following lines stand."""
_DEEPER = 4
"""Blanks by which an indented line goes on deeper."""
_COLORS = re.compile(r"\x1b\[[0-9;]*m")


def wrapped(text: str, width: int | None, hang: str | None = None) -> list[str]:
    """One line of text in lines of so many columns at most, all but the first behind `hang`; None: one line.

    Without a `hang` they stand below the text behind a label, or deeper than a line that is indented. A word that is
    longer than a line is not cut.
    """
    if width is None or visible_width(text) <= width:
        return [text]
    if hang is None:
        hang = " " * _hang(text)
    lines = [""]
    for word in _words(text, width - display_width(hang)):
        if lines[-1].strip() and visible_width(lines[-1] + word) > width:
            lines.append(hang + word.lstrip())
        else:
            lines[-1] += word
    return lines


def flowed(paragraph: str, width: int | None) -> list[str]:
    """A paragraph that has line ends already: with those, or broken anew where there is a width."""
    return paragraph.split("\n") if width is None else wrapped(paragraph.replace("\n", " "), width)


def paragraphs(text: str) -> list[str]:
    """Text by the paragraph, line ends and all; empty lines and indented ones, as of formulas, are one each."""
    found: list[str] = []
    before = ""
    for line in text.splitlines():
        if _flows(before) and _flows(line):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
        before = line
    return found


def _flows(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(" ")


def visible_width(text: str) -> int:
    """The columns that a text takes, its colors apart."""
    return display_width(_COLORS.sub("", text) if "\x1b" in text else text)


def _hang(text: str) -> int:
    if label := _LABEL.match(text):
        return display_width(label[0])
    indent = len(text) - len(text.lstrip())
    return indent + _DEEPER if indent else 0


def _words(text: str, width: int) -> Iterator[str]:
    """The words; a command that fits into no line is taken apart where its own words end."""
    for word in _WORDS.findall(text):
        if visible_width(word.strip()) > width:
            yield from _PIECES.findall(word)
        else:
            yield word
