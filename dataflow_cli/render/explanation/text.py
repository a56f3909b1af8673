"""An explanation in a terminal: matrices side by side as far as they fit, numbers aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.explanation.document import (
    Document,
    Matrix,
    Part,
    Row,
    Say,
    Step,
    Table,
    Title,
    Verbatim,
)
from dataflow_cli.render.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.render.formats import Style

INDENT = "  "
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def write(document: Document, style: Style) -> str:
    """The whole document."""
    lines: list[str] = []
    before: Part | None = None
    for part in document.parts:
        block = list(part_lines(part, style))
        if block:
            lines += [] if before is None or _belong(before, part) else [""]
            lines += block
            before = part
    notes = [_styled(line, _DIM, style) for note in document.notes for line in _wrapped(note, style.width)]
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def _belong(before: Part, part: Part) -> bool:
    """Whether a part follows without an empty line: sentences under a title, or one another."""
    return isinstance(part, Say) and (isinstance(before, Say) or (isinstance(before, Title) and before.level == 1))


def part_lines(part: Part, style: Style) -> Iterator[str]:
    """One part, line by line."""
    if isinstance(part, Title):
        yield from (_styled(line, _BOLD, style) for line in _wrapped(part.text, style.width))
    elif isinstance(part, Say):
        yield from _wrapped(part.text, style.width)
    elif isinstance(part, Row):
        yield from row_lines(part, style.width)
    elif isinstance(part, Table):
        yield from table_lines(part)
    elif isinstance(part, Verbatim):
        yield from (piece for line in part.lines for piece in _kept(line, style.width))
    else:
        yield from _steps(part.steps, style.width)


def _kept(line: str, width: int | None) -> list[str]:
    """An indented line as it is; only if it is too long it goes on in the next, deeper."""
    text = f"{INDENT}{line}".rstrip()
    return wrapped(text, width)


def _wrapped(text: str, width: int | None) -> list[str]:
    """A sentence in lines; in a pipe it is one."""
    return wrapped(text, width, INDENT)


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
    for part, box in zip(row.parts, boxes, strict=True):
        if isinstance(part, str):
            sign = part
            continue
        title, *rows = box
        lines += [f"{INDENT}{sign + ' ' if sign else ''}{title}", *(f"{INDENT}{line}".rstrip() for line in rows)]
    return lines


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
    lines = [matrix.title]
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


def table_lines(table: Table) -> Iterator[str]:
    """Aligned columns under their titles."""
    lines = [table.heads, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        cells = (
            cell.rjust(width) if align == "right" else cell.ljust(width)
            for cell, width, align in zip(line, widths, table.aligns, strict=True)
        )
        yield (INDENT + "  ".join(cells)).rstrip()
        if number == 0:
            yield INDENT + "  ".join("-" * width for width in widths)


def _steps(steps: tuple[Step, ...], width: int | None) -> Iterator[str]:
    """`bias[0]   0.708 - 0.280 = 0.427`: long formulas go on in the next line."""
    name_width = max(len(step.name) for step in steps)
    for step in steps:
        text = f"{step.expression} = {step.result}" if step.expression else f"= {step.result}"
        room = None if width is None else max(width - len(INDENT) - name_width - 2, 20)
        first, *others = wrapped(text, room, "")
        yield f"{INDENT}{step.name:<{name_width}}  {first}"
        for other in others:
            yield f"{INDENT}{'':<{name_width}}  {other}"


def _styled(text: str, code: str, style: Style) -> str:
    return f"{code}{text}{_RESET}" if style.color else text
