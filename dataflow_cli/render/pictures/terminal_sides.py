"""Heads in a terminal where there are few places: names beside the rows, numbers over the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.half_blocks import Mode, cell_lines

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Tiles

_WIDE = 2
"""Characters a value, so that it is about as wide as high."""
_LONGEST = 16
"""Characters of a row's name."""
_BETWEEN = "   "


def sided_lines(panel: Tiles, room: int, mode: Mode, span: tuple[float, float]) -> list[str] | None:
    """The tiles with the names of their rows on the left and the numbers of their columns above; None if too wide."""
    rows, columns = panel.sides
    if not rows:
        return None
    left = min(max(map(len, rows)), _LONGEST)
    wide = left + 1 + _WIDE * len(columns)
    beside = min(panel.columns, (room + len(_BETWEEN)) // (wide + len(_BETWEEN)))
    if beside < 1:
        return None
    over = " " * left + "".join(f" {place % 10}" for place in range(len(columns))) + " "
    tiles = []
    for index, pixels in enumerate(panel.pixels):
        large = pixels.repeat(2, axis=0).repeat(_WIDE, axis=1)
        cells = cell_lines(large, np.ones(large.shape[:2], bool), mode, span)
        number = f"{panel.numbers[index]:<{wide}}" if panel.numbers else " " * wide
        named = (f"{name[:left]:>{left}} {line}" for name, line in zip(rows, cells, strict=True))
        tiles.append([number, over, *named])
    lines: list[str] = []
    for start in range(0, len(tiles), beside):
        lines += [*([""] if start else []), *map(_BETWEEN.join, zip(*tiles[start : start + beside], strict=True))]
    return lines
