"""A part of a drawn explanation: shapes from the upper left, and the room that they take."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.render.diagram.frame import moved
from dataflow_cli.render.diagram.words import width as text_width
from dataflow_cli.render.pictures.shapes import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.render.diagram.scene import Shape
    from dataflow_cli.render.pictures.model import Color

SIZE = 13
"""Pixels of the letters of numbers and sentences."""
LINE = 19
GAP = 14
WIDEST = 900
"""Pixels that sentences and equations are broken at."""


@dataclass(frozen=True)
class Piece:
    """Shapes in a room of so many pixels."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def beside(pieces: Sequence[Piece], gap: float = GAP, *, top: bool = False) -> Piece:
    """From left to right, their middles on one line, or their tops."""
    height = max(piece.height for piece in pieces)
    shapes: list[Shape] = []
    x = 0.0
    for piece in pieces:
        shapes += (moved(shape, x, 0 if top else (height - piece.height) / 2) for shape in piece.shapes)
        x += piece.width + gap
    return Piece(x - gap, height, tuple(shapes))


def below(pieces: Sequence[Piece], gap: float = GAP) -> Piece:
    """From top to bottom."""
    shapes: list[Shape] = []
    y = 0.0
    for piece in pieces:
        shapes += (moved(shape, 0, y) for shape in piece.shapes)
        y += piece.height + gap
    return Piece(max(piece.width for piece in pieces), y - gap, tuple(shapes))


def lines(text: str, color: Color, size: int = SIZE) -> Piece:
    """A sentence, in as many lines as it takes."""
    wide = text_width(text, size)
    pieces = [text] if wide <= WIDEST else wrap(text, max(int(len(text) * WIDEST / wide), 8), subsequent_indent="   ")
    step = LINE * size / SIZE
    shapes = tuple(Text(0, (row + 0.5) * step, piece, size, color) for row, piece in enumerate(pieces))
    return Piece(max(text_width(piece, size) for piece in pieces), len(pieces) * step, shapes)


def number_in(text: str) -> float | None:
    """The number that a cell holds: `0.286`, `12 %`; None for `·` and `…`."""
    try:
        return float(text.removesuffix("%"))
    except ValueError:
        return None
