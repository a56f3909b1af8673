"""A table in LaTeX, with the lines of booktabs: a document of its own, or what goes into one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dataflow_cli.render.formats.grid import cells, total_cells
from dataflow_cli.render.tex import formula, line, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.render.formats import Style
    from dataflow_cli.render.report import Column, Report

HEAD = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[margin=1.5cm,landscape]{geometry}
\usepackage{amsmath,booktabs,longtable}
\setlength{\parindent}{0pt}
\setlength{\LTleft}{0pt}
\begin{document}
\footnotesize
"""
TAIL = "\\end{document}\n"
FRAGMENT = "% needs \\usepackage{amsmath,booktabs}\n"
_PROSE = 40
"""Prose that is longer, in characters, goes over several lines."""
_PAGE = 0.6
"""The share of a page that such columns take together."""
_SIGNED = re.compile(r"-\d+(\.\d+)?|-?\d+(\.\d+)?e[+-]\d+|-inf")


def write(report: Report, style: Style) -> str:
    """The title, the table over as many pages as it needs, and the notes; as a fragment the table alone."""
    if style.fragment:
        return FRAGMENT + "\n".join(_table(report, style, "tabular")) + "\n"
    title = [rf"\textbf{{{words(report.title)}}}\par", ""] if report.title and style.header else []
    notes = [line(note.replace("\n", " ")) for note in report.notes] if style.header else []
    parts = [*title, *_table(report, style, "longtable"), "", *notes]
    return f"{HEAD}\n" + "\n".join(parts) + f"\n{TAIL}"


def _table(report: Report, style: Style, environment: str) -> Iterator[str]:
    columns = report.visible
    rows, totals = cells(report, columns), total_cells(report, columns)
    yield rf"\begin{{{environment}}}{{{''.join(_layout(columns, rows))}}}"
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


def _layout(columns: tuple[Column, ...], rows: list[list[str]]) -> Iterator[str]:
    """How every column is set: at one side, or folded where it is long prose."""
    long = {
        place
        for place, column in enumerate(columns)
        if column.wraps and max((len(row[place]) for row in rows), default=0) > _PROSE
    }
    for place, column in enumerate(columns):
        yield rf"p{{{_PAGE / len(long):.2f}\linewidth}}" if place in long else column.align[0]


def _row(texts: list[str]) -> str:
    """One line; a bracket or a star at its beginning would be taken for an option of the line before."""
    return " & ".join(f"{{{text}}}" if text.startswith(("[", "*")) else text for text in texts) + r" \\"


def _cell(column: Column, text: str) -> str:
    """Numbers with the minus and the power of ten that numbers have."""
    return f"${formula(text)}$" if column.align == "right" and _SIGNED.fullmatch(text) else words(text)
