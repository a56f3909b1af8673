"""Matrices in a terminal: side by side, below each other, or in parts, as the room is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.render.explanation.document import Matrix, Row

INDENT = "  "
_FRAME = 4
"""Characters of the brackets around a matrix and of the blanks inside them."""


def row_lines(row: Row, width: int | None) -> list[str]:
    """Matrices side by side, or below each other where they do not fit, or nothing if the row is optional."""
    boxes = [[part] if isinstance(part, str) else matrix_lines(part) for part in row.parts]
    height = max(len(box) for box in boxes)
    wide = [_padded(box, height) for box in boxes]
    total = len(INDENT) + sum(len(box[0]) for box in wide) + len(boxes) - 1
    if width is None or total <= width:
        return [(INDENT + " ".join(cells)).rstrip() for cells in zip(*wide, strict=True)]
    if row.optional:
        return []
    lines: list[str] = []
    sign = ""
    for part in row.parts:
        if isinstance(part, str):
            sign = f"{part} "
            continue
        for piece in _parted(part, width - len(INDENT)):
            title, *rows = matrix_lines(piece)
            lines += [f"{INDENT}{sign}{title}", *(f"{INDENT}{line}".rstrip() for line in rows)]
    return lines


def _parted(matrix: Matrix, room: int) -> Iterator[Matrix]:
    """The matrix, or as many columns of it at a time as there is room for."""
    count = len(matrix.cells[0]) if matrix.cells else 0
    if count < 2 or max(map(len, matrix_lines(matrix)[1:])) <= room:
        yield matrix
        return
    widest = max(len(cell) for row in matrix.cells for cell in row)
    across = max((room - _FRAME) // (widest + len("[]")), 1)
    for start in range(0, count, across):
        end = min(start + across, count)
        marked = frozenset((line, column - start) for line, column in matrix.marked if start <= column < end)
        title = f"{matrix.title}, {_columns(start, end)}"
        yield replace(matrix, title=title, cells=tuple(row[start:end] for row in matrix.cells), marked=marked)


def _columns(start: int, end: int) -> str:
    return f"column {start}" if end == start + 1 else f"columns {start} to {end - 1}"


def _padded(box: list[str], height: int) -> list[str]:
    """A box filled up to a height; a sign stands in the middle of the matrices, below their titles."""
    width = max(map(len, box))
    if len(box) == 1:
        middle = (height - 1) // 2 + 1 if height > 1 else 0
        return [box[0] if line == middle else " " * width for line in range(height)]
    return [line.ljust(width) for line in box] + [" " * width] * (height - len(box))


def matrix_lines(matrix: Matrix) -> list[str]:
    """The title, then the rows with their columns aligned; marked cells in brackets."""
    marks = bool(matrix.marked)
    columns = range(len(matrix.cells[0]) if matrix.cells else 0)
    widths = [max(len(row[column]) for row in matrix.cells) for column in columns]
    lines = [f"{matrix.title}, {matrix.marks} in brackets" if matrix.marks else matrix.title]
    for number, row in enumerate(matrix.cells):
        cells = [
            _cell(row[column].rjust(widths[column]), marked=(number, column) in matrix.marked, marks=marks)
            for column in columns
        ]
        text = ("" if marks else " ").join(cells)
        lines.append(f"[ {text} ]" if matrix.framed else text)
    return lines


def _cell(text: str, *, marked: bool, marks: bool) -> str:
    if not marks:
        return text
    inner = text.lstrip()
    blanks = " " * (len(text) - len(inner))
    return f"{blanks}[{inner}]" if marked else f"{blanks} {inner} "
