"""A table of terms with a bar a term: how much each gives, from zero to the left or to the right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.render.diagram.look import shade
from dataflow_cli.render.diagram.scene import Box, straight
from dataflow_cli.render.diagram.words import width as text_width
from dataflow_cli.render.explanation.drawn.piece import LINE, SIZE, Piece, number_in
from dataflow_cli.render.pictures.between import fraction
from dataflow_cli.render.pictures.shapes import Text

if TYPE_CHECKING:
    from dataflow_cli.render.diagram.look import Look
    from dataflow_cli.render.diagram.scene import Shape
    from dataflow_cli.render.explanation.document import Table

BARS = 240
"""Pixels from the smallest to the largest."""
_BETWEEN = 24
_THICK = 12


def table_piece(table: Table, look: Look) -> Piece:
    """The columns under their titles, and behind them a bar for the last number of every line that is one term."""
    grid = [table.heads, *table.rows]
    widths = [max(text_width(cell, SIZE) for cell in column) for column in zip(*grid, strict=True)]
    shapes: list[Shape] = []
    for row, cells in enumerate(grid):
        left = 0.0
        for cell, width, align in zip(cells, widths, table.aligns, strict=True):
            color = look.colors.ink if row else look.colors.muted
            shapes.append(Text(left + width * (align == "right"), (row + 0.5) * LINE, cell, SIZE, color, align))
            left += width + _BETWEEN
    end = sum(widths) + _BETWEEN * (len(widths) - 1)
    shapes.append(straight(((0, LINE), (end, LINE)), look.colors.line, 1))
    bars = _bars(table, end + _BETWEEN, look)
    return Piece(end + (_BETWEEN + BARS if bars else 0), LINE * len(grid), (*shapes, *bars))


def _bars(table: Table, left: float, look: Look) -> list[Shape]:
    values = {row: _term(cells) for row, cells in enumerate(table.rows, 1)}
    numbers = [value for value in values.values() if value is not None]
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    if low == high:
        return []
    zero, *ends = (left + BARS * float(fraction(value, low, high)) for value in (0.0, *numbers))
    shapes: list[Shape] = []
    there = [row for row, value in values.items() if value is not None]
    for row, value, end in zip(there, numbers, ends, strict=True):
        color = shade(look, value, min(low, -high), max(high, -low))
        top = row * LINE + (LINE - _THICK) / 2
        shapes.append(Box(min(zero, end), top, max(abs(end - zero), 1), _THICK, color, color, 0, 0))
    first, last = min(values), max(values) + 1
    return [*shapes, straight(((zero, first * LINE), (zero, last * LINE)), look.colors.muted, 1)]


def _term(cells: tuple[str, ...]) -> float | None:
    """What a line's last column says, unless the line sums up others, which leaves cells before it empty."""
    value = number_in(cells[-1])
    alone = all(cells[1:])
    return value if alone and value is not None and math.isfinite(value) else None
