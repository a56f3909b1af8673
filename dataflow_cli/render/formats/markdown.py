"""A Markdown table, as GitHub renders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.formats.grid import cells, total_cells
from dataflow_cli.render.report import Report

if TYPE_CHECKING:
    from dataflow_cli.render.formats import Style


def write(report: Report, style: Style) -> str:
    """The title as a heading, the table, the notes in a block that keeps their columns."""
    columns = report.visible
    totals = total_cells(report, columns)
    rows = cells(report, columns) + ([[f"**{text}**" if text else "" for text in totals]] if totals else [])
    rules = ["---:" if column.align == "right" else "---" for column in columns]
    table = [_line([escaped(column.title) for column in columns]), _line(rules)]
    table += [_line([escaped(text) for text in row]) for row in rows]
    title = [f"## {escaped(report.title)}", ""] if report.title and style.header else []
    notes = ["", "```text", *report.notes, "```"] if report.notes and style.header else []
    return "\n".join(title + table + notes) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown takes as it is."""
    for mark in "\\`|<[_":
        text = text.replace(mark, f"\\{mark}")
    return text


def _line(row: list[str]) -> str:
    return f"| {' | '.join(row)} |"
