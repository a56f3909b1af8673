"""Matrix -> Drawing: counts in cells, the names of their rows on the left and of their columns above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.shapes import Drawing, Rect, Shape, Text
from dataflow_cli.render.pictures.themes import mixed

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Matrix
    from dataflow_cli.render.pictures.themes import Theme

_CELL, _EDGE = 30, 14
_DARK = 0.5
"""From this share on a cell is dark."""


def place_matrix(panel: Matrix, theme: Theme) -> Drawing:
    """Every cell as strong as its share of its row."""
    texts = [*panel.names, *(f"{count:,}" for count in panel.counts.ravel().tolist())]
    wide = max(theme.px(_CELL), *(text_width(one, theme.small) + theme.px(_EDGE) for one in texts))
    high, left = theme.px(_CELL), max(text_width(name, theme.small) for name in panel.names) + 10
    shapes: list[Shape] = []
    for index, name in enumerate(panel.names):
        middle = (index + 0.5) * wide
        shapes.append(Text(left + middle, high / 2, name, theme.small, theme.muted, "middle"))
        shapes.append(Text(left - 10, (index + 1.5) * high, name, theme.small, theme.muted, "right"))
    for row, counts in enumerate(panel.counts.tolist()):
        for column, count in enumerate(counts):
            share = count / (sum(counts) or 1)
            x, y = left + column * wide, (row + 1) * high
            shapes.append(Rect(x, y, wide, high, theme.line))
            shapes.append(Rect(x + 1, y + 1, wide - 1, high - 1, mixed(theme.background, theme.accent, share)))
            ink = theme.background if share > _DARK else theme.ink if count else theme.muted
            shapes.append(Text(x + wide / 2, y + high / 2, f"{count:,}", theme.small, ink, "middle"))
    size = len(panel.names)
    return Drawing(left + size * wide + 1, (size + 1) * high + 1, tuple(shapes))


def matrix_lines(panel: Matrix, room: int) -> list[str]:
    """The matrix as text; where it is too wide, what was confused, the most frequent first."""
    names = max(map(len, panel.names))
    wide = max(names, *(len(f"{count:,}") for count in panel.counts.ravel().tolist())) + 1
    if names + wide * len(panel.names) > room:
        return _confused(panel, room)
    head = " " * names + "".join(f"{name:>{wide}}" for name in panel.names)
    rows = zip(panel.names, panel.counts.tolist(), strict=True)
    return [head, *(f"{name:<{names}}" + "".join(f"{count:>{wide},}" for count in counts) for name, counts in rows)]


def _confused(panel: Matrix, room: int) -> list[str]:
    pairs = [
        (count, f"{panel.names[row]} answered as {panel.names[column]}")
        for row, counts in enumerate(panel.counts.tolist())
        for column, count in enumerate(counts)
        if count and row != column
    ]
    pairs.sort(key=lambda pair: -pair[0])
    return [f"{count:>6,}  {said}"[:room] for count, said in pairs] or ["nothing was confused"]
