"""A matrix as cells with their numbers, shaded by value; marked cells have a thick edge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.render.diagram.look import readable, shade
from dataflow_cli.render.diagram.scene import Box, straight
from dataflow_cli.render.diagram.words import width as text_width
from dataflow_cli.render.explanation.document import Matrix
from dataflow_cli.render.explanation.drawn.piece import SIZE, Piece, below, beside, lines, number_in
from dataflow_cli.render.pictures.shapes import Text

if TYPE_CHECKING:
    from dataflow_cli.render.diagram.look import Look
    from dataflow_cli.render.diagram.scene import Shape
    from dataflow_cli.render.explanation.document import Row

HEIGHT = 26
_NARROWEST, _PADDING = 30, 12
_SIGN = 6
"""Half of the room that an arithmetic sign takes."""
_TITLE, _UNDER_TITLE = 12, 4
WIDEST_ROW = 1400
"""With more, matrices go below each other."""


def row_piece(row: Row, look: Look) -> Piece:
    """Matrices side by side with the signs between them, or below each other where they are too wide together."""
    pieces = [matrix_piece(part, look) if isinstance(part, Matrix) else sign(part, look) for part in row.parts]
    whole = beside(pieces)
    if whole.width <= WIDEST_ROW:
        return whole
    pairs: list[Piece] = []
    waiting: list[Piece] = []
    for part, piece in zip(row.parts, pieces, strict=True):
        waiting.append(piece)
        if isinstance(part, Matrix):
            pairs.append(beside(waiting))
            waiting = []
    return below(pairs)


def matrix_piece(matrix: Matrix, look: Look) -> Piece:
    """The title above the cells."""
    widest = max((text_width(cell, SIZE) for row in matrix.cells for cell in row), default=0)
    width = max(_NARROWEST, widest + _PADDING)
    shapes: list[Shape] = []
    ends = _ends(matrix)
    for row, cells in enumerate(matrix.cells):
        for column, cell in enumerate(cells):
            shapes += _cell(cell, (column * width, row * HEIGHT, width), ends, look)
    for row, column in sorted(matrix.marked):
        shapes += _edge(matrix, row, column, width, look)
    columns = len(matrix.cells[0]) if matrix.cells else 0
    body = Piece(columns * width, len(matrix.cells) * HEIGHT, tuple(shapes))
    title = f"{matrix.title}, {matrix.marks} outlined" if matrix.marks else matrix.title
    return below([lines(title, look.colors.muted, _TITLE), body], _UNDER_TITLE)


def _ends(matrix: Matrix) -> tuple[float, float]:
    """The scale of a matrix: zero is always on it."""
    numbers = [number for row in matrix.cells for cell in row if (number := number_in(cell)) is not None]
    finite = [number for number in numbers if math.isfinite(number)]
    return min([0.0, *finite]), max([0.0, *finite])


def _cell(text: str, place: tuple[float, float, float], ends: tuple[float, float], look: Look) -> list[Shape]:
    x, y, width = place
    value = number_in(text)
    empty = value is None or not math.isfinite(value) or ends[0] == ends[1]
    fill = look.colors.background if empty or value is None else shade(look, value, *ends)
    color = look.colors.muted if value is None else readable(look, fill)
    return [
        Box(x, y, width, HEIGHT, fill, look.colors.line, 0, 1),
        Text(x + width / 2, y + HEIGHT / 2, text, SIZE, color, "middle"),
    ]


def _edge(matrix: Matrix, row: int, column: int, width: float, look: Look) -> list[Shape]:
    """The sides of a marked cell beyond which no other is marked: together they run around the window."""
    left, top, right, bottom = column * width, row * HEIGHT, (column + 1) * width, (row + 1) * HEIGHT
    sides = {
        (row - 1, column): ((left, top), (right, top)),
        (row + 1, column): ((left, bottom), (right, bottom)),
        (row, column - 1): ((left, top), (left, bottom)),
        (row, column + 1): ((right, top), (right, bottom)),
    }
    return [straight(ends, look.colors.ink, 2.4) for other, ends in sides.items() if other not in matrix.marked]


def sign(text: str, look: Look) -> Piece:
    """An arithmetic sign, at the middle of the cells beside it."""
    above = Piece(0, lines("", look.colors.muted, _TITLE).height, ())
    return below([above, _sign(text, look)], _UNDER_TITLE)


def _sign(text: str, look: Look) -> Piece:
    """A sign; a cross is drawn, for not every font has one."""
    if text != "×":
        width = text_width(text, SIZE + 5)
        return Piece(width, HEIGHT, (Text(width / 2, HEIGHT / 2, text, SIZE + 5, look.colors.ink, "middle"),))
    middle, far = HEIGHT / 2, _SIGN - 1.5
    strokes = (((-far, -far), (far, far)), ((-far, far), (far, -far)))
    shapes = tuple(
        straight(tuple((_SIGN + x, middle + y) for x, y in stroke), look.colors.ink, 1.8) for stroke in strokes
    )
    return Piece(2 * _SIGN, HEIGHT, shapes)
