"""`dftrace weights FILE`: what is in a file of weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from dataflow_cli.cli.endings import format_of
from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.options import ReportOptions, debug_option, report_options
from dataflow_cli.cli.output import emit_array, tell
from dataflow_cli.cli.paths import FILE
from dataflow_cli.errors import OutputError, UnknownName, WeightsError
from dataflow_cli.render.formats import FORMATS
from dataflow_cli.render.text import safe
from dataflow_cli.render.weights import COLUMNS, weights_report
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from dataflow_cli.render.report import Column
    from dataflow_cli.weights.file import WeightsFile
    from dataflow_cli.weights.guess import Guess

_ANOTHER = "name another file"


def _columns() -> tuple[Column, ...]:
    return COLUMNS


@click.command("weights", cls=Documented)
@click.argument(
    "file",
    metavar="FILE",
    type=FILE,
    cls=Argument,
    help_text="A file of weights: .npz, .safetensors, .safetensors.index.json, .pt, .pth, .h5, .keras, .weights.json.",
)
@click.option(
    "-l", "--layer", "patterns", metavar="GLOB", multiple=True, help="Only these tensors: 'features.*.weight'."
)
@click.option(
    "--guess-map",
    "network",
    metavar="NET",
    type=FILE,
    help="Guess which tensor is which parameter of a network, to be checked; -o NEW.yaml writes the network with it.",
)
@click.option("--statistics", is_flag=True, help="Read the numbers too: mean, std, min, max, zeros, NaN.")
@report_options(_columns, (*FORMATS, "npy"), drawn=("yaml", "yml"))
@debug_option
def command(
    file: str, patterns: tuple[str, ...], network: str | None, *, statistics: bool, report: ReportOptions
) -> int:
    """List the tensors of a file of weights. Nothing in the file is run.

    Names, shapes and types are read from its headers, so that a file of 10 GB is listed at once.

    \b
    Examples:
      dftrace weights resnet50.pt
      dftrace weights model.safetensors -l '*.bias' --statistics
      dftrace weights model.safetensors -f tsv --fields name,shape
      dftrace weights resnet50.pt -l fc.weight -f npy > fc.npy
      dftrace weights resnet50.pt --guess-map resnet50.yaml
      dftrace weights resnet50.pt --guess-map resnet50.yaml -o mine.yaml
    """  # noqa: D301
    if network is not None:
        return _guessed(file, network, report, other=bool(patterns or statistics))
    if click.get_current_context().get_parameter_source("format") is ParameterSource.DEFAULT:
        format_of(report.output, (*FORMATS, "npy"))  # no network file comes of it without a map
    from dataflow_cli.weights.file import open_weights
    from dataflow_cli.weights.listing import listing

    if report.format == "npy" and len(patterns) != 1:
        raise click.UsageError("-f npy writes one tensor: name it with -l NAME")
    with open_weights(Path(file)) as opened:
        if report.format == "npy":
            _emit_npy(opened, patterns, report.output)
            return 0
        values = statistics or _asked_for(report)
        report.emit(weights_report(listing(opened, patterns, values=values), statistics=values))
    return 0


def _guessed(file: str, net: str, options: ReportOptions, *, other: bool) -> int:
    """Show what the tensors seem to be, and write the network with that map; 1 if a parameter finds none."""
    from dataclasses import replace

    from dataflow_cli.cli.network_file import open_network
    from dataflow_cli.render.guess import guess_report
    from dataflow_cli.weights.file import open_weights
    from dataflow_cli.weights.guess import guess

    if other or options.format == "npy":
        raise click.UsageError("--guess-map shows a whole map: leave out -l, --statistics and -f npy")
    network = open_network(net)
    with open_weights(Path(file)) as opened:
        found = guess(network, opened)
        weights = found.weights(opened.arrays.names)
    if options.output is not None:
        _check_output(options.output, net, found)
    replace(options, output=None).emit(guess_report(found, net))
    if options.output is not None:
        replace(network, weights=weights).write(options.output)
        tell(f"wrote {safe(options.output)}: {len(weights.map):,} names, {len(found.doubtful):,} of them in doubt")
    return 1 if found.missing else 0


def _check_output(output: str, net: str, found: Guess) -> None:
    """Raise OutputError where the network with the map cannot be written, or should not."""
    if output == "-":
        raise click.UsageError("-o is the network file that is written; the map goes to standard output")
    if net != "-" and Path(output).exists() and Path(output).samefile(net):
        raise OutputError(f"{safe(output)} is the network file itself, whose comments would be lost", hint=_ANOTHER)
    if found.missing:
        first = found.missing[0].wanted
        message = f"nothing in {safe(str(found.spec.path))} fits '{first.full}' {written(first.shape)}"
        more = f" and {len(found.missing) - 1:,} more" if len(found.missing) > 1 else ""
        raise WeightsError(message + more, hint="without -o the table shows what fits", code="E201")


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
