"""`dftrace run NET -i FILE`: send an input through a network and show every layer."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.computing_options import computing_options
from dataflow_cli.cli.given_options import check_given, given_options, layers_option
from dataflow_cli.cli.help import Documented
from dataflow_cli.cli.network_file import network_or, open_sound
from dataflow_cli.cli.options import ReportOptions, debug_option, quiet_option, report_options, verbose_option
from dataflow_cli.cli.output import emit_array, tell, warn
from dataflow_cli.cli.paths import FILE, TARGET
from dataflow_cli.cli.progress import progress_bar
from dataflow_cli.cli.saved import WRITING, saved_trace
from dataflow_cli.errors import UnknownName
from dataflow_cli.given import BATCH
from dataflow_cli.records import dataclass
from dataflow_cli.render.formats import FORMATS
from dataflow_cli.render.report import chosen_names

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from dataflow_cli.given import Given
    from dataflow_cli.network.model import Network
    from dataflow_cli.render.report import Column, Report
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.trace.heads import Head
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.trace.writing import TraceWriter

UNSOUND = {"nan": "NaN", "inf": "infinite values"}
_OF_SAVED = WRITING | {"layers", "values", "precision", "top", "labels", "fail_on"}
"""The options that a saved trace takes."""
_ANSWERS = 10
"""Samples whose answers people are shown; JSON has all."""


def _columns() -> tuple[Column, ...]:
    from dataflow_cli.render.trace import COLUMNS

    return COLUMNS


def _unsound_kinds(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    kinds = tuple(word.strip() for word in (value or "").split(",") if word.strip())
    for kind in kinds:
        if kind not in UNSOUND:
            raise click.BadParameter(f"'{kind}' is not one of {', '.join(UNSOUND)}")
    return kinds


def _labels(_ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> str | tuple[str, ...] | None:
    return value[0] if len(value) == 1 else value or None


@dataclass(frozen=True)
class _Wanted:
    """What the user asked to see of the trace."""

    layers: tuple[str, ...]
    values: str
    precision: int
    top: int
    fail_on: tuple[str, ...]
    verbose: bool
    quiet: bool


@click.command("run", cls=Documented)
@network_or("a trace that --save kept, to show it again")
@given_options
@click.option(
    "--labels",
    metavar="[OUTPUT=]FILE",
    multiple=True,
    type=FILE,
    callback=_labels,
    help="The right classes, by number from 0 or name, one a sample or one a place, or the right numbers.",
)
@click.option(
    "--batch", type=click.IntRange(1), default=BATCH, metavar="N", help=f"Samples a minibatch. Default {BATCH}."
)
@layers_option("Only these layers: conv2d_1, 'conv*'; 'conv*:sum' before the activation.")
@click.option(
    "--values",
    type=click.Choice(["none", "head", "full"]),
    default="none",
    metavar="none|head|full",
    help="Print the tensors too: their first values, or all.",
)
@click.option("--precision", type=click.IntRange(0, 17), default=3, metavar="N", help="Decimals of printed tensors.")
@click.option("--top", type=click.IntRange(1), default=3, metavar="K", help="How many classes of the prediction.")
@click.option("--save", metavar="TRACE.npz", type=TARGET, help="Keep the trace, with all tensors, or those of -l.")
@click.option(
    "--fail-on",
    metavar="nan,inf",
    callback=_unsound_kinds,
    help="Leave with 1 if a layer puts out any of these.",
)
@computing_options
@report_options(_columns, (*FORMATS, "npy"))
@verbose_option
@quiet_option
@debug_option
def command(  # noqa: PLR0917  one argument an option
    net: str,
    given: Given,
    layers: tuple[str, ...],
    values: str,
    precision: int,
    top: int,
    save: str | None,
    fail_on: tuple[str, ...],
    computing: Computing,
    report: ReportOptions,
    *,
    verbose: bool,
    quiet: bool,
) -> int:
    """Run an input through a network and show, layer by layer, what happens to it.

    \b
    Examples:
      dftrace run mnist-cnn.yaml -i 7.png
      dftrace run mnist-cnn.yaml -i 4.png -i 6.png            a minibatch
      dftrace run xor-mlp.yaml --value "1,0" --values full    every number
      dftrace run net.yaml -i x.npy -f tsv --fields name,output_shape,params
      dftrace run net.yaml -i x.npy -l conv2d_1 -f npy > conv2d_1.npy
      dftrace run net.yaml -i x.npy --labels right.csv        how many are right
      dftrace run resnet50.keras -i cat.jpg --preprocess keras-caffe --classes names.txt
      dftrace run net.yaml -i x.npy --fail-on nan,inf         for scripts
      dftrace run net.yaml -i x.npy --save trace.npz          every tensor in a file
      dftrace run trace.npz -v                                that table again
    """  # noqa: D301
    wanted = _Wanted(layers, values, precision, top, fail_on, verbose, quiet)
    _refuse_contradictions(wanted, report.format)
    trace = saved_trace(net, _OF_SAVED)
    if trace is None:
        check_given(given, net)
        trace, shown = _ran(net, given, wanted, computing=computing, report=report, save=save)
    else:
        trace, shown = _read_again(trace, given, wanted, report)
    warn(trace.warnings, quiet=quiet, color=report.color)
    _show(trace, shown, wanted, report)
    return _verdict(trace, wanted)


def _ran(
    net: str, given: Given, wanted: _Wanted, *, computing: Computing, report: ReportOptions, save: str | None
) -> tuple[Trace, tuple[str, ...]]:
    """The trace of a run, and the steps to show."""
    from dataflow_cli.api import traced
    from dataflow_cli.network.opened import opened

    network = open_sound(net, wanted.layers, given, quiet=wanted.quiet, color=report.color)
    shown = _shown_steps(network, wanted.layers)
    network = opened(network, shown)
    with progress_bar(quiet=wanted.quiet) as progress, _writer(save, (*shown, *network.outputs)) as writer:
        trace = traced(
            network,
            given,
            keep=_kept(shown, wanted, report.format),
            histogram=report.fields is not None and "histogram" in chosen_names(_columns(), report.fields),
            computing=computing,
            progress=progress,
            writer=writer,
        )
    return trace, shown


def _writer(save: str | None, keep: tuple[str, ...]) -> AbstractContextManager[TraceWriter | None]:
    """What writes the trace while the network runs, if it is to be saved."""
    if save is None:
        return nullcontext()
    from dataflow_cli.trace.writing import trace_writer

    return trace_writer(save, keep)


def _read_again(trace: Trace, given: Given, wanted: _Wanted, report: ReportOptions) -> tuple[Trace, tuple[str, ...]]:
    """A saved trace, with labels if they are given, and the steps to show. Raises UnknownName for what it has not."""
    from dataflow_cli.trace.choosing import steps_of

    if "histogram" in (report.fields or "").split(",") and not any(step.statistics.histogram for step in trace.steps):
        hint = "keep them with it: `dftrace run NET --fields name,histogram --save trace.npz`"
        raise UnknownName("the trace was saved without histograms", hint=hint)
    shown = steps_of(trace, wanted.layers)
    if wanted.values != "none" or report.format == "npy":
        kept = steps_of(trace, wanted.layers, kept=True)
        shown = kept if wanted.layers else shown
    from dataflow_cli.trace.labelling import judged

    return judged(trace, given.labels), shown


def _refuse_contradictions(wanted: _Wanted, form: str) -> None:
    """Raise UsageError for options that cannot go together, before anything is read."""
    if form == "npy" and len(wanted.layers) != 1:
        raise click.UsageError("-f npy writes one tensor: name it with -l LAYER")
    if form in ("csv", "tsv") and wanted.values != "none":
        raise click.UsageError(f"-f {form} has no place for tensors: use -f json, or -l LAYER -f npy")


def _kept(shown: tuple[str, ...], wanted: _Wanted, form: str) -> tuple[str, ...]:
    """The steps whose tensors are needed after the run."""
    if wanted.values != "none" or form == "npy":
        return shown
    return ()


def _shown_steps(network: Network, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the steps to show: all, or those that the patterns match; inputs and inner tensors are steps too."""
    if patterns:
        return network.tensors_matching(patterns)
    return (*(spec.name for spec in network.inputs), *network.by_name)


