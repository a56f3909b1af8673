"""`dftrace weights FILE`: what is in a file of weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.network_file import FILE
from dataflow_cli.cli.options import ReportOptions, debug_option, report_options
from dataflow_cli.cli.output import emit_array
from dataflow_cli.errors import UnknownName
from dataflow_cli.render.formats import FORMATS
from dataflow_cli.render.weights import COLUMNS, weights_report

if TYPE_CHECKING:
    from dataflow_cli.render.report import Column
    from dataflow_cli.weights.file import WeightsFile


def _columns() -> tuple[Column, ...]:
    return COLUMNS


@click.command("weights", cls=Documented)
@click.argument(
    "file",
    metavar="FILE",
    type=FILE,
    cls=Argument,
    help_text="A file of weights: .npz, .safetensors, .safetensors.index.json, .pt, .pth, .h5, .keras.",
)
@click.option(
    "-l", "--layer", "patterns", metavar="GLOB", multiple=True, help="Only these tensors: 'features.*.weight'."
)
@click.option("--statistics", is_flag=True, help="Read the numbers too: mean, std, min, max, zeros, NaN.")
@report_options(_columns, (*FORMATS, "npy"))
@debug_option
def command(file: str, patterns: tuple[str, ...], *, statistics: bool, report: ReportOptions) -> None:
    """List the tensors of a file of weights. Nothing in the file is run.

    Names, shapes and types are read from its headers, so that a file of 10 GB is listed at once.

    \b
    Examples:
      dftrace weights resnet50.pt
      dftrace weights model.safetensors -l '*.bias' --statistics
      dftrace weights model.safetensors -f tsv --fields name,shape
      dftrace weights resnet50.pt -l fc.weight -f npy > fc.npy
    """  # noqa: D301
    from dataflow_cli.weights.file import open_weights
    from dataflow_cli.weights.listing import listing

    if report.format == "npy" and len(patterns) != 1:
        raise click.UsageError("-f npy writes one tensor: name it with -l NAME")
    with open_weights(Path(file)) as opened:
        if report.format == "npy":
            _emit_npy(opened, patterns, report.output)
            return
        values = statistics or _asked_for(report)
        report.emit(weights_report(listing(opened, patterns, values=values), statistics=values))


def _asked_for(report: ReportOptions) -> bool:
    """Whether `--fields` names what only the numbers tell."""
    from dataflow_cli.render.report import chosen_names
    from dataflow_cli.render.weights import OF_VALUES

    return report.fields is not None and bool(OF_VALUES & set(chosen_names(COLUMNS, report.fields)))


def _emit_npy(file: WeightsFile, patterns: tuple[str, ...], output: str | None) -> None:
    """The one chosen tensor as a NumPy file."""
    from dataflow_cli.weights.listing import wanted_names

    names = wanted_names(file, patterns)
    if len(names) != 1:
        raise UnknownName(f"-f npy writes one tensor, and {len(names)} match", hint=f"they are {', '.join(names[:8])}")
    emit_array(file.read(names[0]), output)
