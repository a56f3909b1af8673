"""`dftrace layers [TYPE]`: what layers exist, from the table that runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli.commands.complete import layer_types
from dataflow_cli.commands.help import Argument, Documented
from dataflow_cli.commands.options import ReportOptions, debug_option, report_options
from dataflow_cli.errors import UnknownName
from dataflow_cli.layers import KINDS
from dataflow_cli.render.layers import COLUMNS, FIELD_COLUMNS, kind_report, layers_report
from dataflow_cli.spec.dialects import our_type, type_hint

if TYPE_CHECKING:
    from dataflow_cli.render.report import Column


def _columns() -> tuple[Column, ...]:
    return COLUMNS + FIELD_COLUMNS


@click.command("layers", cls=Documented)
@click.argument(
    "kind",
    metavar="[TYPE]",
    required=False,
    shell_complete=layer_types,
    cls=Argument,
    help_text="A type to explain, such as conv2d; all of them if absent.",
)
@report_options(_columns)
@debug_option
def command(kind: str | None, report: ReportOptions) -> None:
    """Show what layers exist, or one type's fields, formula and defaults.

    \b
    Examples:
      dftrace layers
      dftrace layers conv2d
      dftrace layers -f json
    """  # noqa: D301
    if kind is None:
        report.emit(layers_report())
        return
    if kind not in KINDS:
        ours = our_type(kind)
        raise UnknownName(f"there is no layer type '{kind}'", hint=f"it is called {ours}" if ours else type_hint(kind))
    report.emit(kind_report(KINDS[kind]))
