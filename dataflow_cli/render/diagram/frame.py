"""What is around a drawing: margins, the title, the scale of the colors. And which way it flows."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.render.diagram import words
from dataflow_cli.render.diagram.look import shade
from dataflow_cli.render.diagram.scene import Box, Curve, Disc, Polygon, Scene
from dataflow_cli.render.pictures.shapes import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.render.diagram.layout import Point
    from dataflow_cli.render.diagram.look import Direction, Look
    from dataflow_cli.render.diagram.scene import Shape

MARGIN = 20.0
MAX_SIDE = 2_000_000
"""Pixels of the longer side of a drawing."""
_STEPS = 40
_SCALE_WIDTH, _SCALE_HEIGHT = 160.0, 10.0
_PEN = 1.4
"""How wide an edge is drawn."""


def turned(point: Point, direction: Direction) -> Point:
    """A place along the flow and across it as x and y."""
    along, across = point
    return {"down": (across, along), "up": (across, -along), "right": (along, across), "left": (-along, across)}[
        direction
    ]


def is_upright(direction: Direction) -> bool:
    """Whether the data flows down or up."""
    return direction in ("down", "up")


def framed(shapes: Sequence[Shape], look: Look, notes: Sequence[str] = ()) -> Scene:
    """The shapes with a title above and notes below, moved to where the picture begins. Raises OutputError."""
    left, top, right, bottom = bounds(shapes)
    head = _title(look)
    foot = _foot(look, notes)
    wide = max(right - left, bounds(head)[2], bounds(foot)[2])
    above = bounds(head)[3] + look.font_size * 0.8 if head else 0.0
    below = bounds(foot)[3] + look.font_size * 1.2 if foot else 0.0
    width, height = wide + 2 * MARGIN, above + bottom - top + below + 2 * MARGIN
    if max(width, height) > MAX_SIDE:
        raise OutputError(
            f"the drawing would be {max(width, height):,.0f} pixels long, at most {MAX_SIDE:,} are drawn",
            hint="fold its blocks with --depth 0, or write -f dot or -f mermaid",
        )
    middle = (wide - (right - left)) / 2
    placed = [
        *(moved(shape, MARGIN, MARGIN) for shape in head),
        *(moved(shape, MARGIN + middle - left, MARGIN + above - top) for shape in shapes),
        *(moved(shape, MARGIN, MARGIN + above + bottom - top + look.font_size * 1.2) for shape in foot),
    ]
    return Scene(math.ceil(width), math.ceil(height), tuple(placed), look.background, look.title)


def _title(look: Look) -> list[Shape]:
    if not look.title:
        return []
    size = round(look.font_size * 1.4)
    return [Text(0, size / 2, words.shortened(look.title, 120), size, look.colors.ink)]


def _foot(look: Look, notes: Sequence[str]) -> list[Shape]:
    small = max(look.font_size - 2, 6)
    line = small * 1.4
    shapes: list[Shape] = [
        Text(0, (number + 0.5) * line, note, small, look.colors.muted) for number, note in enumerate(notes)
    ]
    return shapes + _scale(look, len(notes) * line, small)


def _scale(look: Look, top: float, size: int) -> list[Shape]:
    """What the colors mean: a strip from the smallest to the largest number."""
    if look.shades is None or not look.shades.finite:
        return []
    low, high = look.shades.ends
    said = words.width(look.shades.title, size) + 10
    low_text, high_text = (look.shades.texts[look.shades.finite[end]] for end in (0, -1))
    start = said + words.width(low_text, size) + 8
    y = top + size * 0.7
    shapes: list[Shape] = [
        Text(0, y, look.shades.title, size, look.colors.muted),
        Text(said, y, low_text, size, look.colors.muted),
    ]
    step = _SCALE_WIDTH / _STEPS
    for number in range(_STEPS):
        color = shade(look, low + (high - low) * (number + 0.5) / _STEPS, low, high)
        x, upper, lower = start + number * step, y - _SCALE_HEIGHT / 2, y + _SCALE_HEIGHT / 2
        wide = step if number == _STEPS - 1 else step + 0.5
        shapes.append(Polygon(((x, upper), (x + wide, upper), (x + wide, lower), (x, lower)), color))
    return [*shapes, Text(start + _SCALE_WIDTH + 8, y, high_text, size, look.colors.muted)]


def bounds(shapes: Sequence[Shape]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is drawn."""
    if not shapes:
        return 0.0, 0.0, 0.0, 0.0
    lefts, tops, rights, bottoms = zip(*map(extent, shapes), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def extent(shape: Shape) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of one shape."""
    match shape:
        case Box(x, y, width, height):
            return x, y, x + width, y + height
        case Disc(x, y, radius):
            return x - radius, y - radius, x + radius, y + radius
        case Text(x, y, said, size, _, anchor):
            wide = words.width(said, size)
            left = x - {"left": 0.0, "middle": wide / 2, "right": wide}[anchor]
            return left, y - size / 2, left + wide, y + size / 2
        case Polygon(points) | Curve(points):
            xs, ys = zip(*points, strict=True)
            return min(xs), min(ys), max(xs), max(ys)


def moved(shape: Shape, x: float, y: float) -> Shape:
    """The shape, further right and down."""
    if isinstance(shape, Polygon | Curve):
        return replace(shape, points=tuple((left + x, top + y) for left, top in shape.points))
    return replace(shape, x=shape.x + x, y=shape.y + y)


def line(points: Sequence[Point], direction: Direction, look: Look) -> list[Shape]:
    """An edge through corners along and across the flow: straight in every pair, turning between; with its arrow."""
    size = 4 + 0.25 * look.font_size
    tip = points[-1]
    points = [*points[:-1], (tip[0] - size, tip[1])]
    if len(points) >= 2 and points[-1][0] < points[-2][0]:  # the arrow takes all that there is beside its box
        points[-2] = points[-1]
    color = look.colors.muted
    drawn = [points[0]]
    for number, (before, after) in enumerate(pairwise(points)):
        half = (before[0] + after[0]) / 2
        turns = number % 2 == 1 and abs(before[1] - after[1]) > 0.5
        drawn += [(half, before[1]), (half, after[1]), after] if turns else [before, after, after]
    arrow = (tip, (tip[0] - size, tip[1] - size * 0.55), (tip[0] - size, tip[1] + size * 0.55))
    return [
        Curve(tuple(turned(point, direction) for point in drawn), color, _PEN),
        Polygon(tuple(turned(point, direction) for point in arrow), color),
    ]
