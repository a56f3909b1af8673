"""The table for people, drawn by rich. A terminal that is too narrow loses whole columns, and is told which."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dataflow_cli.render.formats.fitting import EDGE, Fit, fitted
from dataflow_cli.render.formats.grid import cells, total_cells
from dataflow_cli.render.wrapping import flowed, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflow_cli.render.formats import Style
    from dataflow_cli.render.report import Report

_ANY_HEIGHT = 25
"""Lines of the console. Nothing depends on it; but a console without it is 80 columns wide if TERM is dumb."""


def write(report: Report, style: Style) -> str:
    """The title, the table and the notes."""
    room = style.width
    fits = fitted(report, room - EDGE if room and style.ascii else room)
    drawn = io.StringIO()
    console = _console(drawn, style, max(fit.width for fit in fits) + EDGE)
    if report.title and style.header:
        _say(console, [report.title], style, "bold")
    for fit in fits:
        console.print(_table(report, fit, style))
    if style.header:
        _say(console, report.notes, style)
        shown = {column.key for fit in fits for column in fit.columns}
        hidden = [column.key for column in report.visible if column.key not in shown]
        if hidden:
            _say(console, [f"hidden for width: {', '.join(hidden)}{style.wider}"], style, "dim")
    return "\n".join(line.rstrip() for line in drawn.getvalue().splitlines()) + "\n"


def _say(console: Console, texts: Iterable[str], style: Style, look: str = "") -> None:
    """Lines above or below the table, broken at words where the width is known."""
    for text in texts:
        for line in flowed(text, style.width):
            console.print(Text(line, style=look), soft_wrap=True)


def _console(file: io.StringIO, style: Style, width: int) -> Console:
    """A console that depends on nothing but the style: not on the environment either, where rich would look."""
    return Console(
        file=file,
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        no_color=not style.color,
        width=width,
        height=_ANY_HEIGHT,
        _environ={},
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def _table(report: Report, fit: Fit, style: Style) -> Table:
    table = Table(
        box=box.ASCII2 if style.ascii else box.SIMPLE_HEAD,
        show_header=style.header,
        show_footer=False,
        header_style="bold",
        pad_edge=False,
        padding=(0, 1, 0, fit.gap - 2),
    )
    for number, (column, width) in enumerate(zip(fit.columns, fit.widths, strict=True)):
        table.add_column(
            *_row([column.title], (width,)),
            justify=column.align,
            style="cyan" if number == 0 else "",
            width=width,
            no_wrap=True,
        )
    for row in cells(report, fit.columns):
        table.add_row(*_row(row, fit.widths))
    totals = total_cells(report, fit.columns)
    if totals:
        table.add_section()
        table.add_row(*_row(totals, fit.widths, "bold"))
    return table


def _row(texts: list[str], widths: tuple[int, ...], look: str = "") -> Iterator[Text]:
    """The cells of a line, broken as all of our text is: rich counts the blanks behind a line of wide letters."""
    for text, width in zip(texts, widths, strict=True):
        yield Text("\n".join(wrapped(text, width, "")), style=look)
