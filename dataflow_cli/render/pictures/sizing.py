"""Panel -> Drawing: how large pixels, bars and strips become in the room they have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures.between import fraction
from dataflow_cli.render.pictures.curves import place_plot
from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.model import Bars, Panel, Plot, Scatter, Strips, Tiles
from dataflow_cli.render.pictures.planes import shrunk
from dataflow_cli.render.pictures.scatter_plot import place_scatter
from dataflow_cli.render.pictures.shapes import Block, Drawing, Rect, Shape, Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from dataflow_cli.render.pictures.model import Group
    from dataflow_cli.render.pictures.themes import Theme

SMALL = 12
"""Size of the text beside values."""
_CAPTION = 18
_NARROWEST_PLOT = 560
_APART, _SMALL_TILE = 12, 28
_LARGEST_ZOOM = 16
"""Of a value in a grid; a picture alone may be larger."""
_WIDEST_BAR = 24
_BAR_STEP, _BAR_EDGE = 18, 3
_NARROWEST_BARS, _WIDEST_BARS = 60, 432


@dataclass(frozen=True)
class Room:
    """The width that a panel should fill, and how large one value is to be drawn (None: as large as fits)."""

    width: int
    zoom: Fraction | None = None
    compact: bool = False
    """Average what is wider than the room, instead of going beyond it."""


def place(panel: Panel, room: Room, theme: Theme) -> Drawing:
    """A panel at its size."""
    match panel:
        case Tiles():
            return place_tiles(panel, room, theme)
        case Strips():
            return place_strips(panel, room, theme)
        case Bars():
            return place_bars(panel, room, theme)
        case Plot():
            return place_plot(panel, max(room.width, _NARROWEST_PLOT), theme)
        case Scatter():
            return place_scatter(panel, theme)


def gap(tile: int, *, captions: bool = False) -> int:
    """Pixels between two tiles of so many pixels; pictures with captions stand apart."""
    return _APART if captions else 1 if tile < _SMALL_TILE else 2


def place_tiles(panel: Tiles, room: Room, theme: Theme) -> Drawing:
    """A grid of tiles, every value a square of whole pixels."""
    factor = room.zoom.denominator if room.zoom else _factor(panel, room.width) if room.compact else 1
    pixels = shrunk(panel.pixels, factor)
    _, height, width, _ = pixels.shape
    zoom = room.zoom.numerator if room.zoom else _largest_zoom(panel, room.width) if factor == 1 else 1
    between = gap(width * zoom, captions=bool(panel.captions))
    step_x, step_y = width * zoom + between, height * zoom + between + (_CAPTION if panel.captions else 0)
    shapes: list[Shape] = []
    if len(pixels) == 1:
        shapes.append(Rect(-1, -1, width * zoom + 2, height * zoom + 2, theme.line))
    for index, tile in enumerate(pixels):
        x, y = index % panel.columns * step_x, index // panel.columns * step_y
        shapes.append(Block(x, y, tile, zoom, zoom))
        if panel.captions:
            middle = y + height * zoom + _CAPTION // 2
            shapes.append(Text(x + width * zoom / 2, middle, panel.captions[index], SMALL, theme.muted, "middle"))
    said = f"{factor} x {factor} averaged" if factor > 1 else ""
    return Drawing(panel.columns * step_x - between, panel.rows * step_y - between, tuple(shapes), said)


def _factor(panel: Tiles, room: int) -> int:
    """The smallest factor at which the grid is as wide as the room, at least a pixel a tile."""
    width = panel.pixels.shape[2]
    return next((n for n in range(1, width) if panel.columns * (-(-width // n) + 1) <= room + 1), width)


def _largest_zoom(panel: Tiles, room: int) -> int:
    """The largest zoom that fits: a grid as high as wide at most, a single picture half as high."""
    count, height, width, _ = panel.pixels.shape
    most = room if count == 1 else _LARGEST_ZOOM
    high = room // 2 if count == 1 else room
    for zoom in range(most, 1, -1):
        between = gap(width * zoom, captions=bool(panel.captions))
        wide = panel.columns * (width * zoom + between) - between
        if wide <= room and panel.rows * (height * zoom + between) - between <= high:
            return zoom
    return 1


def place_strips(panel: Strips, room: Room, theme: Theme) -> Drawing:
    """Bar codes with their labels on the left; groups apart, each with its name."""
    longest = max(len(strip) for strip in panel.strips)
    labels = max((text_width(label, SMALL) for label in panel.labels), default=-8) + 8
    names = max((text_width(group.name, SMALL + 2) for group in panel.groups), default=-12) + 12
    left = labels + names
    across = room.zoom.numerator if room.zoom else max(1, min(_WIDEST_BAR, (room.width - left) // longest))
    height, between = (40, 0) if len(panel.strips) == 1 else (18, 3) if not panel.labels else (14, 2)
    shapes: list[Shape] = []
    y = 0
    for group, strips in _grouped(panel):
        if group is not None:
            tall = group.count * (height + between) - between
            shapes.append(Text(0, y + tall / 2, group.name, SMALL + 2, theme.ink))
        for index in strips:
            if panel.labels:
                shapes.append(Text(left - 8, y + height / 2, panel.labels[index], SMALL, theme.muted, "right"))
            shapes.append(Block(left, y, panel.strips[index][None], across, height))
            y += height + between
        y += 12
    return Drawing(left + longest * across, y - 12 - between, tuple(shapes))


def _grouped(panel: Strips) -> Iterator[tuple[Group | None, range]]:
    start = 0
    for group in panel.groups:
        yield group, range(start, start + group.count)
        start += group.count
    if not panel.groups:
        yield None, range(len(panel.strips))


def place_bars(panel: Bars, room: Room, theme: Theme) -> Drawing:
    """A line a class: its name, its bar, its number."""
    names = max(text_width(name, SMALL) for name in panel.names) + 8
    numbers = max(text_width(text, SMALL) for text in panel.texts) + 8
    width = max(_NARROWEST_BARS, min(room.width, _WIDEST_BARS) - names - numbers)
    zero = round(width * float(fraction(0, panel.low, panel.high)))
    high = len(panel.values) * _BAR_STEP
    shapes: list[Shape] = []
    for index, (name, value, text) in enumerate(zip(panel.names, panel.values, panel.texts, strict=True)):
        y, best = index * _BAR_STEP, index == panel.best
        middle, ink = y + _BAR_STEP / 2, theme.ink if best else theme.muted
        start, length = _stretch(panel, value, width)
        shapes += [
            Text(names - 8, middle, name, SMALL, ink, "right"),
            Rect(names, y + _BAR_STEP // 2, width, 1, theme.line),
            Rect(names + start, y + _BAR_EDGE, length, _BAR_STEP - 2 * _BAR_EDGE, theme.accent if best else theme.rest),
            Text(names + width + 8, middle, text, SMALL, ink),
        ]
    shapes.append(Rect(names + zero, 0, 1, high, theme.muted))
    return Drawing(names + width + numbers, high, tuple(shapes))


def _stretch(panel: Bars, value: float, width: int) -> tuple[int, int]:
    """Where the bar of a value begins and how long it is, in pixels; infinities reach the end, NaN has none."""
    cut = 0.0 if math.isnan(value) else max(panel.low, min(panel.high, value))
    ends = [round(width * float(fraction(end, panel.low, panel.high))) for end in (0.0, cut)]
    return min(ends), abs(ends[1] - ends[0])
