"""Curves in a terminal: two pixels to a character in color, a sign a curve in ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.between import fraction
from dataflow_cli.render.pictures.curves import extent, number, ticks
from dataflow_cli.render.pictures.half_blocks import Mode, cell_lines, colored
from dataflow_cli.render.pictures.terminal_numbers import number_lines, numbers_margin

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Curve, Plot
    from dataflow_cli.render.pictures.themes import Theme
    from dataflow_cli.shapes import Array

LINES = 14
"""Height in characters."""
SIGNS = "*o+x#@"
_EMPTY, _ZERO = -1, -2


def plot_lines(panel: Plot, room: int, mode: Mode, theme: Theme) -> list[str]:
    """All curves in one frame of `room` characters, their names above, the ends of both axes beside."""
    rows = ticks(*extent([curve.y for curve in panel.curves]), 4)
    low, high = rows[0], rows[-1]
    ends = extent([curve.x for curve in panel.curves])
    left = max(len(number(low)), len(number(high))) + 1
    margin = numbers_margin(panel, room, left, ends)
    left = left if margin is None else margin
    canvas = _canvas(panel, (low, high), ends, max(room - left, 8))
    body = _ascii(canvas) if mode == "ascii" else _colors(canvas, mode, theme)
    marks = {0: number(high), LINES - 1: number(low)}
    if low < 0 < high:
        marks.setdefault(round((LINES - 1) * (1 - float(fraction(0, low, high)))), "0")
    width = canvas.shape[1]
    return [
        *([] if margin is None else number_lines(panel, margin, width, ends, mode=mode, theme=theme)),
        _names(panel, left + width, mode, theme),
        *(f"{marks.get(index, ''):>{left - 1}} {line}" for index, line in enumerate(body)),
        " " * left + f"{number(ends[0])}{number(ends[1]):>{max(width - len(number(ends[0])), 1)}}",
    ]


def _canvas(panel: Plot, span: tuple[float, float], ends: tuple[float, float], width: int) -> Array:
    """The number of the curve at every pixel (2 LINES, width); the zero line where no curve is."""
    canvas = np.full((2 * LINES, width), _EMPTY)
    if span[0] <= 0 <= span[1]:
        canvas[_pixel(fraction(np.zeros(1), *span)), :] = _ZERO
    for index, curve in enumerate(panel.curves):
        _draw(canvas, curve, index, span, ends)
    if panel.filled:
        inked = np.logical_or.accumulate(canvas >= 0, axis=0)
        canvas[inked & (np.arange(len(canvas))[:, None] <= _pixel(fraction(np.zeros(1), *span)))] = 0
    return canvas


def _draw(canvas: Array, curve: Curve, index: int, span: tuple[float, float], ends: tuple[float, float]) -> None:
    """A curve, its pixels joined from column to column."""
    columns = np.linspace(*ends, canvas.shape[1])
    half = (ends[1] - ends[0]) / (2 * canvas.shape[1])
    inside = (columns >= curve.x[0] - half) & (columns <= curve.x[-1] + half)
    heights = np.interp(columns, curve.x, fraction(curve.y, *span))
    before = None
    for column in np.flatnonzero(inside & np.isfinite(heights)).tolist():
        pixel = int(_pixel(heights[column : column + 1])[0])
        start = pixel if before is None or before[0] != column - 1 else before[1]
        first, last = sorted((start + (pixel > start) - (pixel < start), pixel)) if start != pixel else (pixel, pixel)
        canvas[first : last + 1, column] = index
        before = (column, pixel)


def _pixel(heights: Array) -> Array:
    """The row of pixels, from the top, of heights from 0 to 1."""
    rows: Array = np.rint((1 - heights) * (2 * LINES - 1)).astype(np.int64)
    return rows


def _colors(canvas: Array, mode: Mode, theme: Theme) -> list[str]:
    palette = np.array([*theme.curves, theme.line, theme.line], np.uint8)  # -1 and -2 are the last two
    index = np.where(canvas >= 0, canvas % len(theme.curves), canvas)
    return cell_lines(palette[index], canvas != _EMPTY, mode)


def _ascii(canvas: Array) -> list[str]:
    merged = np.maximum(canvas[::2], canvas[1::2])
    zero = (canvas[::2] == _ZERO) | (canvas[1::2] == _ZERO)
    return [
        "".join(
            SIGNS[one % len(SIGNS)] if one >= 0 else "-" if flat else " " for one, flat in zip(row, line, strict=True)
        )
        for row, line in zip(merged.tolist(), zero.tolist(), strict=True)
    ]


def _names(panel: Plot, width: int, mode: Mode, theme: Theme) -> str:
    """The curves' names behind their signs or colors."""
    parts, room = [], width
    for index, curve in enumerate(panel.curves):
        room -= len(curve.name) + 4
        if room < 0:
            break
        sign = SIGNS[index % len(SIGNS)] if mode == "ascii" else "■"
        parts.append(f"{colored(sign, theme.curves[index % len(theme.curves)], mode)} {curve.name}")
    return "  ".join(parts) + " " * max(0, room)
