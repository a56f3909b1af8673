"""What stands beside a row: its name, its shape, its grid, and what its colors mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.shapes import Anchor, Block, Drawing, Rect, Shape, Text, moved

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Legend, Row
    from dataflow_cli.render.pictures.themes import Theme

_LEGEND_HEIGHT = 10


def label_of(row: Row, said: str, theme: Theme) -> Drawing:
    """The label of a row; `said` is what was done to make it fit."""
    shapes: list[Shape] = [Text(0, theme.px(9), row.name, theme.name, theme.ink)]
    y = theme.px(22)
    lines = (*row.lines, said) if said else row.lines
    for line in lines:
        shapes.append(Text(0, y + theme.row / 2, line, theme.small, theme.muted))
        y += theme.row
    width = max([text_width(row.name, theme.name), *(text_width(line, theme.small) for line in lines)])
    if row.legend is None:
        return Drawing(width, y, tuple(shapes))
    shapes += moved(_legend(row.legend, theme), 0, y + 5)
    return Drawing(max(width, len(row.legend.pixels)), y + 5 + _LEGEND_HEIGHT + theme.row, tuple(shapes))


def _legend(legend: Legend, theme: Theme) -> list[Shape]:
    wide = len(legend.pixels)
    shapes: list[Shape] = [
        Rect(-1, -1, wide + 2, _LEGEND_HEIGHT + 2, theme.line),
        Block(0, 0, legend.pixels[None], 1, _LEGEND_HEIGHT),
    ]
    for position, mark in legend.marks:
        anchor: Anchor = "left" if position == 0 else "right" if position == 1 else "middle"
        middle = _LEGEND_HEIGHT + theme.px(9)
        shapes.append(Text(position * wide, middle, mark, theme.px(11), theme.muted, anchor))
    return shapes
