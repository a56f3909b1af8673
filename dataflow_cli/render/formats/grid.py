"""Cells of a report as text, column by column: what every format for people starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.render.report import Column, Report


def cells(report: Report, columns: tuple[Column, ...]) -> list[list[str]]:
    """The rows as text."""
    return [[_shown(column, row) for column in columns] for row in report.rows]


def total_cells(report: Report, columns: tuple[Column, ...]) -> list[str] | None:
    """The line of totals, or None if there is nothing to add up in these columns."""
    if not any(column.key in report.totals for column in columns):
        return None
    line = [_shown(column, report.totals) if column.key in report.totals else "" for column in columns]
    return ["total", *line[1:]] if not line[0] else line


def _shown(column: Column, row: Mapping[str, Any]) -> str:
    value = row.get(column.told or column.key)
    return "" if value is None else column.show(value)


def widths(lines: list[list[str]]) -> list[int]:
    """The width of every column."""
    return [max(map(len, column), default=0) for column in zip(*lines, strict=True)]
