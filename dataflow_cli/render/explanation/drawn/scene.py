"""Document -> Scene: part below part, with the tensors that the element looks at."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from dataflow_cli.render.diagram.frame import moved
from dataflow_cli.render.diagram.look import Look
from dataflow_cli.render.diagram.scene import Scene
from dataflow_cli.render.diagram.words import width as text_width
from dataflow_cli.render.explanation.document import Row, Say, Steps, Table, Title, Verbatim
from dataflow_cli.render.explanation.drawn.bars import table_piece
from dataflow_cli.render.explanation.drawn.cells import row_piece
from dataflow_cli.render.explanation.drawn.piece import LINE, SIZE, Piece, below, beside, lines
from dataflow_cli.render.explanation.drawn.plane import plane_piece

if TYPE_CHECKING:
    from dataflow_cli.render.explanation.document import Document, Part

MARGIN = 24
_TITLES = {1: 19, 2: 16, 3: 14}
_BETWEEN = 24


def scene_of(document: Document, theme: str) -> Scene:
    """The whole document on the background of a theme."""
    look = Look(theme=theme, font_size=SIZE)
    head, *rest = document.parts
    pieces = [_piece(head, look)]
    if document.planes:
        pieces.append(beside([plane_piece(plane, look) for plane in document.planes], _BETWEEN, top=True))
    said = groupby(rest, key=lambda part: isinstance(part, Say))
    for sentences, parts in said:
        pieces += _together([_piece(part, look) for part in parts], sentences=sentences)
    pieces += [lines(note, look.colors.muted, SIZE - 1) for note in document.notes]
    whole = below([piece for piece in pieces if piece.height])
    shapes = tuple(moved(shape, MARGIN, MARGIN) for shape in whole.shapes)
    title = head.text if isinstance(head, Title) else ""
    width, height = (math.ceil(side + 2 * MARGIN) for side in (whole.width, whole.height))
    return Scene(width, height, shapes, look.background, title)


def _together(pieces: list[Piece], *, sentences: bool) -> list[Piece]:
    """Sentences that follow one another, as one part."""
    return [below(pieces, 0)] if sentences else pieces


def _piece(part: Part, look: Look) -> Piece:
    """One part at its size."""
    if isinstance(part, Title):
        return lines(part.text, look.colors.ink, _TITLES[part.level])
    if isinstance(part, Say):
        return lines(part.text, look.colors.ink)
    if isinstance(part, Row):
        return row_piece(part, look)
    if isinstance(part, Table):
        return table_piece(part, look)
    if isinstance(part, Verbatim):
        return below([lines(line or " ", look.colors.ink) for line in part.lines], 0)
    return _steps(part, look)


def _steps(steps: Steps, look: Look) -> Piece:
    """Names in a column of their own, the arithmetic beside them."""
    names = max(text_width(step.name, SIZE) for step in steps.steps) + _BETWEEN
    pieces = []
    for step in steps.steps:
        text = f"{step.expression} = {step.result}" if step.expression else f"= {step.result}"
        name, said = lines(step.name, look.colors.muted), lines(text, look.colors.ink)
        shapes = (*name.shapes, *(moved(shape, names, 0) for shape in said.shapes))
        pieces.append(Piece(names + said.width, max(said.height, LINE), shapes))
    return below(pieces, 0)
