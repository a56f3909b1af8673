"""Options that several commands share, each under one name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from dataflow_cli.commands.output import emit
from dataflow_cli.commands.terminal import style_for
from dataflow_cli.render.formats import FORMATS, write
from dataflow_cli.render.report import Column, Report, fields_help, select

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class ReportOptions:
    """What the user wants of a report."""

    format: str
    fields: str | None
    header: bool
    output: str | None
    color: str
    width: int | None

    def emit(self, report: Report) -> None:
        """Write a report as the user wants it."""
        if self.fields == "help":
            emit(fields_help(report.columns), self.output)
            return
        to_file = self.output not in (None, "-")
        style = style_for(self.color, self.width, header=self.header, to_file=to_file)
        emit(write(select(report, self.fields), self.format, style), self.output)


def print_fields(columns: tuple[Column, ...]) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """A callback for `--fields help`, which needs neither a network nor an input."""

    def callback(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        if value == "help" and not ctx.resilient_parsing:
            emit(fields_help(columns))
            ctx.exit()
        return value

    return callback


def report_options(columns: Callable[[], tuple[Column, ...]], formats: tuple[str, ...] = FORMATS) -> Callable[[Function], Function]:
    """The options of every command that writes rows, handed on as one `ReportOptions` called `report`."""

    def decorate(function: Function) -> Function:
        def with_report(**arguments: Any) -> Any:
            names = ("format", "fields", "header", "output", "color", "width")
            options = ReportOptions(**{name: arguments.pop(name) for name in names})
            return function(report=options, **arguments)

        with_report.__doc__ = function.__doc__
        decorated: Any = with_report
        decorated.__click_params__ = getattr(function, "__click_params__", [])
        for option in reversed(_report_options(columns, formats)):
            decorated = option(decorated)
        return decorated  # type: ignore[no-any-return]

    return decorate


def _report_options(columns: Callable[[], tuple[Column, ...]], formats: tuple[str, ...]) -> list[Callable[[Any], Any]]:
    def fields_callback(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
        return print_fields(columns())(ctx, parameter, value)

    return [
        click.option("-f", "--format", type=click.Choice(formats), default="table", help="How the result is written."),
        click.option(
            "--fields",
            metavar="A,B|all|help",
            callback=fields_callback,
            is_eager=True,
            help="Which columns, in which order.",
        ),
        click.option("--no-header", "header", flag_value=False, default=True, help="Only the rows."),
        click.option("-o", "--output", metavar="FILE", help="Write to a file, whole or not at all; - is stdout."),
        click.option(
            "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Color; auto: in a terminal."
        ),
        click.option("--width", type=click.IntRange(20, 10_000), metavar="N", help="Fit into N columns."),
    ]


quiet_option = click.option("-q", "--quiet", is_flag=True, help="No warnings, hints or progress.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Tell more.")
debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show where an error was raised.")
