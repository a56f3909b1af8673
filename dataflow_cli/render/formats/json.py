"""JSON and JSON lines: stable, raw integers, shapes as arrays, NaN and infinities as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dataflow_cli.files.json import plain

if TYPE_CHECKING:
    from dataflow_cli.render.formats import Style
    from dataflow_cli.render.report import Report, Row


def write(report: Report, _style: Style) -> str:
    """One document, one row a line, so that people can read it and `diff` can compare it."""
    rows = Rows(_row(report, row) for row in report.rows)
    totals = {"totals": report.totals} if report.totals else {}
    return document({"schema": report.schema, **report.head, report.rows_key: rows, **totals, **report.tail})


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


class Rows(list[Any]):
    """A list that has an item a line."""


def document(parts: Mapping[str, Any]) -> str:
    """A JSON document with a key a line."""
    return "{\n" + ",\n".join(f"  {dumps(key)}: {_laid_out(value, 2)}" for key, value in parts.items()) + "\n}\n"


def _laid_out(value: Any, indent: int) -> str:
    """A value on one line, but for the rows in it; `indent` is that of the line it stands on."""
    if isinstance(value, Rows) and value:
        rows = ",\n".join(" " * (indent + 2) + _laid_out(row, indent + 2) for row in value)
        return f"[\n{rows}\n{' ' * indent}]"
    if isinstance(value, Mapping) and any(isinstance(part, Rows) for part in value.values()):
        return "{" + ", ".join(f"{dumps(key)}: {_laid_out(part, indent)}" for key, part in value.items()) + "}"
    return dumps(value)
