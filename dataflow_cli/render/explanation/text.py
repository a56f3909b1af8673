"""An explanation in a terminal: matrices side by side as far as they fit, numbers aligned."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from dataflow_cli.render.explanation.document import (
    Document,
    Part,
    Row,
    Say,
    Step,
    Table,
    Title,
    Verbatim,
)
from dataflow_cli.render.explanation.matrices import INDENT, row_lines
from dataflow_cli.render.wrapping import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.render.explanation.document import Align
    from dataflow_cli.render.formats import Style

GAP = "  "
"""Between two columns of a table."""
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
    notes = [_styled(line, _DIM, style) for note in document.notes for line in wrapped(note, style.width, INDENT)]
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def _belong(before: Part, part: Part) -> bool:
    """Whether a part follows without an empty line: sentences under a title, or one another."""
    return isinstance(part, Say) and (isinstance(before, Say) or (isinstance(before, Title) and before.level == 1))


def part_lines(part: Part, style: Style) -> Iterator[str]:
    """One part, line by line."""
    if isinstance(part, Title):
        yield from (_styled(line, _BOLD, style) for line in wrapped(part.text, style.width, INDENT))
    elif isinstance(part, Say):
        yield from wrapped(part.text, style.width, INDENT)
    elif isinstance(part, Row):
        yield from row_lines(part, style.width)
    elif isinstance(part, Table):
        yield from table_lines(part, style.width)
    elif isinstance(part, Verbatim):
        yield from (piece for line in part.lines for piece in wrapped(f"{INDENT}{line}".rstrip(), style.width))
    else:
        yield from _steps(part.steps, style.width)


def table_lines(table: Table, width: int | None = None) -> Iterator[str]:
    """Aligned columns under their titles; where they are too wide, the widest text goes over several lines."""
    lines = [table.heads, *table.rows]
    sizes = [max(map(len, column)) for column in zip(*lines, strict=True)]
    excess = 0 if width is None else len(INDENT) + sum(sizes) + len(GAP) * (len(sizes) - 1) - width
    if excess > 0:
        widest = max(range(len(sizes)), key=sizes.__getitem__)
        words = (len(word) for line in lines for word in line[widest].split())
        sizes[widest] = max(sizes[widest] - excess, *words, 1)
    for number, line in enumerate(lines):
        parts = [wrapped(cell, size, "") for cell, size in zip(line, sizes, strict=True)]
        for cells in zip_longest(*parts, fillvalue=""):
            yield (INDENT + GAP.join(map(_aligned, cells, sizes, table.aligns))).rstrip()
        if number == 0:
            yield INDENT + GAP.join("-" * size for size in sizes)


def _aligned(text: str, size: int, align: Align) -> str:
    return text.rjust(size) if align == "right" else text.ljust(size)


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
