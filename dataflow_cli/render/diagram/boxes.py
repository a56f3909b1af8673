"""Outline -> Scene: a box for every part with its name, its kind, its shape and its parameters, and arrows between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.render.diagram import words
from dataflow_cli.render.diagram.frame import framed, is_upright, line, turned
from dataflow_cli.render.diagram.graph import Size
from dataflow_cli.render.diagram.layout import Spacing, laid_out
from dataflow_cli.render.diagram.look import fill_of, readable, stroke_of
from dataflow_cli.render.diagram.scene import Box
from dataflow_cli.render.pictures.shapes import Text

if TYPE_CHECKING:
    from dataflow_cli.outline import Outline, Part
    from dataflow_cli.render.diagram.layout import Point
    from dataflow_cli.render.diagram.look import Look
    from dataflow_cli.render.diagram.scene import Scene, Shape

_PADDING = 0.8
"""Left and right of the text, in font sizes; half of it above and below."""
_LINE = 1.35
"""From line to line, in font sizes."""


@dataclass(frozen=True)
class _Card:
    """What a box says, line by line, and how large it is."""

    lines: tuple[tuple[str, int], ...]
    """Text and font size."""
    width: float
    height: float


def boxes_scene(outline: Outline, look: Look) -> Scene:
    """The drawing. Raises OutputError for what would be too large."""
    cards = [_card(part, look) for part in outline.parts]
    upright = is_upright(look.direction)
    sizes = [Size(card.height, card.width) if upright else Size(card.width, card.height) for card in cards]
    numbers = {part.name: number for number, part in enumerate(outline.parts)}
    edges = [(numbers[start], numbers[end]) for start, end in outline.edges]
    wide = look.font_size / 13
    laid = laid_out(sizes, edges, Spacing(34 * wide, 24 * wide, 8 * wide))
    shapes: list[Shape] = []
    for route in laid.routes:
        shapes += line(route.points, look.direction, look)
    for part, card, middle in zip(outline.parts, cards, laid.middles, strict=True):
        shapes += _drawn(part, card, turned(middle, look.direction), look)
    return framed(shapes, look)


def _card(part: Part, look: Look) -> _Card:
    small = max(look.font_size - 2, 6)
    lines = [(said, small if number else look.font_size) for number, said in enumerate(words.lines(part, look.shades))]
    width = max(words.width(said, size) for said, size in lines) + 2 * _PADDING * look.font_size
    return _Card(tuple(lines), width, (len(lines) * _LINE + _PADDING) * look.font_size)


def _drawn(part: Part, card: _Card, middle: Point, look: Look) -> list[Shape]:
    x, y = middle
    fill, stroke = fill_of(part, look), stroke_of(part, look)
    left, top = x - card.width / 2, y - card.height / 2
    shapes: list[Shape] = [Box(left, top, card.width, card.height, fill, stroke, look.font_size / 2)]
    step = _LINE * look.font_size
    first = y - step * (len(card.lines) - 1) / 2
    ink = readable(look, fill)
    for number, (said, size) in enumerate(card.lines):
        shapes.append(Text(x, first + number * step, said, size, ink, "middle"))
    return shapes
