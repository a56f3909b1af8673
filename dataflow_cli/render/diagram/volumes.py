"""Outline -> Scene: every tensor as a box in perspective, as papers and textbooks draw a convolutional network.

Height and width of all tensors are drawn to one scale, their channels to another; a vector is as high as the logarithm
of its length. The window that slides over a tensor is drawn on it where it has room.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.render.diagram import words
from dataflow_cli.render.diagram.frame import framed, is_upright, line, turned
from dataflow_cli.render.diagram.graph import Size
from dataflow_cli.render.diagram.layout import Spacing, laid_out
from dataflow_cli.render.diagram.look import family_of, hue, shaded
from dataflow_cli.render.diagram.scene import Polygon, straight
from dataflow_cli.render.diagram.tensors import extent_of, joined
from dataflow_cli.render.pictures.shapes import Text
from dataflow_cli.render.pictures.themes import mixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.outline import Outline, Part
    from dataflow_cli.render.diagram.layout import Route
    from dataflow_cli.render.diagram.look import Direction, Look
    from dataflow_cli.render.diagram.scene import Point, Scene, Shape
    from dataflow_cli.render.diagram.tensors import Extent
    from dataflow_cli.render.pictures.model import Color
    from dataflow_cli.render.pictures.shapes import Anchor

_HIGHEST = 13.0
"""Of the largest tensor the height or width, in font sizes."""
_LONGEST = 6.0
"""Of the most channels, in font sizes."""
_LEAST = 3.0
"""No edge is shorter, in pixels."""
_DEPTH = 0.4
"""How long what goes into the picture is drawn."""
_STRENGTHS = {"light": (0.34, 0.18, 0.52), "dark": (0.6, 0.78, 0.42)}
"""How much color is in the face in front, on top and at the side."""
_LINE = 1.3
_SIDES = {"right": ("right", "left"), "left": ("left", "right"), "down": ("bottom", "top"), "up": ("top", "bottom")}
"""By direction the side of a box at which an edge leaves, and the one at which it arrives."""


@dataclass(frozen=True)
class _Volume:
    """The edges of a box in perspective, in pixels: along the channels, upwards, and into the picture."""

    channels: float
    height: float
    depth: float
    scale: float
    """Pixels an element of height or width."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of all that is drawn."""
        return self.channels + self.depth, self.height + self.depth

    def inset(self, side: str, at: float) -> float:
        """How far the box is from the side of all that is drawn, so far from the middle of the side."""
        width, height = self.size
        if side in ("left", "top"):
            return max(self.depth - at - (height if side == "left" else width) / 2, 0.0)
        return max(at + height / 2 - self.height if side == "right" else at + width / 2 - self.channels, 0.0)


def volumes_scene(outline: Outline, look: Look) -> Scene:
    """The drawing. Raises OutputError for what would be too large."""
    outline, tensors = joined(outline)
    if look.shades is not None:
        look = replace(look, shades=look.shades.of(tensors))
    extents = [extent_of(part, channels_first=outline.channels_first) for part in outline.parts]
    volumes = _volumes(extents, look.font_size)
    labels = [_label(part, look) for part in outline.parts]
    upright = is_upright(look.direction)
    sizes = [_room(volume, label, look, upright=upright) for volume, label in zip(volumes, labels, strict=True)]
    numbers = {part.name: number for number, part in enumerate(outline.parts)}
    edges = [(numbers[start], numbers[end]) for start, end in outline.edges]
    wide = look.font_size / 13
    laid = laid_out(
        sizes, edges, Spacing(26 * wide, 20 * wide, 8 * wide), [_body(one, upright=upright) for one in volumes]
    )
    middles = [turned(middle, look.direction) for middle in laid.middles]
    shapes: list[Shape] = []
    for route in laid.routes:
        shapes += line(_touching(route, volumes, laid.middles, look.direction), look.direction, look)
    for number, part in enumerate(outline.parts):
        shapes += _drawn(part, volumes[number], middles[number], look)
        shapes += _words(labels[number], volumes[number], middles[number], look, upright=upright)
    for route in laid.routes:
        window = outline.parts[route.end].window
        if window and not extents[route.start].vector:
            shapes += _window(window, volumes[route.start], middles[route.start], _tip(route, look), look)
    return framed(shapes, look, _notes(extents))


def _volumes(extents: Sequence[Extent], font_size: int) -> list[_Volume]:
    """All tensors in pixels."""
    space = [one for one in extents if not one.vector]
    scale = _HIGHEST * font_size / max((max(one.height, one.width) for one in space), default=1)
    channels = min(scale, _LONGEST * font_size / max((one.channels for one in space), default=1))
    longest = math.log1p(max((one.height for one in extents if one.vector), default=1))
    return [
        _Volume(0.6 * font_size, 0.9 * _HIGHEST * font_size * math.log1p(one.height) / longest, 0.3 * font_size, 0.0)
        if one.vector
        else _Volume(
            max(one.channels * channels, _LEAST),
            max(one.height * scale, _LEAST),
            max(one.width * scale * _DEPTH, _LEAST),
            scale,
        )
        for one in extents
    ]


def _label(part: Part, look: Look) -> list[tuple[str, int]]:
    """What stands beside a tensor: name, kind and shape, and the number that it is colored by."""
    small = max(look.font_size - 2, 6)
    lines = [(words.name(part), look.font_size)]
    if not part.is_input and words.brief(part):
        lines.append((words.brief(part), small))
    lines.append((words.by(part.shape), small))
    if look.shades is not None and part.name in look.shades.texts:
        lines.append((look.shades.before(part.name), small))
    return lines


