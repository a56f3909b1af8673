"""A report: rows and columns with all that any format needs. Commands make it; `formats` writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Literal

from dataflow_cli.errors import UnknownName, suggestion
from dataflow_cli.records import dataclass
from dataflow_cli.render import text

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column. `key` is its stable name in machine formats, `title` what people see above it."""

    key: str
    title: str
    show: Callable[[Any], str] = text.text
    align: Literal["left", "right"] = "left"
    shown: bool = True
    """Whether people see it unless they ask with --fields."""
    wraps: bool = False
    """Whether it is prose that may go over several lines."""
    told: str = ""
    """The key of what people are told in place of a bare number: `2 of 32 channels`."""
    keep: int = 9
    """In a terminal that is too narrow the columns with the highest number go in first."""


@dataclass(frozen=True)
class Report:
    """Rows of one kind, with what stands above and below them."""

    schema: str
    rows_key: str
    """What the rows are called in JSON."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    title: str = ""
    head: Mapping[str, Any] = field(default_factory=dict)
    """Facts about the whole, before the rows in JSON."""
    totals: Mapping[str, Any] = field(default_factory=dict)
    """Sums by column: the last line of a table, `totals` in JSON."""
    tail: Mapping[str, Any] = field(default_factory=dict)
    """Facts after the rows in JSON."""
    notes: tuple[str, ...] = ()
    """Lines for people below the table; one with line ends in it is a paragraph, which a terminal breaks anew."""
    selected: bool = False
    """Whether the user chose the columns."""

    @property
    def visible(self) -> tuple[Column, ...]:
        """The columns that people see."""
        return tuple(column for column in self.columns if column.shown)


def select(report: Report, fields: str | None) -> Report:
    """The report with the columns that `--fields a,b,c|all` names, in that order. Raises UnknownName."""
    if fields is None:
        return report
    columns = {column.key: column for column in report.columns}
    chosen = tuple(replace(columns[name], shown=True) for name in chosen_names(report.columns, fields))
    return replace(report, columns=chosen, selected=True)


def chosen_names(columns: Sequence[Column], fields: str) -> tuple[str, ...]:
    """The keys that `a,b,c` or `all` names. Raises UnknownName."""
    known = [column.key for column in columns]
    wanted = known if fields == "all" else [name.strip() for name in fields.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            hint = suggestion(name, known) or f"fields: {', '.join(known)}"
            raise UnknownName(f"no field '{text.safe(name)}'", hint=hint)
    if not wanted:
        raise UnknownName("--fields names no field", hint=f"fields: {', '.join(known)}")
    return tuple(wanted)


def fields_help(columns: Sequence[Column]) -> str:
    """What `--fields help` prints: every field, marked if it is shown by default."""
    width = max(len(column.key) for column in columns)
    lines = [f"{column.key:<{width}}  {'*' if column.shown else ' '}  {column.title}" for column in columns]
    return "\n".join([*lines, "", "* shown by default; --fields all shows every one", ""])
