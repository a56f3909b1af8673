"""Outline -> Mermaid, which Markdown pages on GitHub, GitLab and in notebooks draw."""

from __future__ import annotations

import json
from string import ascii_letters, digits
from typing import TYPE_CHECKING

from dataflow_cli.render import text
from dataflow_cli.render.diagram import words
from dataflow_cli.render.diagram.look import LETTERS, fill_of, readable, stroke_of, written

if TYPE_CHECKING:
    from dataflow_cli.outline import Outline, Part
    from dataflow_cli.render.diagram.look import Look

_PLAIN = frozenset(ascii_letters + digits + " .,:()-+=*/_%|")


def mermaid_text(outline: Outline, look: Look) -> str:
    """The network as a flowchart; nodes are numbered, their names are labels."""
    numbers = {part.name: f"n{number}" for number, part in enumerate(outline.parts)}
    styles: dict[str, list[str]] = {}
    for part in outline.parts:
        styles.setdefault(_style(part, look), []).append(numbers[part.name])
    lines = [
        *([f"---\ntitle: {json.dumps(text.safe(look.title))}\n---"] if look.title else []),
        f"flowchart {LETTERS[look.direction]}",
        *(
            f'  {numbers[part.name]}["{"<br>".join(map(_written, words.lines(part, look.shades)))}"]'
            for part in outline.parts
        ),
        *(f"  {numbers[start]} --> {numbers[end]}" for start, end in outline.edges),
    ]
    for number, (style, nodes) in enumerate(styles.items()):
        lines += [f"  classDef c{number} {style}", f"  class {','.join(nodes)} c{number}"]
    return "\n".join(lines) + "\n"


def _style(part: Part, look: Look) -> str:
    fill = fill_of(part, look)
    ink = readable(look, fill)
    return f"fill:{written(fill)},stroke:{written(stroke_of(part, look))},color:{written(ink)}"


def _written(said: str) -> str:
    """A text of letters, digits and plain marks; every other character as Mermaid's entity `#number;`."""
    return "".join(one if one in _PLAIN else f"#{ord(one)};" for one in text.safe(said))
