"""Picture -> Sheet: title, a column for every input, a row for every tensor with its label, notes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.label import label_of
from dataflow_cli.render.pictures.model import Picture, Tiles
from dataflow_cli.render.pictures.room import Room
from dataflow_cli.render.pictures.shapes import Drawing, Parts, Shape, Sheet, Text
from dataflow_cli.render.pictures.sizing import place
from dataflow_cli.render.pictures.tiles import kin_zoom
from dataflow_cli.render.pictures.wrapping import Line, wrapped

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.themes import Theme

MAX_PIXELS = 64_000_000
"""The largest picture; many programs refuse larger ones."""
SMALLER = (2, 3, 4, 6, 8, 12, 16)
"""Values to a pixel, both ways, that are tried for one that is too large."""
MARGIN = 24
WIDTHS = ((0, 640), (4, 432), (10, 324))
"""How wide a column is for so many named inputs at most; with more, 240."""


def column_width(columns: int) -> int:
    """The width that a column should have."""
    return next((width for most, width in WIDTHS if columns <= most), 240)


def sheet(picture: Picture, theme: Theme, zoom: Fraction | None = None, columns: int | None = None) -> Sheet:
    """The picture laid out. `zoom` is how many pixels a value is wide, or a fraction 1/n: n values to a pixel.

    Without it every value gets a pixel at least; only where that would be too large are wide mosaics averaged, which
    their labels say. `columns` is how many inputs stand side by side, or for one input how many tensors; without it,
    as many as make a sheet that is neither very wide nor very high. Raises OutputError if the sheet would be larger
    than `MAX_PIXELS`.
    """
    narrow = column_width(min(len(picture.heads), columns or len(picture.heads)))
    rooms = [Room(max(narrow, _widest_grid(picture)), zoom)]
    if zoom is None:
        rooms += [Room(narrow), Room(narrow, compact=True)]
    for room in rooms:
        found = _laid_out(picture, theme, replace(room, zooms=_zooms(picture, room, theme)), columns)
        if found.width * found.height <= MAX_PIXELS:
            return Sheet(found.width, found.height, tuple(found.shapes), background=theme.background)
    raise OutputError(
        f"the picture would be {found.width:,} x {found.height:,} pixels, {MAX_PIXELS:,} are the most",
        hint="show fewer layers (-l GLOB) or inputs" + _smaller(picture, theme, narrow, columns),
    )


def _smaller(picture: Picture, theme: Theme, width: int, columns: int | None) -> str:
    """How much smaller a picture that is too large has to be drawn, if that makes it fit."""
    for values in SMALLER:
        found = _laid_out(picture, theme, Room(width, Fraction(1, values)), columns)
        if found.width * found.height <= MAX_PIXELS:
            return f", or make it smaller: --zoom 1/{values} averages {values} x {values} values"
    return ""


def _laid_out(picture: Picture, theme: Theme, room: Room, columns: int | None) -> Drawing:
    """Everything measured, and nothing drawn yet."""
    lines = []
    for row in picture.rows:
        cells = tuple(place(panel, room, theme) for panel in row.panels)
        numbered = all(isinstance(panel, Tiles) and panel.texts is not None for panel in row.panels)
        lines.append(Line(label_of(row, cells[0].said, theme), cells, numbered))
    body = wrapped(lines, picture.heads, columns, theme)
    top = MARGIN + (theme.px(36) if picture.title else 0)
    notes: list[Shape] = [
        Text(0, index * theme.row + theme.row / 2, note, theme.small, theme.muted)
        for index, note in enumerate(picture.notes)
    ]
    below = top + body.height + (theme.px(26) if notes else 0)
    title = [Text(0, theme.px(8), picture.title, theme.title, theme.ink)] if picture.title else []
    parts = ((MARGIN, MARGIN, title), (MARGIN, top, body.shapes), (MARGIN, below, notes))
    texts = [text_width(picture.title, theme.title), *(text_width(note, theme.small) for note in picture.notes)]
    width = max(body.width, *texts) + 2 * MARGIN
    return Drawing(width, below + len(notes) * theme.row + MARGIN, Parts(parts))


def _widest_grid(picture: Picture) -> int:
    """The width of the widest mosaic with a pixel a value; the others are drawn as large as it allows."""
    panels = [panel for row in picture.rows for panel in row.panels if isinstance(panel, Tiles) and not panel.captions]
    return max((panel.columns * (panel.pixels.shape[2] + 1) for panel in panels if len(panel.pixels) > 1), default=0)


def _zooms(picture: Picture, room: Room, theme: Theme) -> dict[str, int]:
    """How large a value is in the tiles of every kin."""
    kins: dict[str, list[Tiles]] = {}
    for row in picture.rows:
        for panel in row.panels:
            if isinstance(panel, Tiles) and panel.kin:
                kins.setdefault(panel.kin, []).append(panel)
    return {kin: kin_zoom(panels, room.width, theme) for kin, panels in kins.items()}
