"""Points of a plane in a terminal: a sign a class; regions as shades, or as dots where there are no colors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.between import fraction
from dataflow_cli.render.pictures.curves import number
from dataflow_cli.render.pictures.half_blocks import Mode, colored, on_color
from dataflow_cli.render.pictures.scatter_plot import color_of, tints

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Scatter
    from dataflow_cli.render.pictures.themes import Theme
    from dataflow_cli.shapes import Array

WIDEST, HIGHEST = 64, 28
"""Characters of the frame."""
SIGNS = "●■▲◆▼⬢"
LETTERS = "o#^+vx"
_DOTS = " .:,'`"
"""Regions without colors."""


def scatter_lines(panel: Scatter, room: int, mode: Mode, theme: Theme) -> list[str]:
    """The classes' names, the frame with the ends of the upward axis beside it, the other axis under it."""
    ends = [number(float(f"{end:.3g}")) for end in (panel.high[1], panel.low[1])]
    left = max(map(len, ends)) + 1
    width = max(min(room - left, WIDEST), 8)
    height = max(min(width // 2, HIGHEST), 4)
    marks = {0: ends[0], height - 1: ends[1]}
    points = _points(panel, height, width)
    body = _body(panel, points, (height, width), mode, theme)
    first, last = (number(float(f"{end:.3g}")) for end in (panel.low[0], panel.high[0]))
    axis = f"{first}{panel.axes[0]:^{max(width - len(first) - len(last), 0)}}{last}"
    lines = [f"{marks.get(row, ''):>{left - 1}} {line}" for row, line in enumerate(body)]
    padding = " " * (room - left - width)
    return [
        _names(panel, room, mode, theme),
        *(line + padding for line in lines),
        (" " * left + axis)[:room].ljust(room),
    ]


def _points(panel: Scatter, height: int, width: int) -> dict[tuple[int, int], int]:
    """The class of the last point in every cell that has one."""
    found = {}
    for (x, y), index in zip(panel.points.tolist(), panel.classes.tolist(), strict=True):
        if math.isfinite(x) and math.isfinite(y):
            across, up = (float(fraction(value, *span)) for value, span in ((x, _span(panel, 0)), (y, _span(panel, 1))))
            found[min(int((1 - up) * height), height - 1), min(int(across * width), width - 1)] = index
    return found


def _span(panel: Scatter, axis: int) -> tuple[float, float]:
    return panel.low[axis], panel.high[axis]


def _body(
    panel: Scatter, points: dict[tuple[int, int], int], size: tuple[int, int], mode: Mode, theme: Theme
) -> list[str]:
    regions = _sampled(panel.regions, *size)
    colors = None if regions is None else tints(regions, theme)
    lines = []
    for row in range(size[0]):
        cells = []
        for column in range(size[1]):
            index = points.get((row, column))
            region = -1 if regions is None else int(regions[row, column])
            if mode == "ascii":
                dot = _DOTS[region % len(_DOTS)] if region >= 0 else " "
                cells.append(dot if index is None else LETTERS[index % len(LETTERS)])
                continue
            sign = " " if index is None else SIGNS[index % len(SIGNS)]
            front = theme.ink if index is None else color_of(index, theme)
            cells.append(on_color(sign, front, None if colors is None else tuple(colors[row, column].tolist()), mode))
        lines.append("".join(cells))
    return lines


def _sampled(regions: Array | None, height: int, width: int) -> Array | None:
    """The answers in the middle of every cell."""
    if regions is None:
        return None
    rows, columns = (
        ((np.arange(count) + 0.5) * length / count).astype(np.int64)
        for count, length in zip((height, width), regions.shape, strict=True)
    )
    cells: Array = regions[np.ix_(rows, columns)]
    return cells


def _names(panel: Scatter, room: int, mode: Mode, theme: Theme) -> str:
    """The classes behind their signs."""
    parts, left = [], room
    for index, name in enumerate(panel.names):
        left -= len(name) + 4
        if left < 0:
            break
        sign = (LETTERS if mode == "ascii" else SIGNS)[index % len(SIGNS)]
        parts.append(f"{colored(sign, color_of(index, theme), mode)} {name}")
    return "  ".join(parts) + " " * max(0, left)
