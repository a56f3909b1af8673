"""Rows of numbers over curves, each number right above its point; a kernel's stand in boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.shapes import Rect, Shape, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.render.pictures.model import Plot
    from dataflow_cli.render.pictures.themes import Theme

_LINE = 20
_APART = 8
"""Pixels between two numbers at least."""


def rows_height(panel: Plot, theme: Theme) -> int:
    """The room that the rows take, with what is between them and the curves."""
    return theme.px(_LINE) * len(panel.numbers) + theme.px(_APART) if panel.numbers else 0


def names_width(panel: Plot, theme: Theme) -> int:
    """The room left of the curves that the rows' names take."""
    return max((text_width(row.name, theme.small) + 16 for row in panel.numbers), default=0)


def least_width(panel: Plot, theme: Theme) -> int:
    """How wide the axis has to be for the numbers not to touch."""
    widest = max((text_width(text, theme.small) for row in panel.numbers for text in row.texts), default=0)
    places = [place for row in panel.numbers for place in row.at]
    return round((max(places) - min(places)) * (widest + _APART)) if places else 0


def number_rows(panel: Plot, at: Callable[[float], float], left: int, theme: Theme) -> list[Shape]:
    """The rows, from the top; `at` says where a position stands."""
    shapes: list[Shape] = []
    line = theme.px(_LINE)
    step = at(1) - at(0)
    for index, row in enumerate(panel.numbers):
        middle = index * line + line / 2
        color = theme.muted if row.curve is None else theme.curves[row.curve % len(theme.curves)]
        shapes.append(Text(left - 10, middle, row.name, theme.small, color, "right"))
        for place, text in zip(row.at, row.texts, strict=True):
            if row.curve is None:
                start, end = round(at(place) - step / 2), round(at(place) + step / 2)
                shapes += [
                    Rect(start, index * line + 1, end - start, line - 2, theme.line),
                    Rect(start + 1, index * line + 2, end - start - 2, line - 4, theme.background),
                ]
            shapes.append(Text(at(place), middle, text, theme.small, color, "middle"))
    return shapes
