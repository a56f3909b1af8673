"""`dftrace params NET`: what a network costs, counted without running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.network_file import network_argument, open_network
from dataflow_cli.cli.options import ReportOptions, debug_option, quiet_option, report_options, verbose_option
from dataflow_cli.cli.output import warn
from dataflow_cli.counts.counting import summary
from dataflow_cli.render.params import LAYER_COLUMNS, TENSOR_COLUMNS, params_report, tensor_report

if TYPE_CHECKING:
    from dataflow_cli.render.report import Column


def _columns() -> tuple[Column, ...]:
    return LAYER_COLUMNS + tuple(column for column in TENSOR_COLUMNS if column.key not in {"name", "trainable"})


@click.command("params", cls=Documented)
@network_argument
@click.option(
    "--by",
    type=click.Choice(["layer", "tensor"]),
    default="layer",
    metavar="layer|tensor",
    help="A row a layer (default), or a row a tensor.",
)
@report_options(_columns)
@verbose_option
@quiet_option
@debug_option
def command(net: str, by: str, report: ReportOptions, *, verbose: bool, quiet: bool) -> None:
    """Count shapes, parameters, MACs, memory and receptive fields. Needs no weights.

    A receptive field is what one position sees of the input, from the first place to the last, where it sees most and
    apart from borders; `all` is the whole input.

    \b
    Examples:
      dftrace params net.yaml
      dftrace params net.yaml -v                  the arithmetic of every count
      dftrace params net.yaml --by tensor -f csv
      dftrace params net.yaml -f tsv --fields name,params --no-header
    """  # noqa: D301
    network = open_network(net)
    warn(network.warnings, quiet=quiet, color=report.color)
    counted = summary(network)
    report.emit(params_report(counted, verbose=verbose) if by == "layer" else tensor_report(counted))
