"""Panel -> Drawing: how large pixels, bars and strips become in the room they have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.render.pictures.between import fraction
from dataflow_cli.render.pictures.curves import place_plot
from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.matrix import place_matrix
from dataflow_cli.render.pictures.model import Bars, Matrix, Panel, Plot, Scatter, Strips, Tiles
from dataflow_cli.render.pictures.scatter_plot import place_scatter
from dataflow_cli.render.pictures.shapes import Block, Drawing, Rect, Shape, Text
from dataflow_cli.render.pictures.tiles import place_tiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.render.pictures.model import Group
    from dataflow_cli.render.pictures.room import Room
    from dataflow_cli.render.pictures.themes import Theme

_NARROWEST_PLOT = 560
_WIDEST_BAR = 24
_BAR_STEP, _BAR_EDGE = 18, 3
_NARROWEST_BARS, _WIDEST_BARS = 60, 432


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
        case Matrix():
            return place_matrix(panel, theme)


def place_strips(panel: Strips, room: Room, theme: Theme) -> Drawing:
    """Bar codes with their labels on the left; groups apart, each with its name."""
    longest = max(len(strip) for strip in panel.strips)
    labels = max((text_width(label, theme.small) for label in panel.labels), default=-8) + 8
    names = max((text_width(group.name, theme.px(14)) for group in panel.groups), default=-12) + 12
    left = labels + names
    across = room.zoom.numerator if room.zoom else max(1, min(_WIDEST_BAR, (room.width - left) // longest))
    height, between = (40, 0) if len(panel.strips) == 1 else (18, 3) if not panel.labels else (theme.px(14), 2)
    shapes: list[Shape] = []
    y = 0
    for group, strips in _grouped(panel):
        if group is not None:
            tall = group.count * (height + between) - between
            shapes.append(Text(0, y + tall / 2, group.name, theme.px(14), theme.ink))
        for index in strips:
            if panel.labels:
                shapes.append(Text(left - 8, y + height / 2, panel.labels[index], theme.small, theme.muted, "right"))
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
    names = max(text_width(name, theme.small) for name in panel.names) + 8
    numbers = max(text_width(text, theme.small) for text in panel.texts) + 8
    width = max(_NARROWEST_BARS, min(room.width, _WIDEST_BARS) - names - numbers)
    step, edge = theme.px(_BAR_STEP), theme.px(_BAR_EDGE)
    zero = round(width * float(fraction(0, panel.low, panel.high)))
    high = len(panel.values) * step
    shapes: list[Shape] = []
    for index, (name, value, text) in enumerate(zip(panel.names, panel.values, panel.texts, strict=True)):
        y, best = index * step, index == panel.best
        middle, ink = y + step / 2, theme.ink if best else theme.muted
        start, length = _stretch(panel, value, width)
        shapes += [
            Text(names - 8, middle, name, theme.small, ink, "right"),
            Rect(names, y + step // 2, width, 1, theme.line),
            Rect(names + start, y + edge, length, step - 2 * edge, theme.accent if best else theme.rest),
            Text(names + width + 8, middle, text, theme.small, ink),
        ]
    shapes.append(Rect(names + zero, 0, 1, high, theme.muted))
    return Drawing(names + width + numbers, high, tuple(shapes))


def _stretch(panel: Bars, value: float, width: int) -> tuple[int, int]:
    """Where the bar of a value begins and how long it is, in pixels; infinities reach the end, NaN has none."""
    cut = 0.0 if math.isnan(value) else max(panel.low, min(panel.high, value))
    ends = [round(width * float(fraction(end, panel.low, panel.high))) for end in (0.0, cut)]
    return min(ends), abs(ends[1] - ends[0])
