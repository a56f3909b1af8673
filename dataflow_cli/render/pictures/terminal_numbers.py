"""Rows of numbers over the curves of a terminal, each number above its point, where there is room for all."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dataflow_cli.render.pictures.between import fraction
from dataflow_cli.render.pictures.half_blocks import Mode, colored

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Numbers, Plot
    from dataflow_cli.render.pictures.themes import Theme


def numbers_margin(panel: Plot, room: int, left: int, ends: tuple[float, float]) -> int | None:
    """How many characters the rows' names and what is left of the curves take; None where the numbers do not fit."""
    if not panel.numbers:
        return None
    margin = max(left, *(len(row.name) + 2 for row in panel.numbers))
    widest = max(len(text) for row in panel.numbers for text in row.texts)
    gap = min((abs(b - a) for row in panel.numbers for a, b in pairwise(row.at)), default=1.0)
    fits = (room - margin - 1) * gap >= (widest + 1) * (ends[1] - ends[0])
    return margin if fits else None


def number_lines(
    panel: Plot, margin: int, width: int, ends: tuple[float, float], *, mode: Mode, theme: Theme
) -> list[str]:
    """The rows, `margin` + `width` characters wide."""
    lines = []
    for row in panel.numbers:
        text = f"{row.name:>{margin - 1}} {_line(row, width, ends)}"
        lines.append(text if row.curve is None else colored(text, theme.curves[row.curve % len(theme.curves)], mode))
    return lines


def _line(row: Numbers, width: int, ends: tuple[float, float]) -> str:
    signs = [" "] * width
    for place, text in zip(row.at, row.texts, strict=True):
        middle = round(float(fraction(place, *ends)) * (width - 1))
        start = min(max(middle - len(text) // 2, 0), width - len(text))
        signs[start : start + len(text)] = text
    return "".join(signs)
