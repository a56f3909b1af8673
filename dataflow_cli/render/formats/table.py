"""The table for people, drawn by rich. A terminal that is too narrow loses whole columns, and is told which."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dataflow_cli.render.formats.grid import cells, total_cells

if TYPE_CHECKING:
    from dataflow_cli.render.formats import Style
    from dataflow_cli.render.report import Column, Report

_GAP = 3
"""Columns of the terminal between two columns of the table."""
_PROSE = 24
"""Columns of the terminal into which prose is folded at the least."""
_ANY_HEIGHT = 25
"""Lines of the console. Nothing depends on it; but a console without it is 80 columns wide if TERM is dumb."""


def write(report: Report, style: Style) -> str:
    """The title, the table and the notes."""
    columns = report.visible if report.selected else _fitting(report, style.width)
    hidden = [column.key for column in report.visible if column not in columns]
    drawn = io.StringIO()
    console = _console(drawn, style, _natural_width(report, columns))
    if report.title and style.header:
        console.print(Text(report.title, style="bold"), soft_wrap=True)
    console.print(_table(report, columns, style))
    if style.header:
        for note in report.notes:
            console.print(Text(note), soft_wrap=True)
        if hidden:
            hint = f"hidden for width: {', '.join(hidden)}{style.wider}"
            console.print(Text(hint, style="dim"), soft_wrap=True)
    return "\n".join(line.rstrip() for line in drawn.getvalue().splitlines()) + "\n"


def _console(file: io.StringIO, style: Style, natural_width: int) -> Console:
    """A console that depends on nothing but the style: not on the environment either, where rich would look."""
    return Console(
        file=file,
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        no_color=not style.color,
        width=style.width or natural_width,
        height=_ANY_HEIGHT,
        _environ={},
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def _table(report: Report, columns: tuple[Column, ...], style: Style) -> Table:
    table = Table(
        box=box.ASCII2 if style.ascii else box.SIMPLE_HEAD,
        show_header=style.header,
        show_footer=False,
        header_style="bold",
        pad_edge=False,
        padding=(0, 1) if style.ascii else (0, 1, 0, 1),
    )
    for number, column in enumerate(columns):
        table.add_column(
            Text(column.title),
            justify=column.align,
            style="cyan" if number == 0 else "",
            no_wrap=not column.wraps or style.width is None,
        )
    for row in cells(report, columns):
        table.add_row(*map(Text, row))
    totals = total_cells(report, columns)
    if totals:
        table.add_section()
        table.add_row(*(Text(text, style="bold") for text in totals))
    return table


def _fitting(report: Report, width: int | None) -> tuple[Column, ...]:
    """The columns that fit into the width, the least wanted left out."""
    columns = report.visible
    while width is not None and len(columns) > 2 and _least_width(report, columns) > width:
        least = min(columns[1:], key=lambda column: column.keep)
        columns = tuple(column for column in columns if column is not least)
    return columns


def _least_width(report: Report, columns: tuple[Column, ...]) -> int:
    """The width below which a number would be cut; prose may be folded to a few words a line."""
    spared = sum(max(_natural_width(report, (column,)) - _GAP - _PROSE, 0) for column in columns if column.wraps)
    return _natural_width(report, columns) - spared


def _natural_width(report: Report, columns: tuple[Column, ...]) -> int:
    totals = total_cells(report, columns)
    lines = [[column.title for column in columns], *cells(report, columns), *([totals] if totals else [])]
    return sum(max(map(cell_len, column)) + _GAP for column in zip(*lines, strict=True))
