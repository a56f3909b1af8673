"""The output formats by name: one file a format. Each is a function from a finished Report to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import imported
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.render.report import Report

_WRITERS = {
    "table": "table.write",
    "plain": "plain.write",
    "tsv": "delimited.write_tsv",
    "csv": "delimited.write_csv",
    "json": "json.write",
    "jsonl": "json.write_lines",
    "markdown": "markdown.write",
    "latex": "latex.write",
}
FORMATS = tuple(_WRITERS)
JSON_FORMATS = frozenset({"json", "jsonl"})
MACHINE_FORMATS = JSON_FORMATS | {"tsv", "csv"}
"""Formats whose text is data to the last character."""


@dataclass(frozen=True)
class Style:
    """How text is to be written: what depends on the terminal and the user, never what is said."""

    color: bool = False
    width: int | None = None
    """Columns of the terminal; None: as wide as the content."""
    ascii: bool = False
    """Whether only ASCII can be written."""
    header: bool = True
    wider: str = " (-f plain shows them)"
    """What shows the columns that are hidden for width."""
    fragment: bool = False
    """Whether LaTeX is to go into a document: without a preamble."""


def write(report: Report, name: str, style: Style) -> str:
    """The report in the format called `name`."""
    writer: Callable[[Report, Style], str] = imported(f"{__name__}.{_WRITERS[name]}")
    return writer(report, style)
