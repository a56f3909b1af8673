"""`dftrace params NET`: what a network costs, counted without running it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.network_file import network_argument, open_network
from dataflow_cli.cli.options import (
    ReportOptions,
    debug_option,
    quiet_option,
    report_options,
    shape_option,
    verbose_option,
)
from dataflow_cli.cli.output import warn
from dataflow_cli.counts.counting import sound_summary, summary
from dataflow_cli.errors import NetworkError
from dataflow_cli.records import dataclass
from dataflow_cli.render.formats import MACHINE_FORMATS
from dataflow_cli.render.params import LAYER_COLUMNS, TENSOR_COLUMNS, params_report, tensor_report

if TYPE_CHECKING:
    from dataflow_cli.counts.summary import Summary
    from dataflow_cli.network.model import Network
    from dataflow_cli.render.report import Column, Report


def _columns() -> tuple[Column, ...]:
    return LAYER_COLUMNS + tuple(column for column in TENSOR_COLUMNS if column.key not in {"name", "trainable"})


@dataclass(frozen=True)
class _Shown:
    """Which rows the user wants, and what of them."""

    by: str
    depth: int | None
    verbose: bool


@click.command("params", cls=Documented)
@network_argument
@click.option(
    "--by",
    type=click.Choice(["layer", "block", "tensor"]),
    default="layer",
    metavar="layer|block|tensor",
    help="A row a layer (default), a row a block with what is in it added up, or a row a tensor.",
)
@click.option(
    "--depth", type=click.IntRange(0), metavar="N", help="Fold blocks inside of N others to a row; 0: all blocks."
)
@click.option(
    "--batch",
    type=click.IntRange(1),
    metavar="N",
    help="The memory of N samples at once, and an estimate of the most that a run of them takes.",
)
@shape_option
@report_options(_columns)
@verbose_option
@quiet_option
@debug_option
def command(  # noqa: PLR0917  one argument an option
    net: str,
    by: str,
    depth: int | None,
    batch: int | None,
    shape: tuple[str, ...],
    report: ReportOptions,
    *,
    verbose: bool,
    quiet: bool,
) -> None:
    """Count shapes, parameters, MACs, memory and receptive fields. Needs no weights.

    A receptive field is what one position sees of the input, from the first place to the last, where it sees most and
    apart from borders; `all` is the whole input. Where a layer does not fit, the table goes as far as it.

    \b
    Examples:
      dftrace params net.yaml
      dftrace params net.yaml -v                  the arithmetic of every count
      dftrace params resnet50.yaml --by block     a row a block
      dftrace params net.yaml --batch 32          the memory of 32 samples at once
      dftrace params net.yaml --shape 224,224,3   sizes that the file leaves open
      dftrace params net.yaml --by tensor -f csv
      dftrace params net.yaml -f tsv --fields name,params --no-header
    """  # noqa: D301
    if by == "tensor" and depth is not None:
        raise click.UsageError("--depth folds layers, and --by tensor shows what is in each: give one of them")
    shown = _Shown(by, depth, verbose)
    try:
        network = open_network(net, shape)
    except NetworkError as error:
        if error.sound is not None and report.format not in MACHINE_FORMATS and report.output in (None, "-"):
            report.emit(_report(sound_summary(error.sound), shown))
        raise
    warn(network.warnings, quiet=quiet, color=report.color)
    counted = summary(network)
    if batch is not None:
        counted = replace(counted, batch=batch, peak_bytes=_peak_bytes(network, batch))
    report.emit(_report(counted, shown))


def _report(counted: Summary, shown: _Shown) -> Report:
    if shown.by == "tensor":
        return tensor_report(counted)
    if shown.by == "block" or shown.depth is not None:
        from dataflow_cli.counts.folding import folded

        counted = folded(counted, shown.depth or 0)
    return params_report(counted, verbose=shown.verbose)


def _peak_bytes(network: Network, batch: int) -> int | None:
    """What `run` would find that so many samples at once need; None if a size is not known."""
    if network.unsized is not None:
        return None
    from dataflow_cli.run.computing import Computing, cores
    from dataflow_cli.run.memory import needed_bytes

    return needed_bytes(network, batch, network.dtype, computing=Computing(cores()))
