"""The lines of a help page: prose broken between words, examples that can be copied whatever the width."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.terminal import USUAL_WIDTH, terminal_width
from dataflow_cli.render.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MARGIN = 2
"""Columns that prose leaves free at the right."""
_DEEPER = 4
"""Blanks before what goes on in the next line."""
_REMARK = re.compile(r"(?<=\S) {3,}(?=\S)")
"""What stands between a command and what is said of it."""


class HelpPage(click.HelpFormatter):
    """As wide as the terminal, up to 80 columns; Click would break words at their hyphens, and lines of 60 at 78."""

    def __init__(self) -> None:
        super().__init__(width=min(terminal_width(sys.stdout) or USUAL_WIDTH, USUAL_WIDTH) - _MARGIN)

    def write_text(self, text: str) -> None:
        """Paragraphs. One that begins with Click's mark keeps its lines, as far as they fit."""
        indent = " " * self.current_indent
        room = self.width - self.current_indent
        blocks = ("\n".join(f"{indent}{line}" for line in _block(one, room)) for one in text.split("\n\n"))
        self.write("\n\n".join(blocks) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Names, and behind or below each what it is."""
        rows = list(rows)
        indent = " " * self.current_indent
        column = min(max(len(name) for name, _ in rows), col_max) + col_spacing
        for name, about in rows:
            start = f"{name:<{column}}" if len(name) + col_spacing <= column else f"{name}\n{indent}{'':<{column}}"
            lines = wrapped(about, max(self.width - column - self.current_indent, 10), "")
            self.write(f"\n{indent}{'':<{column}}".join([f"{indent}{start}{lines[0]}".rstrip(), *lines[1:]]) + "\n")


def _block(text: str, room: int) -> Iterator[str]:
    kept = text.lstrip().startswith("\b")
    lines = text.strip("\n").split("\n")
    if not kept:
        yield from wrapped(" ".join(line.strip() for line in lines), room, "")
        return
    for line in lines[1:]:
        yield from [line] if len(line) <= room + _MARGIN else _example(line, room)


def _example(line: str, room: int) -> Iterator[str]:
    """A command that is too long with what is said of it goes before that; one that is too long itself goes on."""
    command, *remarks = _REMARK.split(line)
    deeper = " " * (len(line) - len(line.lstrip()) + _DEEPER)
    *before, last = wrapped(command, room - len(" \\"), deeper) if len(command) > room else [command]
    yield from (f"{part} \\" for part in before)
    yield last
    for remark in remarks:
        yield from (f"{deeper}{part}" for part in wrapped(remark, room - len(deeper), ""))
