"""A table in LaTeX, with the lines of booktabs: a document of its own, or what goes into one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataflow_cli.render.formats.grid import cells, total_cells, widths
from dataflow_cli.render.tex import formula, line, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.render.formats import Style
    from dataflow_cli.render.report import Column, Report

HEAD = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[margin=15mm,paperheight=210mm,paperwidth=PAPERmm]{geometry}
\usepackage{amsmath,array,booktabs,longtable}
\setlength{\parindent}{0pt}
\setlength{\LTleft}{0pt}
\begin{document}
\footnotesize
"""
TAIL = "\\end{document}\n"
FRAGMENT = "% needs \\usepackage{amsmath,array,booktabs}\n"
_ONE_PAGE = 40
"""More rows go over several pages, for which LaTeX has to run twice."""
_PROSE = 60
"""Prose that is longer, in characters, goes over several lines."""
_PAPER, _MARGINS, _GAP, _LETTER = 297, 30, 4.5, 1.6
"""Millimeters: the least width of the paper, its margins, the blanks between two columns, and a letter."""
_PARAGRAPH = rf">{{\raggedright\arraybackslash}}p{{{_PROSE * _LETTER:.0f}mm}}"
_SIGNED = re.compile(r"-\d+(\.\d+)?|-?\d+(\.\d+)?e[+-]\d+|-inf")


def write(report: Report, style: Style) -> str:
    """The title, the table over as many pages as it needs, and the notes; as a fragment the table alone."""
    if style.fragment:
        return FRAGMENT + "\n".join(_table(report, style, "tabular")) + "\n"
    environment = "tabular" if len(report.rows) <= _ONE_PAGE else "longtable"
    title = [rf"\textbf{{{words(report.title)}}}\par", ""] if report.title and style.header else []
    notes = [line(note.replace("\n", " ")) for note in report.notes] if style.header else []
    parts = [*title, *_table(report, style, environment), "", *notes]
    head = HEAD.replace("PAPER", str(_paper(report)))
    return f"{head}\n" + "\n".join(parts) + f"\n{TAIL}"


def _paper(report: Report) -> int:
    """How wide the paper is: no column runs out of it."""
    columns = report.visible
    letters = sum(
        min(one, _PROSE) if column.wraps else one for column, one in zip(columns, _longest(report), strict=True)
    )
    return max(_PAPER, round(letters * _LETTER + len(columns) * _GAP) + _MARGINS)


def _longest(report: Report) -> list[int]:
    """The characters of the longest text of every column."""
    return widths([[column.title for column in report.visible], *cells(report, report.visible)])


def _table(report: Report, style: Style, environment: str) -> Iterator[str]:
    columns = report.visible
    rows, totals = cells(report, columns), total_cells(report, columns)
    yield rf"\begin{{{environment}}}{{{''.join(_layout(report))}}}"
    yield r"\toprule"
    if style.header:
        yield _row([words(column.title) for column in columns])
        yield r"\midrule"
    if environment == "longtable":
        yield r"\endhead"
    yield from (_row([_cell(*pair) for pair in zip(columns, row, strict=True)]) for row in rows)
    if totals:
        yield r"\midrule"
        yield _row([_cell(*pair) for pair in zip(columns, totals, strict=True)])
    yield r"\bottomrule"
    yield rf"\end{{{environment}}}"


def _layout(report: Report) -> Iterator[str]:
    """How every column is set: at one side, or folded where it is long prose."""
    for column, longest in zip(report.visible, _longest(report), strict=True):
        yield _PARAGRAPH if column.wraps and longest > _PROSE else column.align[0]


def _row(texts: list[str]) -> str:
    """One line; a bracket or a star at its beginning would be taken for an option of the line before."""
    return " & ".join(f"{{{text}}}" if text.startswith(("[", "*")) else text for text in texts) + r" \\"


def _cell(column: Column, text: str) -> str:
    """Numbers with the minus and the power of ten that numbers have."""
    return f"${formula(text)}$" if column.align == "right" and _SIGNED.fullmatch(text) else words(text)
