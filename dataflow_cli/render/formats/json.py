"""JSON and JSON lines: stable, raw integers, shapes as arrays, NaN and infinities as text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dataflow_cli.render.text import special

if TYPE_CHECKING:
    from dataflow_cli.render.formats import Style
    from dataflow_cli.render.report import Report, Row


def write(report: Report, _style: Style) -> str:
    """One document, one row a line, so that people can read it and `diff` can compare it."""
    parts = {"schema": report.schema} | dict(report.head)
    lines = [f"  {dumps(key)}: {dumps(value)}" for key, value in parts.items()]
    rows = ",\n".join(f"    {dumps(_row(report, row))}" for row in report.rows)
    lines.append(f"  {dumps(report.rows_key)}: [\n{rows}\n  ]" if rows else f"  {dumps(report.rows_key)}: []")
    after = ({"totals": report.totals} if report.totals else {}) | dict(report.tail)
    lines += [f"  {dumps(key)}: {dumps(value)}" for key, value in after.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def write_lines(report: Report, _style: Style) -> str:
    """One row a line."""
    return "".join(f"{dumps(_row(report, row))}\n" for row in report.rows)


def _row(report: Report, row: Row) -> dict[str, Any]:
    return {column.key: row.get(column.key) for column in report.columns}


def dumps(value: Any) -> str:
    """A value as one line of JSON, in which everything that a terminal would obey is written as an escape."""
    written = json.dumps(plain(value), ensure_ascii=False, allow_nan=False)
    if written.isprintable():
        return written
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in written)


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, float) and not math.isfinite(value):
        return special(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
