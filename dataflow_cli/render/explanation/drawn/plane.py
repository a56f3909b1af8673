"""A tensor's plane as small squares shaded by value, with what an element sees of it outlined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.diagram.look import shade
from dataflow_cli.render.diagram.scene import Box, straight
from dataflow_cli.render.explanation.drawn.piece import Piece, below, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.render.diagram.look import Look
    from dataflow_cli.render.diagram.scene import Shape
    from dataflow_cli.render.explanation.document import Plane
    from dataflow_cli.shapes import Array

SIDE = 168
"""Pixels of the longer side, about."""
_MOST = 84
"""Squares along a side; larger planes are averaged."""
_LEVELS = 32
_TITLE = 12
_SEAM = 0.6
"""An edge as wide hides the seams that smoothed pictures have between neighbors."""


def plane_piece(plane: Plane, look: Look) -> Piece:
    """The plane under its title."""
    factor = -(-max(plane.values.shape) // _MOST)
    values = _averaged(np.nan_to_num(plane.values, nan=0.0, posinf=0.0, neginf=0.0), factor)
    rows, columns = values.shape
    cell = max(SIDE // max(rows, columns), 2)
    width, height = columns * cell, rows * cell
    shapes: list[Shape] = [Box(-1, -1, width + 2, height + 2, look.colors.background, look.colors.line, 0, 1)]
    shapes += _squares(values, cell, look)
    (top, bottom), (left, right) = plane.window
    scale = cell / factor
    corners = [(left, top), (right + 1, top), (right + 1, bottom + 1), (left, bottom + 1), (left, top)]
    outline = tuple((min(max(x, 0) * scale, width), min(max(y, 0) * scale, height)) for x, y in corners)
    shapes += [straight(outline, look.colors.background, 4.0), straight(outline, look.colors.curves[1], 2.0)]
    body = Piece(width, height, tuple(shapes))
    return below([lines(plane.title, look.colors.muted, _TITLE), body], 4)


def _averaged(values: Array, factor: int) -> Array:
    if factor == 1:
        return values
    rows, columns = (np.arange(0, length, factor) for length in values.shape)
    sums = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
    sizes = np.outer(*(np.diff([*starts, n]) for starts, n in zip((rows, columns), values.shape, strict=True)))
    means: Array = sums / sizes
    return means


def _squares(values: Array, cell: int, look: Look) -> Iterator[Shape]:
    """Neighbors of one shade in a row as one rectangle; what is zero is left to the background."""
    largest = float(np.abs(values).max()) or 1.0
    levels = np.rint(values / largest * _LEVELS).astype(np.int64)
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    for row, line in enumerate(levels.tolist()):
        start = 0
        for column in range(1, len(line) + 1):
            if column == len(line) or line[column] != line[start]:
                if line[start]:
                    color = shade(look, line[start] / _LEVELS * largest, low, high)
                    yield Box(start * cell, row * cell, (column - start) * cell, cell, color, color, 0, _SEAM)
                start = column
