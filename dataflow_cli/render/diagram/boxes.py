"""Outline -> Scene: a box for every part with its name, its kind, its shape and its parameters, and arrows between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.render.diagram import words
from dataflow_cli.render.diagram.frame import framed, is_upright, line, turned
from dataflow_cli.render.diagram.graph import Size
from dataflow_cli.render.diagram.layout import Spacing, laid_out
from dataflow_cli.render.diagram.look import hue, readable, shaded, tinted
from dataflow_cli.render.diagram.scene import Box
from dataflow_cli.render.pictures.shapes import Text

if TYPE_CHECKING:
    from dataflow_cli.outline import Outline, Part
    from dataflow_cli.render.diagram.layout import Point
    from dataflow_cli.render.diagram.look import Look
    from dataflow_cli.render.diagram.scene import Scene, Shape
    from dataflow_cli.render.pictures.model import Color

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


def card_lines(part: Part, look: Look) -> list[str]:
    """What is said of a part: its name, its kind, what comes out and what is learned, the number it is colored by."""
    lines = [words.name(part), words.kind(part)]
    if part.name == part.label:
        lines.pop()
    lines.append(" | ".join(filter(None, (words.tensor(part), words.learned(part)))))
    if look.shades is not None and part.name in look.shades.texts:
        lines.append(f"{look.shades.title} {look.shades.texts[part.name]}")
    return lines


def fill_of(part: Part, look: Look) -> Color:
    """The color of a part's area: its family's, or that of its number."""
    return tinted(look, family_of(part)) if look.shades is None else shaded(look, look.shades, part.name)


def stroke_of(part: Part, look: Look) -> Color:
    """The color of its outline."""
    return hue(family_of(part)) if look.shades is None else look.colors.muted


def family_of(part: Part) -> str:
    """What a part is colored by; inputs and blocks are families of their own."""
    return part.family or ("input" if part.is_input else "block")


def _card(part: Part, look: Look) -> _Card:
    small = max(look.font_size - 2, 6)
    lines = [(said, small if number else look.font_size) for number, said in enumerate(card_lines(part, look))]
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
