"""A report as an HTML table: what a notebook shows."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from dataflow_cli.render.formats.grid import cells, total_cells

if TYPE_CHECKING:
    from dataflow_cli.render.report import Column, Report


def report_html(report: Report) -> str:
    """The title, the table with its totals, and the notes. Everything that comes from a file is escaped."""
    columns = report.visible
    head = "".join(_cell("th", column.title, column) for column in columns)
    body = "".join(_line(line, columns) for line in cells(report, columns))
    totals = total_cells(report, columns)
    foot = f"<tfoot>{_line(totals, columns)}</tfoot>" if totals else ""
    notes = f"<pre>{escape(chr(10).join(report.notes))}</pre>" if report.notes else ""
    caption = f"<caption>{escape(report.title)}</caption>" if report.title else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table>{notes}"


def _line(line: list[str], columns: tuple[Column, ...]) -> str:
    return f"<tr>{''.join(_cell('td', text, column) for text, column in zip(line, columns, strict=True))}</tr>"


def _cell(tag: str, text: str, column: Column) -> str:
    return f'<{tag} style="text-align: {column.align}">{escape(text)}</{tag}>'
