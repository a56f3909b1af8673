"""Small tensors in a terminal as their numbers, tile beside tile."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Tiles

_BETWEEN = "   "


def cells_lines(panel: Tiles, room: int) -> list[str] | None:
    """The numbers of all tiles, each in a column as wide as the longest; None if they do not fit."""
    if panel.texts is None:
        return None
    wide = max(map(len, panel.texts.ravel().tolist())) + 1
    tiles = [["".join(f"{value:>{wide}}" for value in row) for row in tile] for tile in panel.texts.tolist()]
    columns = min(panel.columns, (room + len(_BETWEEN)) // (len(tiles[0][0]) + len(_BETWEEN)))
    if columns < 1:
        return None
    lines: list[str] = []
    for start in range(0, len(tiles), columns):
        lines += [*([""] if start else []), *map(_BETWEEN.join, zip(*tiles[start : start + columns], strict=True))]
    return lines
