"""Curves in a frame: round numbers on both axes, a line at zero, names above."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures.bands import band_areas, tints
from dataflow_cli.render.pictures.between import fraction
from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.number_rows import least_width, names_width, number_rows, rows_height
from dataflow_cli.render.pictures.shapes import Dot, Drawing, Line, Rect, Shape, Text, moved
from dataflow_cli.render.pictures.themes import mixed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.render.pictures.model import Curve, Plot
    from dataflow_cli.render.pictures.themes import Theme
    from dataflow_cli.shapes import Array

HEIGHT, LOW = 240, 100
"""Pixels of the frame, and of one of several over one another."""
_LINED_UP = 48
"""The room for numbers left of frames that stand over one another."""
_TOP, _BOTTOM = 28, 40
"""What is above and below it, beside letters of the usual size."""
SMALLEST, LARGEST = 1e-300, 1e300
"""What numbers must be apart for round ones to be found between them."""
_TINT = 0.4
"""How much of its color is under a filled curve."""
_DOTTED = 64
"""A curve of so few points has its points marked."""


@dataclass(frozen=True)
class Axis:
    """A stretch of numbers laid on a stretch of pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a number stands."""
        return self.start + float(fraction(value, self.low, self.high)) * (self.end - self.start)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most `most` + 1 round numbers (1, 2 or 5 times a power of ten apart) that span low to high.

    At the ends of float64, where there are none around them, the two themselves.
    """
    if not SMALLEST < high - low < LARGEST:
        return [low, 0.0, high] if low < 0 < high else [low, high]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [number * step for number in range(math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9) + 1)]


def place_plot(panel: Plot, width: int, theme: Theme) -> Drawing:
    """All curves in one frame."""
    rows, columns = (
        ticks(*upwards(panel), 4 if panel.is_low else 6),
        ticks(*extent([curve.x for curve in panel.curves]), 10),
    )
    above = rows_height(panel, theme)
    top = above + theme.px(_TOP)
    bottom = top + (LOW if panel.is_low else HEIGHT)
    left = max(*(text_width(number(row), theme.small) + 10 for row in rows), names_width(panel, theme))
    left = max(left, theme.px(_LINED_UP)) if panel.is_low else left
    width = max(width, left + 20 + least_width(panel, theme))
    x = Axis(*extent([curve.x for curve in panel.curves]), left + 8, width - 12)
    y = Axis(rows[0], rows[-1], bottom, top)
    names = moved(_names(panel, left, theme), 0, above)
    shapes: list[Shape] = [*number_rows(panel, x.at, left, theme), *names, *_rows(rows, y, left, width, theme)]
    shapes.extend(band_areas(panel, lambda across, up: (x.at(across), y.at(up)), theme))
    for tick in columns:
        if x.low <= tick <= x.high and not (panel.by_step and tick % 1):
            shapes.append(Rect(round(x.at(tick)), bottom, 1, 4, theme.muted))
            shapes.append(Text(x.at(tick), bottom + theme.px(13), number(tick), theme.small, theme.muted, "middle"))
    middle = (left + width) / 2
    shapes.append(Text(middle, bottom + theme.px(31), panel.across, theme.small, theme.muted, "middle"))
    for index, curve in enumerate(panel.curves):
        color = theme.curves[index % len(theme.curves)]
        if panel.filled:
            shapes.extend(_steps(curve, x, y, mixed(theme.background, color, _TINT)))
        shapes.extend(_curve(curve, x, y, color, dotted=not panel.filled))
    return Drawing(width, bottom + theme.px(_BOTTOM), tuple(shapes))


def upwards(panel: Plot) -> tuple[float, float]:
    """What the axis upwards holds."""
    return panel.span or extent([curve.y for curve in panel.curves])


def extent(parts: Sequence[Array]) -> tuple[float, float]:
    """The smallest and the largest finite number, apart even if there is only one."""
    values = np.concatenate(parts)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if low < high:
        return low, high
    apart = max(abs(low) / 2, SMALLEST) if low else 0.5
    most = float(np.finfo(np.float64).max)
    return max(low - apart, -most), min(high + apart, most)


def number(value: float) -> str:
    """A tick's number: `-100`, `0.25`, `1e+06`."""
    return f"{value:g}"


def _names(panel: Plot, left: int, theme: Theme) -> list[Shape]:
    """Which curve has which color."""
    shapes: list[Shape] = []
    x = left + 8
    for index, curve in enumerate(panel.curves):
        color = theme.curves[index % len(theme.curves)]
        shapes.append(Rect(x, theme.px(9), 16, 3, color))
        shapes.append(Text(x + 22, theme.px(10), curve.name, theme.px(13), theme.ink))
        x += 22 + text_width(curve.name, theme.px(13)) + 20
    for band, color in tints(panel, theme):
        shapes.append(Rect(x, theme.px(10) - 5, 16, 10, color))
        shapes.append(Text(x + 22, theme.px(10), band.name, theme.px(13), theme.ink))
        x += 22 + text_width(band.name, theme.px(13)) + 20
    return shapes


def _rows(rows: list[float], y: Axis, left: int, width: int, theme: Theme) -> list[Shape]:
    shapes: list[Shape] = []
    for row in rows:
        shapes.append(Rect(left, round(y.at(row)), width - left, 1, theme.muted if row == 0 else theme.line))
        shapes.append(Text(left - 6, y.at(row), number(row), theme.small, theme.muted, "right"))
    return shapes


def _steps(curve: Curve, x: Axis, y: Axis, color: tuple[int, int, int]) -> Iterator[Shape]:
    """What is under the flat parts of a curve."""
    points = list(zip(curve.x.tolist(), curve.y.tolist(), strict=True))
    bottom = round(y.at(0))
    for (start, height), (end, same) in pairwise(points):
        if height == same != 0:
            left, top = round(x.at(start)), round(y.at(height))
            yield Rect(left, top, max(round(x.at(end)) - left, 1), bottom - top, color)


def _curve(curve: Curve, x: Axis, y: Axis, color: tuple[int, int, int], *, dotted: bool) -> list[Shape]:
    """The line, interrupted where a value is not finite, and its points if they are few."""
    points = [
        (x.at(a), y.at(b)) if np.isfinite(b) else None for a, b in zip(curve.x.tolist(), curve.y.tolist(), strict=True)
    ]
    shapes: list[Shape] = []
    run: list[tuple[float, float]] = []
    for point in [*points, None]:
        if point is not None:
            run.append(point)
        elif run:
            shapes.append(Line(0, 0, tuple(run), color))
            run = []
    if dotted and len(points) <= _DOTTED:
        shapes.extend(Dot(*point, 3.0, color) for point in points if point is not None)
    return shapes
