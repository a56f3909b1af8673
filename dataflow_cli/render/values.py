"""A trace's report with the tensors themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.render.report import Column, Report
from dataflow_cli.render.tensors import tensor_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.trace.model import Trace

HEAD = 16
"""How many values of a tensor `--values head` writes to JSON."""


def with_tensors(report: Report, trace: Trace, names: Sequence[str], *, full: bool, precision: int) -> Report:
    """The tensors that were kept as aligned matrices between the table and the prediction."""
    first = trace.data_format == "channels_first"
    lines: list[str] = []
    for name in (name for name in names if name in trace.values):
        array = trace.value(name)
        lines += [*tensor_lines(name, array, full=full, precision=precision, channels_first=first), ""]
    return replace(report, notes=(*lines, *report.notes))


def with_numbers(report: Report, trace: Trace, *, full: bool) -> Report:
    """The tensors as nested lists (N, *shape), or the first values of each, in a field of every row.

    None stands for those that were not kept.
    """
    key = "values" if full else "first_values"
    column = Column(key, key)
    rows = tuple({**row, key: _numbers(trace, row["name"], full=full)} for row in report.rows)
    return replace(report, columns=(*report.columns, column), rows=rows)


def _numbers(trace: Trace, name: str, *, full: bool) -> Any:
    if name not in trace.values:
        return None
    array = trace.value(name)
    return array.tolist() if full else array.reshape(-1)[:HEAD].tolist()