def _room(volume: _Volume, label: Sequence[tuple[str, int]], look: Look, *, upright: bool) -> Size:
    """What a tensor takes with its label, which stands behind it across the flow."""
    width, height = volume.size
    wide = max(words.width(said, size) for said, size in label)
    high = (len(label) * _LINE + 0.4) * look.font_size
    if upright:
        return Size(max(height, high), width + wide + look.font_size, width / 2)
    return Size(max(width, wide), height + high, height / 2)


def _touching(route: Route, volumes: Sequence[_Volume], middles: Sequence[Point], direction: Direction) -> list[Point]:
    """The corners of an edge from where the one box begins to be seen to where the other does."""
    first, *inner, last = route.points
    leaves, arrives = _SIDES[direction]
    ends = ((first, route.start, leaves, -1), (last, route.end, arrives, 1))
    seen = [
        (along + sign * volumes[number].inset(side, across - middles[number][1]), across)
        for (along, across), number, side, sign in ends
    ]
    return [seen[0], *inner, seen[1]]


def _body(volume: _Volume, *, upright: bool) -> Size:
    """What lines are drawn to: the whole along the flow, across it what two faces have in common."""
    width, height = volume.size
    if upright:
        return Size(height, max(volume.channels - volume.depth, _LEAST))
    return Size(width, max(volume.height - volume.depth, _LEAST))


def _drawn(part: Part, volume: _Volume, middle: Point, look: Look) -> list[Shape]:
    """The three faces that are seen."""
    width, height = volume.size
    left, top = middle[0] - width / 2, middle[1] - height / 2
    near, far = left + volume.channels, left + width
    upper, lower = top + volume.depth, top + height
    faces = (
        ((left, upper), (near, upper), (near, lower), (left, lower)),
        ((left, upper), (left + volume.depth, top), (far, top), (near, upper)),
        ((near, upper), (far, top), (far, top + volume.height), (near, lower)),
    )
    fills = _fills(part, look)
    stroke = mixed(hue(family_of(part)), look.colors.ink, 0.25) if look.shades is None else look.colors.muted
    return [Polygon(face, fill, stroke) for face, fill in zip(faces, fills, strict=True)]


def _fills(part: Part, look: Look) -> list[Color]:
    """The colors of the face in front, on top and at the side."""
    if look.shades is None:
        return [mixed(look.colors.background, hue(family_of(part)), share) for share in _STRENGTHS[look.theme]]
    color = shaded(look, look.shades, part.name)
    return [color, mixed(color, look.colors.background, 0.25), mixed(color, look.colors.ink, 0.12)]


def _words(
    label: Sequence[tuple[str, int]], volume: _Volume, middle: Point, look: Look, *, upright: bool
) -> list[Shape]:
    """The label: under a tensor, or to the right of it where the data flows up or down."""
    width, height = volume.size
    step = _LINE * look.font_size
    if upright:
        x, first = middle[0] + width / 2 + 0.6 * look.font_size, middle[1] - step * (len(label) - 1) / 2
    else:
        x, first = middle[0], middle[1] + height / 2 + 0.8 * look.font_size
    anchor: Anchor = "left" if upright else "middle"
    return [
        Text(x, first + number * step, said, size, look.colors.muted if number else look.colors.ink, anchor)
        for number, (said, size) in enumerate(label)
    ]


def _tip(route: Route, look: Look) -> Point | None:
    """Where an edge arrives, if it leads there straight from the side that is seen."""
    straight_on = len({across for _, across in route.points}) == 1
    return turned(route.points[-1], look.direction) if straight_on and look.direction == "right" else None


def _window(window: Sequence[int], volume: _Volume, middle: Point, tip: Point | None, look: Look) -> list[Shape]:
    """The window on the side where height and width are seen, if it is large enough to be seen and leaves some room.

    Two lines lead from it to the `tip`: one element there is made of what is under the window.
    """
    high, wide = window[-2:] if len(window) > 1 else (window[0], 1)
    height, depth = high * volume.scale, wide * volume.scale * _DEPTH
    if height < _LEAST or height > 0.8 * volume.height or depth > 0.8 * volume.depth:
        return []
    right, top = middle[0] + volume.size[0] / 2, middle[1] - volume.size[1] / 2
    x, y = right - 0.55 * volume.depth - depth / 2, top + 0.55 * volume.depth + depth / 2 + 0.22 * volume.height
    y = min(y, top + volume.height + 0.55 * volume.depth + depth / 2 - height)
    corners = ((x, y), (x + depth, y - depth), (x + depth, y - depth + height), (x, y + height))
    ends = () if tip is None else (corners[1], corners[2])
    cone = [straight((corner, tip), look.colors.muted, 0.7) for corner in ends if tip is not None]
    return [*cone, straight((*corners, corners[0]), look.colors.ink, 1.0)]


def _notes(extents: Sequence[Extent]) -> list[str]:
    """What the lengths mean."""
    space = ["height and width to one scale, channels to another"] if any(not one.vector for one in extents) else []
    flat = ["vectors by the logarithm of their length"] if any(one.vector for one in extents) else []
    return ["; ".join(space + flat)]
