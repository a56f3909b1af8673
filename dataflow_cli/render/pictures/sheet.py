"""Picture -> Sheet: title, a column for every input, a row for every tensor with its label, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.model import Legend, Picture, Row, Tiles
from dataflow_cli.render.pictures.shapes import Anchor, Block, Drawing, Rect, Shape, Sheet, Text, moved
from dataflow_cli.render.pictures.sizing import SMALL, Room, place

if TYPE_CHECKING:
    from fractions import Fraction

    from dataflow_cli.render.pictures.themes import Theme

MAX_PIXELS = 64_000_000
"""The largest picture; many programs refuse larger ones."""
MARGIN, ROW_GAP, COLUMN_GAP, LABEL_GAP = 24, 26, 36, 28
TITLE, NAME, LINE = 18, 15, 17
"""Sizes of the title and a row's name; the height of a line of small text."""
_LEGEND_HEIGHT = 10
WIDTHS = ((0, 640), (4, 432), (10, 324))
"""How wide a column is for so many named inputs at most; with more, 240."""


def column_width(columns: int) -> int:
    """The width that a column should have."""
    return next((width for most, width in WIDTHS if columns <= most), 240)


def sheet(picture: Picture, theme: Theme, zoom: Fraction | None = None) -> Sheet:
    """The picture laid out. `zoom` is how many pixels a value is wide, or a fraction 1/n: n values to a pixel.

    Without it every value gets a pixel at least; only where that would be too large are wide mosaics averaged, which
    their labels say. Raises OutputError if the sheet would be larger than `MAX_PIXELS`.
    """
    narrow = column_width(len(picture.heads))
    rooms = [Room(max(narrow, _widest_grid(picture)), zoom)]
    if zoom is None:
        rooms += [Room(narrow), Room(narrow, compact=True)]
    for room in rooms:
        found = _laid_out(picture, theme, room)
        if found.width * found.height <= MAX_PIXELS:
            return found
    raise OutputError(
        f"the picture would be {found.width:,} x {found.height:,} pixels, {MAX_PIXELS:,} are the most",
        hint="show fewer layers (-l GLOB) or inputs, or make it smaller: --zoom 1/2 averages 2 x 2 values",
    )


def _laid_out(picture: Picture, theme: Theme, room: Room) -> Sheet:
    cells = [[place(panel, room, theme) for panel in row.panels] for row in picture.rows]
    labels = [_label(row, cell[0].said, theme) for row, cell in zip(picture.rows, cells, strict=True)]
    left = MARGIN + max(label.width for label in labels) + LABEL_GAP
    columns = _columns(picture, cells, left)
    shapes, y = _heading(picture, [x for x, _ in columns], theme)
    for label, row in zip(labels, cells, strict=True):
        shapes += moved(label.shapes, MARGIN, y)
        for (x, _), cell in zip(columns, row, strict=False):
            shapes += moved(cell.shapes, x, y)
        y += max(label.height, *(cell.height for cell in row)) + ROW_GAP
    for index, note in enumerate(picture.notes):
        shapes.append(Text(MARGIN, y + index * LINE + LINE / 2, note, SMALL, theme.muted))
    height = y + len(picture.notes) * LINE + MARGIN - (0 if picture.notes else ROW_GAP)
    return Sheet(_width(picture, columns), height, tuple(shapes), background=theme.background)


def _widest_grid(picture: Picture) -> int:
    """The width of the widest mosaic with a pixel a value; the others are drawn as large as it allows."""
    panels = [panel for row in picture.rows for panel in row.panels if isinstance(panel, Tiles) and not panel.captions]
    return max((panel.columns * (panel.pixels.shape[2] + 1) for panel in panels if len(panel.pixels) > 1), default=0)


def _columns(picture: Picture, cells: list[list[Drawing]], left: int) -> list[tuple[int, int]]:
    """Where each column begins, and how wide it is."""
    columns: list[tuple[int, int]] = []
    for index in range(max(map(len, cells))):
        drawings = [row[index].width for row in cells if index < len(row)]
        heads = [text_width(head, NAME) for head in picture.heads[index : index + 1]]
        columns.append((left, max(drawings + heads)))
        left += columns[-1][1] + COLUMN_GAP
    return columns


def _width(picture: Picture, columns: list[tuple[int, int]]) -> int:
    last, width = columns[-1]
    texts = [text_width(picture.title, TITLE), *(text_width(note, SMALL) for note in picture.notes)]
    return max(last + width, MARGIN + max(texts)) + MARGIN


def _heading(picture: Picture, columns: list[int], theme: Theme) -> tuple[list[Shape], int]:
    """The title and the inputs' names, and where the first row begins."""
    shapes: list[Shape] = [Text(MARGIN, MARGIN + 8, picture.title, TITLE, theme.ink)]
    y = MARGIN + 16 + 20
    if not picture.heads:
        return shapes, y
    shapes += [Text(x, y + 9, head, NAME, theme.ink) for x, head in zip(columns, picture.heads, strict=False)]
    return shapes, y + 30


def _label(row: Row, said: str, theme: Theme) -> Drawing:
    """A row's name, shape, grid and legend."""
    shapes: list[Shape] = [Text(0, 9, row.name, NAME, theme.ink)]
    y = 22
    lines = (*row.lines, said) if said else row.lines
    for line in lines:
        shapes.append(Text(0, y + LINE / 2, line, SMALL, theme.muted))
        y += LINE
    width = max([text_width(row.name, NAME), *(text_width(line, SMALL) for line in lines)])
    if row.legend is None:
        return Drawing(width, y, tuple(shapes))
    shapes += moved(_legend(row.legend, theme), 0, y + 5)
    return Drawing(max(width, len(row.legend.pixels)), y + 5 + _LEGEND_HEIGHT + LINE, tuple(shapes))


def _legend(legend: Legend, theme: Theme) -> list[Shape]:
    wide = len(legend.pixels)
    shapes: list[Shape] = [
        Rect(-1, -1, wide + 2, _LEGEND_HEIGHT + 2, theme.line),
        Block(0, 0, legend.pixels[None], 1, _LEGEND_HEIGHT),
    ]
    for position, mark in legend.marks:
        anchor: Anchor = "left" if position == 0 else "right" if position == 1 else "middle"
        shapes.append(Text(position * wide, _LEGEND_HEIGHT + 9, mark, SMALL - 1, theme.muted, anchor))
    return shapes
