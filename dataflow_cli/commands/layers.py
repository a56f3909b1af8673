"""`dftrace layers [TYPE]`: what layers exist, from the table that runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.complete import layer_types
from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.options import ReportOptions, debug_option, report_options
from dataflow_cli.errors import UnknownName
from dataflow_cli.layers import KINDS
from dataflow_cli.render.layers import COLUMNS, FIELD_COLUMNS, kind_report, layers_report

if TYPE_CHECKING:
    from dataflow_cli.render.report import Column


def _columns() -> tuple[Column, ...]:
    return COLUMNS + FIELD_COLUMNS


def _unknown(kind: str) -> UnknownName:
    """The error for a type that dftrace lacks, or that another framework calls so."""
    from dataflow_cli.netfile.dialects.types import our_type, unknown

    ours = our_type(kind)
    message, hint = unknown(kind)
    return UnknownName(
        f"there is no layer type '{kind}'" if ours else message, hint=f"it is called {ours}" if ours else hint
    )


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
        raise _unknown(kind)
    report.emit(kind_report(KINDS[kind]))
