"""Options that several commands share, each under one name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from dataflow_cli.cli.bundle import Function, bundled
from dataflow_cli.cli.output import emit
from dataflow_cli.cli.paths import TARGET
from dataflow_cli.cli.terminal import WIDTHS, style_for
from dataflow_cli.records import dataclass
from dataflow_cli.render.formats import FORMATS, write
from dataflow_cli.render.report import Column, Report, chosen_names, fields_help, select

Columns = Callable[[], tuple[Column, ...]]


@dataclass(frozen=True)
class ReportOptions:
    """What the user wants of a report."""

    format: str
    fields: str | None
    header: bool
    output: str | None
    color: str
    width: int | None
    fragment: bool

    def emit(self, report: Report) -> None:
        """Write a report as the user wants it."""
        to_file = self.output not in (None, "-")
        style = style_for(self.color, self.width, header=self.header, to_file=to_file, fragment=self.fragment)
        text = write(select(report, self.fields), self.format, style)
        emit(text, self.output, self.format, color=style.color)


def report_options(
    columns: Columns, formats: tuple[str, ...] = FORMATS, *, drawn: tuple[str, ...] = ()
) -> Callable[[Function], Function]:
    """The options of every command that writes rows, handed on as one `ReportOptions` called `report`.

    `columns` gives all columns that the command's reports can have, `drawn` the endings of files that it draws.
    """

    def checked(*, format: str | None, output: str | None, fragment: bool, **given: Any) -> ReportOptions:  # noqa: A002
        """What the user wants, before anything is read. Raises UsageError, OutputError for what cannot go together."""
        form = format or _by_ending(output, formats, drawn)
        check_fragment(form, fragment=fragment)
        return ReportOptions(format=form, output=output, fragment=fragment, **given)

    def decorate(function: Function) -> Function:
        options = (_format_option(formats), _fields_option(columns), *_OTHERS)
        return bundled(function, "report", checked, ReportOptions.__dataclass_fields__, options)

    return decorate


def _by_ending(output: str | None, formats: tuple[str, ...], drawn: tuple[str, ...]) -> str:
    """The format of the file `output`; the first where there is none, which takes no look at endings."""
    if output is None:
        return formats[0]
    from dataflow_cli.cli.endings import format_of

    return format_of(output, formats, drawn=drawn)


def _format_option(formats: tuple[str, ...]) -> Callable[[Any], Any]:
    return click.option(
        "-f",
        "--format",
        type=click.Choice(formats),
        metavar="FORMAT",
        help=f"{', '.join(formats)}. Default: by the ending of FILE, else {formats[0]}.",
    )


def _fields_option(columns: Columns) -> Callable[[Any], Any]:
    """`--fields`: `help` is answered at once, without a network or an input, and so is a name that nothing has."""

    def checked(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
        if value is None or ctx.resilient_parsing:
            return value
        if value == "help":
            emit(fields_help(columns()))
            ctx.exit()
        chosen_names(columns(), value)
        return value

    def completed(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        keys = [column.key for column in columns()] + ([] if comma else ["all", "help"])
        return [f"{before}{comma}{key}" for key in keys if key.startswith(last)]

    return click.option(
        "--fields",
        metavar="A,B|all|help",
        callback=checked,
        is_eager=True,
        shell_complete=completed,
        help="Which columns, in which order; help lists them.",
    )


def check_fragment(form: str, *, fragment: bool) -> None:
    """Raise UsageError where `--fragment` would do nothing."""
    if fragment and form != "latex":
        raise click.UsageError("--fragment is for LaTeX: add -f latex")


fragment_option = click.option(
    "--fragment", is_flag=True, help="LaTeX without a preamble, to go into a document or slides."
)
output_option = click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=TARGET,
    help="Write to a file, whole or not at all; - is stdout. Its ending says the format, .txt is the table.",
)
color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    metavar="WHEN",
    help="auto (in a terminal), always, never.",
)
_OTHERS = (
    click.option("--no-header", "header", flag_value=False, default=True, help="Only the rows: no titles, no notes."),
    output_option,
    color_option,
    click.option("--width", type=click.IntRange(*WIDTHS), metavar="N", help="Fit a table into N columns."),
    fragment_option,
)
shape_option = click.option(
    "--shape",
    metavar="[NAME=]SIZES",
    multiple=True,
    help="The sizes that the network file leaves open (null): --shape 224,224,3, or these alone: 224,224.",
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No warnings, hints or progress.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Tell more.")
debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show where an error was raised.")
