"""Points of a plane in a frame: a mark and a color a class, the regions of a network's answers behind them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.curves import Axis, number, ticks
from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.shapes import Area, Block, Dot, Drawing, Line, Rect, Shape, Text
from dataflow_cli.render.pictures.themes import mixed

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Color, Scatter
    from dataflow_cli.render.pictures.themes import Theme
    from dataflow_cli.shapes import Array

SIDE = 480
"""Pixels of the frame, each way."""
TINT = 0.22
"""How much of a class's color is in the region where it is answered."""
_RADIUS, _EDGE = 4.5, 1.2
_NAMES, _BELOW = 30, 44


def place_scatter(panel: Scatter, theme: Theme) -> Drawing:
    """The frame, its axes, the points, and what the marks mean."""
    rows, columns = (_inside(panel.low[axis], panel.high[axis]) for axis in (1, 0))
    left = max((text_width(number(row), theme.small) for row in rows), default=0) + 30
    x = Axis(panel.low[0], panel.high[0], left, left + SIDE)
    y = Axis(panel.low[1], panel.high[1], _NAMES + SIDE, _NAMES)
    shapes = [*_names(panel, left, theme), *_behind(panel, left, theme)]
    for row in rows:
        shapes.append(Rect(left - 4, round(y.at(row)), 4, 1, theme.muted))
        shapes.append(Text(left - 8, y.at(row), number(row), theme.small, theme.muted, "right"))
    for column in columns:
        shapes.append(Rect(round(x.at(column)), _NAMES + SIDE, 1, 4, theme.muted))
        shapes.append(
            Text(x.at(column), _NAMES + SIDE + theme.px(13), number(column), theme.small, theme.muted, "middle")
        )
    shapes.append(
        Text(left + SIDE / 2, _NAMES + SIDE + theme.px(32), panel.axes[0], theme.small, theme.muted, "middle")
    )
    shapes.append(Text(0, 10, panel.axes[1], theme.small, theme.muted))
    for (across, up), index in zip(panel.points.tolist(), panel.classes.tolist(), strict=True):
        if math.isfinite(across) and math.isfinite(up):
            shapes += mark(x.at(across), y.at(up), index, theme)
    return Drawing(left + SIDE + 12, _NAMES + SIDE + theme.px(_BELOW), tuple(shapes))


def color_of(index: int, theme: Theme) -> Color:
    """The color of a class."""
    return theme.curves[index % len(theme.curves)] if index >= 0 else theme.muted


def tints(regions: Array, theme: Theme) -> Array:
    """The colors (rows, columns, 3) of regions; where there is no answer, the background's."""
    present = np.unique(regions)
    shades = [mixed(theme.background, color_of(int(index), theme), TINT if index >= 0 else 0.0) for index in present]
    colors: Array = np.array(shades, np.uint8)[np.searchsorted(present, regions)]
    return colors


def mark(x: float, y: float, index: int, theme: Theme) -> list[Shape]:
    """A circle for class 0, a square for class 1, then other shapes, with a thin edge that keeps neighbors apart."""
    color = color_of(index, theme)
    outer, inner = (
        _mark(x, y, index, radius, one) for radius, one in ((_RADIUS + _EDGE, theme.background), (_RADIUS, color))
    )
    return [outer, inner]


def _mark(x: float, y: float, index: int, radius: float, color: Color) -> Shape:
    corners, turn = _MARKS[index % len(_MARKS)] if index >= 0 else _CIRCLE
    if not corners:
        return Dot(x, y, radius, color)
    far = radius * math.sqrt(
        2 * math.pi / (corners * math.sin(2 * math.pi / corners))
    )  # as large an area as the circle
    angles = (math.tau * (corner + turn) / corners for corner in range(corners))
    return Area(x, y, tuple((far * math.sin(angle), -far * math.cos(angle)) for angle in angles), color)


_CIRCLE = (0, 0.0)
_MARKS = (_CIRCLE, (4, 0.5), (3, 0.0), (4, 0.0), (3, 0.5), (6, 0.0))
"""The corners of each class's mark, and by how much of a side it is turned."""


def _inside(low: float, high: float) -> list[float]:
    """Round numbers on a stretch."""
    return [tick for tick in ticks(low, high) if low <= tick <= high]


def _behind(panel: Scatter, left: int, theme: Theme) -> list[Shape]:
    """The frame with the regions in it."""
    frame = Line(left, _NAMES, ((0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE), (0, 0)), theme.line, 1.0)
    if panel.regions is None:
        return [frame]
    down, across = (SIDE // length for length in panel.regions.shape)
    return [Block(left, _NAMES, tints(panel.regions, theme), across, down), frame]


def _names(panel: Scatter, left: int, theme: Theme) -> list[Shape]:
    """Which mark is which class."""
    shapes: list[Shape] = []
    x = left + SIDE // 8
    for index, name in enumerate(panel.names):
        shapes += mark(x + 6, 10, index, theme)
        shapes.append(Text(x + 18, 10, name, theme.px(13), theme.ink))
        x += 18 + text_width(name, theme.px(13)) + 20
    return shapes
