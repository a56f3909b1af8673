"""Heads in a terminal where there are few places: names beside the rows, and over the columns, read downwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.half_blocks import Mode, cell_lines
from dataflow_cli.render.text import display_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.render.pictures.model import Tiles

_WIDE = 2
"""Characters a value, so that it is about as wide as high."""
_LONGEST = 16
"""Characters of a name."""
_BETWEEN = "   "


def sided_lines(panel: Tiles, room: int, mode: Mode, span: tuple[float, float]) -> list[str] | None:
    """The tiles with the names of their rows on the left and those of their columns above; None if too wide."""
    rows, columns = panel.sides
    if not rows:
        return None
    left = min(max(map(len, rows)), _LONGEST)
    wide = left + 1 + _WIDE * len(columns)
    beside = min(panel.columns, (room + len(_BETWEEN)) // (wide + len(_BETWEEN)))
    if beside < 1:
        return None
    over = [f"{' ' * left}{line} " for line in _over(columns)]
    tiles = []
    for index, pixels in enumerate(panel.pixels):
        large = pixels.repeat(2, axis=0).repeat(_WIDE, axis=1)
        cells = cell_lines(large, np.ones(large.shape[:2], bool), mode, span)
        number = f"{panel.numbers[index]:<{wide}}" if panel.numbers else " " * wide
        named = (f"{name[:left]:>{left}} {line}" for name, line in zip(rows, cells, strict=True))
        tiles.append([number, *over, *named])
    lines: list[str] = []
    for start in range(0, len(tiles), beside):
        lines += [*([""] if start else []), *map(_BETWEEN.join, zip(*tiles[start : start + beside], strict=True))]
    return lines


def _over(columns: Sequence[str]) -> list[str]:
    """The tokens of the columns, a letter a line, and under them the last digits of their numbers."""
    tokens = [_letters(name.partition(" ")[2])[:_LONGEST] for name in columns]
    high = max(map(len, tokens))
    standing = [[" "] * (high - len(letters)) + letters for letters in tokens]
    lines = [
        "".join(letter if display_width(letter) > 1 else f" {letter}" for letter in line)
        for line in zip(*standing, strict=True)
    ]
    return [*lines, "".join(f" {place % 10}" for place in range(len(columns)))]


def _letters(text: str) -> list[str]:
    """Its letters, each with the marks that are put on it."""
    found: list[str] = []
    for sign in text:
        if found and not display_width(sign):
            found[-1] += sign
        else:
            found.append(sign)
    return found
