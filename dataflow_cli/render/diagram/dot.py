"""Outline -> DOT, for Graphviz and what reads its language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from dataflow_cli.render import text
from dataflow_cli.render.diagram.boxes import card_lines, fill_of, stroke_of
from dataflow_cli.render.diagram.look import readable

if TYPE_CHECKING:
    from dataflow_cli.outline import Outline, Part
    from dataflow_cli.render.diagram.look import Look
    from dataflow_cli.render.pictures.model import Color

_DIRECTIONS = {"down": "TB", "up": "BT", "right": "LR", "left": "RL"}


def dot_text(outline: Outline, look: Look) -> str:
    """The network as a graph; nodes are numbered, their names are labels."""
    numbers = {part.name: f"n{number}" for number, part in enumerate(outline.parts)}
    background = "transparent" if look.background is None else _hex(look.background)
    title = f'label={_quoted(look.title)}, labelloc=t, fontcolor="{_hex(look.colors.ink)}"'
    large = f'fontname="Helvetica", fontsize={round(look.font_size * 1.4)}'
    lines = [
        "digraph network {",
        f'  graph [rankdir={_DIRECTIONS[look.direction]}, bgcolor="{background}", {large}, {title}];',
        f'  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize={look.font_size}];',
        f'  edge [color="{_hex(look.colors.muted)}"];',
        *(f"  {numbers[part.name]} [{_attributes(part, look)}];" for part in outline.parts),
        *(f"  {numbers[start]} -> {numbers[end]};" for start, end in outline.edges),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _attributes(part: Part, look: Look) -> str:
    fill = fill_of(part, look)
    said = "\n".join(card_lines(part, look))
    colors = (("fillcolor", fill), ("color", stroke_of(part, look)), ("fontcolor", readable(look, fill)))
    return ", ".join([f"label={_quoted(said)}", *(f'{name}="{_hex(color)}"' for name, color in colors)])


def _quoted(said: str) -> str:
    """A text between quotes, line by line, in ASCII: Graphviz reads backslashes, quotes and entities in it."""
    lines = [escape(text.safe(line)).replace("\\", "\\\\").replace('"', '\\"') for line in said.split("\n")]
    return '"' + "\\n".join(lines).encode("ascii", "xmlcharrefreplace").decode() + '"'


def _hex(color: Color) -> str:
    return "#" + "".join(f"{part:02x}" for part in color)
