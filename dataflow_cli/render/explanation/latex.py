"""An explanation in LaTeX: a document of its own that needs no more than amsmath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.explanation.document import (
    Document,
    Matrix,
    Part,
    Row,
    Say,
    Step,
    Steps,
    Table,
    Title,
    Verbatim,
)
from dataflow_cli.render.tex import chunks, formula, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.render.formats import Style

HEAD = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{amsmath}
\setcounter{MaxMatrixCols}{40}
\setlength{\parindent}{0pt}
\setlength{\oddsidemargin}{-0.5cm}
\setlength{\textwidth}{17cm}
\begin{document}
"""
FRAGMENT = "% needs \\usepackage{amsmath} and, for wide matrices, \\setcounter{MaxMatrixCols}{40}\n"
TAIL = "\\end{document}\n"
_LEVELS = {1: "section*", 2: "subsection*", 3: "subsubsection*"}
MOST_COLUMNS, WIDEST = 12, 18
"""With more columns together, matrices go below each other; an input with more is left out."""


def write(document: Document, style: Style) -> str:
    """The whole document, ready to compile, or without its preamble."""
    parts = "\n".join("\n".join(_part(part)) + "\n" for part in document.parts)
    notes = "".join(f"\n{{\\footnotesize {words(note)}\\par}}\n" for note in document.notes)
    return f"{FRAGMENT}{parts}{notes}" if style.fragment else f"{HEAD}\n{parts}{notes}\n{TAIL}"


def _part(part: Part) -> Iterator[str]:
    if isinstance(part, Title):
        yield f"\\{_LEVELS[part.level]}{{{words(part.text)}}}"
    elif isinstance(part, Say):
        yield f"{words(part.text)}\\par"
    elif isinstance(part, Row):
        yield from _row(part)
    elif isinstance(part, Table):
        yield from _table(part)
    elif isinstance(part, Verbatim):
        yield from (f"{words(line)}\\par" for line in part.lines if line.strip())
    else:
        yield from _steps(part)


def _row(row: Row) -> Iterator[str]:
    """The matrices of one equation, broken before a sign where it would be too wide."""
    columns = sum(len(part.cells[0]) if part.cells else 0 for part in row.parts if isinstance(part, Matrix))
    if row.optional and columns > WIDEST:
        return
    yield r"\begin{gather*}"
    for part in row.parts:
        if isinstance(part, str):
            yield (r"\\ " if columns > MOST_COLUMNS else "") + formula(part)
        else:
            yield _matrix(part)
    yield r"\end{gather*}"


def _matrix(matrix: Matrix) -> str:
    kind = "bmatrix" if matrix.framed else "matrix"
    lines = (
        " & ".join(_cell(text, marked=(number, column) in matrix.marked) for column, text in enumerate(row))
        for number, row in enumerate(matrix.cells)
    )
    body = " \\\\ ".join(lines)
    title = f"{matrix.title}, {matrix.marks} in boxes" if matrix.marks else matrix.title
    return rf"\underset{{\text{{{words(title)}}}}}{{\begin{{{kind}}} {body} \end{{{kind}}}}}"


def _cell(text: str, *, marked: bool) -> str:
    return rf"\boxed{{{formula(text)}}}" if marked else formula(text)


def _table(table: Table) -> Iterator[str]:
    yield rf"\begin{{tabular}}{{{''.join(align[0] for align in table.aligns)}}}"
    yield _cells(table.heads) + r" \\ \hline"
    for row in table.rows:
        yield _cells(row) + r" \\"
    yield r"\end{tabular}\par"


def _cells(row: tuple[str, ...]) -> str:
    """One line; a cell that begins with a bracket would be taken for an option of the line before."""
    return " & ".join(f"{{{words(cell)}}}" for cell in row)


def _steps(steps: Steps) -> Iterator[str]:
    yield r"\begin{align*}"
    yield " \\\\\n".join(line for step in steps.steps for line in _step(step))
    yield r"\end{align*}"


def _step(step: Step) -> Iterator[str]:
    pieces = chunks(f"{step.expression} = {step.result}" if step.expression else f"= {step.result}")
    for number, piece in enumerate(pieces):
        name = rf"\text{{{words(step.name)}}}" if number == 0 else ""
        yield f"{name} & \\quad {formula(piece)}"
