"""TSV and CSV: one row a line, raw numbers, shapes as 26x26x32."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.json import special
from dataflow_cli.render.text import safe
from dataflow_cli.unknown import Unknown

if TYPE_CHECKING:
    from dataflow_cli.render.formats import Style
    from dataflow_cli.render.report import Report


def write_tsv(report: Report, style: Style) -> str:
    r"""Tab-separated values; a tab in a text is written as \\t, so that a line is always one row."""
    return "".join("\t".join(cells) + "\n" for cells in _lines(report, style))


def write_csv(report: Report, style: Style) -> str:
    r"""Comma-separated values, quoted as RFC 4180 says, lines ended by \\n."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(_lines(report, style))
    return buffer.getvalue()


def _lines(report: Report, style: Style) -> list[list[str]]:
    header = [[column.key for column in report.visible]] if style.header else []
    return header + [[cell(row.get(column.key)) for column in report.visible] for row in report.rows]


def cell(value: Any) -> str:
    """One raw value."""
    if value is None or isinstance(value, Unknown):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else special(value)
    if isinstance(value, tuple | list):
        items = [str(item) if isinstance(item, Unknown) else cell(item) for item in value]
        return ("x" if all(isinstance(item, int) for item in value) else ",").join(items)
    return safe(value)