def _show(trace: Trace, shown: tuple[str, ...], wanted: _Wanted, options: ReportOptions) -> None:
    from dataflow_cli.render.trace import trace_report
    from dataflow_cli.trace.prediction import predictions

    if options.format == "npy":
        _emit_npy(trace, shown, options.output)
        return
    most = None if options.format == "json" else _ANSWERS
    answers, others = predictions(trace, wanted.top, most=most), _other_answers(trace, wanted.top, most)
    report = trace_report(trace, shown, answers, verbose=wanted.verbose, right=trace.right, heads=others)
    options.emit(_with_values(report, trace, shown, wanted, options.format))


def _other_answers(trace: Trace, top: int, most: int | None) -> tuple[Head, ...]:
    """What there is to say beside one row of classes; most networks have nothing."""
    if trace.score and len(trace.outputs) == 1:
        return ()
    from dataflow_cli.trace.heads import heads

    return heads(trace, top, most=most)


def _with_values(report: Report, trace: Trace, shown: tuple[str, ...], wanted: _Wanted, form: str) -> Report:
    """The report with the tensors: nested lists in JSON, printed matrices for people."""
    if wanted.values == "none":
        return report
    from dataflow_cli.render.values import with_numbers, with_tensors

    if form in ("json", "jsonl"):
        return with_numbers(report, trace, full=wanted.values == "full")
    return with_tensors(report, trace, shown, full=wanted.values == "full", precision=wanted.precision)


def _emit_npy(trace: Trace, shown: tuple[str, ...], output: str | None) -> None:
    """The one chosen tensor as a NumPy file."""
    if len(shown) != 1:
        some = ", ".join(shown[:8])
        raise UnknownName(f"-f npy writes one tensor, and {len(shown)} layers match", hint=f"they are {some}")
    emit_array(trace.value(shown[0]), output)


def _verdict(trace: Trace, wanted: _Wanted) -> int:
    """1 and a line on stderr if a layer put out what --fail-on names."""
    for step in trace.steps:
        for kind, count in (("nan", step.statistics.nans), ("inf", step.statistics.infinities)):
            if kind in wanted.fail_on and count:
                found = f"{count:,} {UNSOUND[kind]} of {step.statistics.count:,}"
                tell(f"{step.name}: {found}, the first step that has any")
                return 1
    return 0
