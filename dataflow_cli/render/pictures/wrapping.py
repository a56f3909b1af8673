"""Rows of a sheet, wrapped: many inputs go on in the next lines, many tensors of one input in the next columns."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.shapes import Drawing, Parts, Shape, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.render.pictures.themes import Theme

WIDEST, HIGHEST = 3000, 4000
"""Pixels from which on a sheet is wrapped where nobody says how."""
_ABREAST = 1800
"""Pixels of small tensors side by side."""
_ROW_GAP, _COLUMN_GAP, _LABEL_GAP, _BAND_GAP = 26, 36, 28, 60


@dataclass(frozen=True)
class Line:
    """A row at its size: what stands beside it, and a drawing an input."""

    label: Drawing
    cells: tuple[Drawing, ...]
    is_numbered: bool = False
    """Whether it is a small tensor with its numbers, which is read beside the next one."""


def wrapped(lines: Sequence[Line], heads: Sequence[str], columns: int | None, theme: Theme) -> Drawing:
    """All rows, of several inputs or of one."""
    count = max(len(line.cells) for line in lines)
    if count > 1:
        return _below(lines, heads, columns or _inputs_a_line(lines, heads, theme), theme)
    return _beside(lines, heads, columns or _columns(lines, heads, theme), theme)


def _inputs_a_line(lines: Sequence[Line], heads: Sequence[str], theme: Theme) -> int:
    """The most that are not too wide, as even as they can be."""
    label = max(line.label.width for line in lines) + _LABEL_GAP
    widths = [width + _COLUMN_GAP for width in _widths(lines, heads, theme)]
    most = max(1, (WIDEST - label) // max(widths)) if label + sum(widths) > WIDEST else len(widths)
    return -(-len(widths) // -(-len(widths) // most))


def _below(lines: Sequence[Line], heads: Sequence[str], most: int, theme: Theme) -> Drawing:
    """So many inputs side by side, then the next ones below."""
    count = max(len(line.cells) for line in lines)
    tables = []
    for start in range(0, count, most):
        part = [Line(line.label, line.cells[start : start + most]) for line in lines if line.cells[start:]]
        tables.append(_table(part, heads[start : start + most], theme))
    parts, y = [], 0
    for table in tables:
        parts.append((0, y, table.shapes))
        y += table.height + _BAND_GAP
    return Drawing(max(table.width for table in tables), y - _BAND_GAP, Parts(tuple(parts)))


def _columns(lines: Sequence[Line], heads: Sequence[str], theme: Theme) -> int:
    """One, but where that is very high so many that the whole is about as wide as high; small tensors side by side."""
    if all(line.is_numbered for line in lines):
        fitting = (count for count in range(len(lines), 1, -1) if _beside(lines, heads, count, theme).width <= _ABREAST)
        return next(fitting, 1)
    for count in range(1, len(lines) + 1):
        found = _beside(lines, heads, count, theme)
        if found.height <= max(HIGHEST, found.width):
            return count
    return len(lines)


def _beside(lines: Sequence[Line], heads: Sequence[str], count: int, theme: Theme) -> Drawing:
    """The rows one below the other in so many columns, which are as even as they can be."""
    parts, x, height = [], 0, 0
    for part in _split(lines, count):
        table = _table(part, heads, theme)
        parts.append((x, 0, table.shapes))
        x += table.width + _BAND_GAP
        height = max(height, table.height)
    return Drawing(x - _BAND_GAP, height, Parts(tuple(parts)))


def _split(lines: Sequence[Line], count: int) -> list[list[Line]]:
    """The rows in their order in at most so many columns, the highest as low as it can be."""
    heights = [_height(line) + _ROW_GAP for line in lines]
    low, high = max(heights), sum(heights)
    limit = low + bisect_left(range(low, high), True, key=lambda limit: len(_filled(lines, heights, limit)) <= count)
    return _filled(lines, heights, limit)


def _filled(lines: Sequence[Line], heights: Sequence[int], limit: int) -> list[list[Line]]:
    """A new column where the next row would go beyond the limit."""
    columns: list[list[Line]] = [[]]
    used = 0
    for line, height in zip(lines, heights, strict=True):
        if columns[-1] and used + height > limit:
            columns.append([])
            used = 0
        columns[-1].append(line)
        used += height
    return columns


def _table(lines: Sequence[Line], heads: Sequence[str], theme: Theme) -> Drawing:
    """A column for every input under its name, a row for every tensor beside its label."""
    lefts, left = [], max(line.label.width for line in lines) + _LABEL_GAP
    for width in _widths(lines, heads, theme):
        lefts.append(left)
        left += width + _COLUMN_GAP
    names: list[Shape] = [
        Text(x, theme.px(9), head, theme.name, theme.ink) for x, head in zip(lefts, heads, strict=False)
    ]
    parts: list[tuple[int, int, object]] = [(0, 0, names)]
    y = theme.px(30) if heads else 0
    for line in lines:
        parts.append((0, y, line.label.shapes))
        parts += [(x, y, cell.shapes) for x, cell in zip(lefts, line.cells, strict=False)]
        y += _height(line) + _ROW_GAP
    return Drawing(left - _COLUMN_GAP, y - _ROW_GAP, Parts(tuple(parts)))  # type: ignore[arg-type]  # shapes, all


def _height(line: Line) -> int:
    return max(line.label.height, *(cell.height for cell in line.cells))


def _widths(lines: Sequence[Line], heads: Sequence[str], theme: Theme) -> list[int]:
    """How wide each column is."""
    columns: list[int] = []
    for index in range(max(len(line.cells) for line in lines)):
        drawings = [line.cells[index].width for line in lines if index < len(line.cells)]
        columns.append(max(drawings + [text_width(head, theme.name) for head in heads[index : index + 1]]))
    return columns
