"""Curves in a terminal: two pixels to a character in color, a sign a curve in ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.bands import tints
from dataflow_cli.render.pictures.between import fraction
from dataflow_cli.render.pictures.curves import extent, number, ticks, upwards
from dataflow_cli.render.pictures.half_blocks import Mode, cell_lines, colored
from dataflow_cli.render.pictures.terminal_numbers import number_lines, numbers_margin

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Band, Curve, Plot
    from dataflow_cli.render.pictures.themes import Theme
    from dataflow_cli.shapes import Array

LINES, LOW_LINES = 14, 6
"""Height in characters, and of one of several over one another."""
_LINED_UP = 6
"""The room for numbers left of frames that stand over one another."""
SIGNS = "*o+x#@"
_EMPTY, _ZERO, _BAND = -1, -2, -3
"""Pixels of no curve; bands go on from the last one, downwards."""
_BAND_SIGNS = ".:"


def plot_lines(panel: Plot, room: int, mode: Mode, theme: Theme) -> list[str]:
    """All curves in one frame of `room` characters, their names above, the ends of both axes beside."""
    rows = ticks(*upwards(panel), 4)
    low, high = rows[0], rows[-1]
    lines = LOW_LINES if panel.is_low else LINES
    ends = extent([curve.x for curve in panel.curves])
    left = max(len(number(low)), len(number(high))) + 1
    left = max(left, _LINED_UP) if panel.is_low else left
    margin = numbers_margin(panel, room, left, ends)
    left = left if margin is None else margin
    canvas = _canvas(panel, (low, high), ends, (2 * lines, max(room - left, 8)))
    body = _ascii(canvas) if mode == "ascii" else _colors(canvas, panel, mode, theme)
    marks = {0: number(high), lines - 1: number(low)}
    if low < 0 < high:
        marks.setdefault(round((lines - 1) * (1 - float(fraction(0, low, high)))), "0")
    width = canvas.shape[1]
    return [
        *([] if margin is None else number_lines(panel, margin, width, ends, mode=mode, theme=theme)),
        _names(panel, left + width, mode, theme),
        *(f"{marks.get(index, ''):>{left - 1}} {line}" for index, line in enumerate(body)),
        " " * left + f"{number(ends[0])}{number(ends[1]):>{max(width - len(number(ends[0])), 1)}}",
    ]


def _canvas(panel: Plot, span: tuple[float, float], ends: tuple[float, float], size: tuple[int, int]) -> Array:
    """The number of the curve at every pixel (height, width); the zero line and bands where no curve is."""
    canvas = np.full(size, _EMPTY)
    zero = _pixel(fraction(np.zeros(1), *span), size[0])
    if span[0] <= 0 <= span[1]:
        canvas[zero, :] = _ZERO
    for index, band in enumerate(panel.bands):
        _fill(canvas, band, _BAND - index, panel.curves[0].x, span)
    for index, curve in enumerate(panel.curves):
        _draw(canvas, curve, index, span, ends)
    if panel.filled:
        inked = np.logical_or.accumulate(canvas >= 0, axis=0)
        canvas[inked & (np.arange(len(canvas))[:, None] <= zero)] = 0
    return canvas


def _fill(canvas: Array, band: Band, code: int, x: Array, span: tuple[float, float]) -> None:
    """All pixels from the low end of a band to its high one."""
    columns = np.linspace(x[0], x[-1], canvas.shape[1])
    tops, bottoms = (np.interp(columns, x, fraction(end, *span)) for end in (band.high, band.low))
    for column in np.flatnonzero(np.isfinite(tops) & np.isfinite(bottoms)).tolist():
        top, bottom = _pixel(np.array([tops[column], bottoms[column]]), len(canvas)).tolist()
        canvas[top : bottom + 1, column] = code


def _draw(canvas: Array, curve: Curve, index: int, span: tuple[float, float], ends: tuple[float, float]) -> None:
    """A curve, its pixels joined from column to column."""
    height, width = canvas.shape
    columns = np.linspace(*ends, width)
    half = (ends[1] - ends[0]) / (2 * width)
    inside = (columns >= curve.x[0] - half) & (columns <= curve.x[-1] + half)
    heights = np.interp(columns, curve.x, fraction(curve.y, *span))
    before = None
    for column in np.flatnonzero(inside & np.isfinite(heights)).tolist():
        pixel = int(_pixel(heights[column : column + 1], height)[0])
        start = pixel if before is None or before[0] != column - 1 else before[1]
        first, last = sorted((start + (pixel > start) - (pixel < start), pixel)) if start != pixel else (pixel, pixel)
        canvas[first : last + 1, column] = index
        before = (column, pixel)


def _pixel(heights: Array, count: int) -> Array:
    """The row of pixels, from the top of so many, of heights from 0 to 1."""
    rows: Array = np.rint((1 - heights) * (count - 1)).astype(np.int64)
    return rows


def _colors(canvas: Array, panel: Plot, mode: Mode, theme: Theme) -> list[str]:
    bands = [color for _, color in tints(panel, theme)]
    palette = np.array([*theme.curves, *bands[::-1], theme.line, theme.line], np.uint8)  # the last ones are -1, -2, ...
    index = np.where(canvas >= 0, canvas % len(theme.curves), canvas)
    return cell_lines(palette[index], canvas != _EMPTY, mode)


def _ascii(canvas: Array) -> list[str]:
    """A sign for two pixels: of a curve before the zero line, of that before the narrowest band."""
    upper, lower = canvas[::2], canvas[1::2]
    merged = np.maximum(upper, lower)
    band = np.minimum(upper, lower)
    signs = np.full(merged.shape, " ")
    for depth, sign in enumerate(_BAND_SIGNS):
        signs[band == _BAND - depth] = sign
    signs[(upper == _ZERO) | (lower == _ZERO)] = "-"
    there = merged >= 0
    signs[there] = np.array(list(SIGNS))[merged[there] % len(SIGNS)]
    return ["".join(row) for row in signs.tolist()]


def _names(panel: Plot, width: int, mode: Mode, theme: Theme) -> str:
    """The curves' and bands' names behind their signs or colors."""
    entries = [
        (SIGNS[index % len(SIGNS)], theme.curves[index % len(theme.curves)], curve.name)
        for index, curve in enumerate(panel.curves)
    ]
    entries += [(sign, color, band.name) for sign, (band, color) in zip(_BAND_SIGNS, tints(panel, theme), strict=False)]
    parts, room = [], width
    for sign, color, name in entries:
        room -= len(name) + 4
        if room < 0:
            break
        parts.append(f"{colored(sign if mode == 'ascii' else '■', color, mode)} {name}")
    return "  ".join(parts) + " " * max(0, room)
