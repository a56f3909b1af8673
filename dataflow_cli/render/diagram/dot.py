"""Outline -> DOT, for Graphviz and what reads its language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from dataflow_cli.render import text
from dataflow_cli.render.diagram import words
from dataflow_cli.render.diagram.look import LETTERS, fill_of, readable, stroke_of, written

if TYPE_CHECKING:
    from dataflow_cli.outline import Outline, Part
    from dataflow_cli.render.diagram.look import Look


def dot_text(outline: Outline, look: Look) -> str:
    """The network as a graph; nodes are numbered, their names are labels."""
    numbers = {part.name: f"n{number}" for number, part in enumerate(outline.parts)}
    background = "transparent" if look.background is None else written(look.background)
    title = f'label={_quoted(look.title)}, labelloc=t, fontcolor="{written(look.colors.ink)}"'
    large = f'fontname="Helvetica", fontsize={round(look.font_size * 1.4)}'
    lines = [
        "digraph network {",
        f'  graph [rankdir={LETTERS[look.direction]}, bgcolor="{background}", {large}, {title}];',
        f'  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize={look.font_size}];',
        f'  edge [color="{written(look.colors.muted)}"];',
        *(f"  {numbers[part.name]} [{_attributes(part, look)}];" for part in outline.parts),
        *(f"  {numbers[start]} -> {numbers[end]};" for start, end in outline.edges),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _attributes(part: Part, look: Look) -> str:
    fill = fill_of(part, look)
    said = "\n".join(words.lines(part, look.shades))
    colors = (("fillcolor", fill), ("color", stroke_of(part, look)), ("fontcolor", readable(look, fill)))
    return ", ".join([f"label={_quoted(said)}", *(f'{name}="{written(color)}"' for name, color in colors)])


def _quoted(said: str) -> str:
    """A text between quotes, line by line, in ASCII: Graphviz reads backslashes, quotes and entities in it."""
    lines = [escape(text.safe(line)).replace("\\", "\\\\").replace('"', '\\"') for line in said.split("\n")]
    return '"' + "\\n".join(lines).encode("ascii", "xmlcharrefreplace").decode() + '"'
