"""An explanation in Markdown: tables as tables, matrices and arithmetic in blocks that keep their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.explanation.document import Document, Part, Say, Table, Title
from dataflow_cli.render.explanation.text import part_lines
from dataflow_cli.render.formats import Style
from dataflow_cli.render.formats.markdown import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 100
"""The width of a block before matrices go below each other."""


def write(document: Document, style: Style) -> str:
    """The whole document."""
    plain = Style(width=style.width or WIDTH)
    lines: list[str] = []
    fenced = False
    for part in document.parts:
        if isinstance(part, Title | Say | Table):
            lines += ["```"] if fenced else []
            fenced = False
            lines += ["", *_open(part)]
            continue
        block = list(part_lines(part, plain))
        if not block:
            continue
        lines += [""] if fenced else ["", "```text"]
        fenced = True
        lines += block
    lines += ["```"] if fenced else []
    for note in document.notes:
        lines += ["", f"*{escaped(note)}*"]
    return "\n".join(lines).strip("\n") + "\n"


def _open(part: Part) -> Iterator[str]:
    """What Markdown has words for."""
    if isinstance(part, Title):
        yield f"{'#' * part.level} {escaped(part.text)}"
    elif isinstance(part, Say):
        yield escaped(part.text)
    elif isinstance(part, Table):
        yield _line(part.heads)
        yield _line(tuple("---:" if align == "right" else "---" for align in part.aligns), plain=True)
        for row in part.rows:
            yield _line(row)


def _line(cells: tuple[str, ...], *, plain: bool = False) -> str:
    return f"| {' | '.join(cell if plain else escaped(cell) for cell in cells)} |"
