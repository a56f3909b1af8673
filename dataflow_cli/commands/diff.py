"""`dftrace diff A B`: the first layer that computes otherwise, where, by how much, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.given_options import check_given, given_options
from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.network_file import FILE
from dataflow_cli.cli.options import ReportOptions, debug_option, report_options, verbose_option
from dataflow_cli.cli.output import emit
from dataflow_cli.render.diff import COLUMNS
from dataflow_cli.render.formats import FORMATS

if TYPE_CHECKING:
    from dataflow_cli.diff.model import Difference
    from dataflow_cli.given import Given
    from dataflow_cli.render.report import Column

_DTYPES = click.Choice(["float32", "float64"])
_SIDES = (
    "A network file or a model of Keras, which is run, - is standard input; or what was captured: a saved trace, .npz, "
    "a folder of .npy, .safetensors, .pt, Polygraphy's JSON, the debug tree of transformers."
)


def _columns() -> tuple[Column, ...]:
    return COLUMNS


def _of_side(side: str, kind: click.ParamType, option: str, metavar: str) -> object:  # type: ignore[type-arg]
    return click.option(f"--{option}-{side}", metavar=metavar, type=kind, help=f"The same, for {side.upper()} alone.")


@click.command("diff", cls=Documented)
@click.argument("a", metavar="A", type=FILE, cls=Argument, help_text=_SIDES)
@click.argument("b", metavar="B", type=FILE, cls=Argument, help_text="The other side, the same.")
@given_options
@click.option("--input-a", metavar="FILE", type=FILE, help="An input for A alone.")
@click.option("--input-b", metavar="FILE", type=FILE, help="An input for B alone.")
@click.option("--weights-a", metavar="FILE", type=FILE, help="Parameters for A alone.")
@click.option("--weights-b", metavar="FILE", type=FILE, help="Parameters for B alone.")
@click.option("--dtype-a", metavar="TYPE", type=_DTYPES, help="What A computes in.")
@click.option("--dtype-b", metavar="TYPE", type=_DTYPES, help="What B computes in.")
@click.option("--map", "asked", metavar="A=B", multiple=True, help="Pair a tensor of A with one of B.")
@click.option("--all", "everything", is_flag=True, help="Show every tensor, not the first that differs alone.")
@click.option("--baseline", metavar="C", type=FILE, help="A third side: B may err 1.5 times as much as it does.")
@click.option("--rtol", type=click.FloatRange(0), metavar="X", help="Compare by |A - B| <= atol + rtol |A| instead.")
@click.option("--atol", type=click.FloatRange(0), metavar="X", help="The same: the absolute part.")
@click.option("--onnx", is_flag=True, help="By the tolerances of ONNX's own tests: rtol 1e-3, atol 1e-7.")
@click.option("--torch", is_flag=True, help="By those of torch.testing, which follow from the type of numbers.")
@click.option("--strict", is_flag=True, help="Leave with 1 for drift and for what has no partner, too.")
@report_options(_columns, (*FORMATS, "github"))
@verbose_option
@debug_option
def command(  # noqa: PLR0917  one argument an option
    a: str,
    b: str,
    given: Given,
    input_a: str | None,
    input_b: str | None,
    weights_a: str | None,
    weights_b: str | None,
    dtype_a: str | None,
    dtype_b: str | None,
    asked: tuple[str, ...],
    baseline: str | None,
    rtol: float | None,
    atol: float | None,
    report: ReportOptions,
    *,
    onnx: bool,
    torch: bool,
    everything: bool,
    strict: bool,
    verbose: bool,
) -> int:
    """Compare two runs: the first layer that computes otherwise, where, by how much, and why.

    Each layer is computed anew from the other side's inputs, in float64: what differs then was made there, and what
    rounding may do is known. Leaves with 0 if no layer differs, 1 if one does, 2 if they cannot be compared.

    \b
    Examples:
      dftrace diff net.yaml captured/ -i cat.png        what another framework made of it
      dftrace diff net.yaml trace.npz                   against a saved trace
      dftrace diff net.yaml net.yaml --dtype-b float64  what float32 costs
      dftrace diff old.yaml new.yaml -i 7.png --all     every tensor
      dftrace diff ours.npz theirs.npz -f json          two captures
      dftrace diff net.yaml model.keras -i 7.png        against the model that it was made from
      dftrace diff net.yaml half.npz --baseline torch-half.npz -i 7.png
      dftrace diff ours.npz theirs.npz --torch          by the tolerances of torch.testing
    """  # noqa: D301
    from dataflow_cli.comparing import difference
    from dataflow_cli.diff.tolerance import tolerance

    if onnx and torch:
        raise click.UsageError("--onnx and --torch are two rules: use one")
    sides = (_given(given, input_a, weights_a, dtype_a), _given(given, input_b, weights_b, dtype_b))
    _refuse_streams(a, b, baseline, sides)
    rule = tolerance(rtol=rtol, atol=atol, onnx=onnx, torch=torch)
    found = difference(a, b, *sides, asked, tolerance=rule, baseline=baseline)
    _show(found, report, everything=everything or verbose)
    negative = found.first is not None or (strict and _is_loose(found))
    return 1 if negative else 0


def _given(given: Given, file: str | None, weights: str | None, dtype: str | None) -> Given:
    return replace(
        given,
        inputs=given.inputs if file is None else (file,),
        weights=weights or given.weights,
        dtype=dtype or given.dtype,
    )


def _refuse_streams(a: str, b: str, baseline: str | None, sides: tuple[Given, Given]) -> None:
    """Raise UsageError if standard input stands for more than one thing, or inputs contradict each other."""
    for given in sides:
        check_given(given, a)
    files = {path for given in sides for path in given.inputs}
    if [a, b, baseline, *(path.rpartition("=")[2] for path in files)].count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    if "-" in files and sum(map(_is_run, (a, b, baseline))) > 1:
        raise click.UsageError("an input from standard input (-) is for one side: write it to a file for both")


def _is_run(side: str | None) -> bool:
    from dataflow_cli.comparing import is_network

    return side is not None and is_network(side)


def _is_loose(found: Difference) -> bool:
    from dataflow_cli.diff.model import DRIFT

    return bool(found.counted(DRIFT) or found.missing or found.unpaired)


def _show(found: Difference, report: ReportOptions, *, everything: bool) -> None:
    from dataflow_cli.render.diff import diff_lines, diff_report

    if report.format == "github":
        level = "notice" if found.first is None else "error"
        emit("".join(f"::{level} title=dftrace diff::{line}\n" for line in diff_lines(found)), report.output)
    elif report.format == "table" and not everything and report.fields is None:
        emit("".join(f"{line}\n" for line in diff_lines(found)), report.output)
    else:
        report.emit(diff_report(found))
