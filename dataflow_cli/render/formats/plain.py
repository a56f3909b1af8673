"""Aligned columns without lines or color: for people, for `grep`, and for screens that can nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.formats.grid import cells, total_cells, widths

if TYPE_CHECKING:
    from dataflow_cli.render.formats import Style
    from dataflow_cli.render.report import Report


def write(report: Report, style: Style) -> str:
    """The title, the table and the notes."""
    columns = report.visible
    body = cells(report, columns)
    totals = total_cells(report, columns)
    header = [[column.title for column in columns]] if style.header else []
    lines = header + body + ([totals] if totals else [])
    sizes = widths(lines)
    aligned = [
        "  ".join(
            text.rjust(size) if column.align == "right" else text.ljust(size)
            for text, size, column in zip(line, sizes, columns, strict=True)
        ).rstrip()
        for line in lines
    ]
    title = [report.title, ""] if report.title and style.header else []
    notes = ["", *report.notes] if report.notes and style.header else []
    return "\n".join(title + aligned + notes) + "\n"
