"""A Markdown table, as GitHub renders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.formats.grid import cells, total_cells

if TYPE_CHECKING:
    from dataflow_cli.render.formats import Style
    from dataflow_cli.render.report import Report

_MARKS = frozenset("\\`|<>[]_*~&")


def write(report: Report, style: Style) -> str:
    """The title as a heading, the table, the notes in a block that keeps their columns."""
    columns = report.visible
    totals = total_cells(report, columns)
    rules = ["---:" if column.align == "right" else "---" for column in columns]
    table = [_line([escaped(column.title) for column in columns]), _line(rules)]
    table += [_line([escaped(text) for text in row]) for row in cells(report, columns)]
    table += [_line([f"**{escaped(text)}**" if text else "" for text in totals])] if totals else []
    title = [f"## {escaped(report.title)}", ""] if report.title and style.header else []
    notes = ["", *_fenced(report.notes)] if report.notes and style.header else []
    return "\n".join(title + table + notes) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown takes as it is."""
    return "".join(f"\\{one}" if one in _MARKS else one for one in text)


def _fenced(lines: tuple[str, ...]) -> list[str]:
    """Lines that keep their columns; the fence is longer than any run of backticks in them."""
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    return [f"{fence}text", *lines, fence]


def _line(row: list[str]) -> str:
    return f"| {' | '.join(row)} |"
