"""`dftrace diff A B`: the first layer that computes otherwise, where, by how much, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from dataflow_cli.cli.given_options import check_given, given_options
from dataflow_cli.cli.help import Argument, Documented
from dataflow_cli.cli.options import ReportOptions, debug_option, report_options, verbose_option
from dataflow_cli.cli.output import emit, tell
from dataflow_cli.cli.page_output import is_page, max_size_option, write_page
from dataflow_cli.cli.paths import FILE
from dataflow_cli.cli.saved import WRITING, refuse_options
from dataflow_cli.cli.saved_profiles import are_profiles, both_profiles
from dataflow_cli.records import dataclass
from dataflow_cli.render.diff import COLUMNS
from dataflow_cli.render.formats import FORMATS
from dataflow_cli.sizes import STORED_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflow_cli.comparing import Sides
    from dataflow_cli.diff.model import Difference
    from dataflow_cli.given import Given
    from dataflow_cli.profile.comparison import Allowed
    from dataflow_cli.render.profile import By
    from dataflow_cli.render.report import Column, Report

_DTYPES = click.Choice(tuple(STORED_SIZE))
_SIDES = (
    "A network file or a model of Keras or ONNX, which is run, - is standard input; or what was captured: a saved "
    "trace, .npz, a folder of .npy, .safetensors, .pt, Polygraphy's JSON, the debug tree of transformers. Or a saved "
    "profile, beside another one."
)
_OF_PROFILES = WRITING | {"a", "b", "by", "everything", "rtol", "atol", "strict"}
"""The options that two saved profiles take."""


def _columns() -> tuple[Column, ...]:
    from dataflow_cli.render.profile_comparison import COLUMNS as OF_PROFILES

    by: By | None = click.get_current_context().params.get("by")
    if by is not None:
        return OF_PROFILES[by]
    known = {column.key for column in COLUMNS}
    return (*COLUMNS, *(replace(column, shown=False) for column in OF_PROFILES["layer"] if column.key not in known))


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
@click.option(
    "--by",
    type=click.Choice(["layer", "channel", "class"]),
    is_eager=True,
    metavar="layer|channel|class",
    help="Of two saved profiles: what a row is. Channels are those that changed; --all shows every one.",
)
@click.option("--baseline", metavar="C", type=FILE, help="A third side: B may err 1.5 times as much as it does.")
@click.option("--rtol", type=click.FloatRange(0), metavar="X", help="Compare by |A - B| <= atol + rtol |A| instead.")
@click.option("--atol", type=click.FloatRange(0), metavar="X", help="The same: the absolute part.")
@click.option("--onnx", is_flag=True, help="By the tolerances of ONNX's own tests: rtol 1e-3, atol 1e-7.")
@click.option("--torch", is_flag=True, help="By those of torch.testing, which follow from the type of numbers.")
@click.option("--strict", is_flag=True, help="Leave with 1 for drift and for what has no partner, too.")
@max_size_option
@report_options(_columns, (*FORMATS, "github"), drawn=("html", "htm"))
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
    by: By | None,
    baseline: str | None,
    rtol: float | None,
    atol: float | None,
    max_size: int | None,
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
      dftrace diff net.yaml captured/ -i cat.png         what another framework made of it
      dftrace diff net.yaml trace.npz                    against a saved trace
      dftrace diff net.yaml net.yaml --dtype-b float64   what float32 costs
      dftrace diff net.yaml net.yaml --dtype-b bfloat16  what bfloat16 costs
      dftrace diff old.yaml new.yaml -i 7.png --all      every tensor
      dftrace diff ours.npz theirs.npz -f json           two captures
      dftrace diff net.yaml model.keras -i 7.png         against the model that it was made from
      dftrace diff net.yaml half.npz --baseline torch-half.npz -i 7.png
      dftrace diff ours.npz theirs.npz --torch           by the tolerances of torch.testing
      dftrace diff net.yaml trace.npz -o diff.html       a page: ours, theirs and the difference
      dftrace diff train.npz live.npz --by channel       two profiles: what changed over other data
    """  # noqa: D301
    from dataflow_cli.comparing import both_sides, difference
    from dataflow_cli.diff.tolerance import tolerance
    from dataflow_cli.profile.comparison import Allowed

    everything = everything or verbose
    if are_profiles(a, b):
        if is_page(report.output, max_size):
            raise click.UsageError("a page is of two runs: of two profiles let FILE end in .txt, or choose with -f")
        allowed = None if rtol is None and atol is None else Allowed(rtol or 0.0, atol or 0.0)
        answer = _of_profiles(a, b, by, allowed, everything=everything or by != "channel")
        answer.write(report, everything=everything or by is not None)
        return answer.code(strict=strict)
    if by is not None:
        raise click.UsageError("--by is for two saved profiles: name what `dftrace profile --save` wrote")
    if onnx and torch:
        raise click.UsageError("--onnx and --torch are two rules: use one")
    sides = (_given(given, input_a, weights_a, dtype_a), _given(given, input_b, weights_b, dtype_b))
    _refuse_streams(a, b, baseline, sides)
    rule = tolerance(rtol=rtol, atol=atol, onnx=onnx, torch=torch)
    if is_page(report.output, max_size):
        both = both_sides(a, b, *sides, asked, tolerance=rule, baseline=baseline)
        return _page(both, sides, report, max_size, strict=strict)
    found = difference(a, b, *sides, asked, tolerance=rule, baseline=baseline)
    answer = _of_runs(found)
    answer.write(report, everything=everything)
    return answer.code(strict=strict)


def _of_profiles(a: str, b: str, by: By | None, allowed: Allowed | None, *, everything: bool) -> _Answer:
    """Compare two saved profiles: the answer's lines, the rows, and whether anything changed, or is not the same."""
    from dataflow_cli.profile.comparison import SAME, compared_profiles
    from dataflow_cli.render.profile_comparison import comparison_lines, comparison_report

    refuse_options("a saved profile", _OF_PROFILES, "it knows no single tensor")
    found = compared_profiles(*both_profiles(a, b), (a, b), allowed)
    loose = found.missing or found.unpaired or found.counted(SAME) < len(found.layers)

    def rows() -> Report:
        return comparison_report(found, by or "layer", everything=everything)

    return _Answer(comparison_lines(found), rows, found.changed, bool(loose))


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


def _page(
    found: Sides, given: tuple[Given, Given], report: ReportOptions, max_size: int | None, *, strict: bool
) -> int:
    """Write both sides as a page to click through, and say the answer on stderr."""
    from dataflow_cli.page.beside import of_difference, sides_of

    answer = _of_runs(found.found)
    beside = of_difference(found.found, found.theirs, sides_of(found.found, given))
    write_page(found.ours, given[0].weights, str(report.output), max_size, quiet=False, beside=beside)
    tell(*answer.lines)
    return answer.code(strict=strict)


def _of_runs(found: Difference) -> _Answer:
    from dataflow_cli.render.diff import diff_lines, diff_report

    return _Answer(diff_lines(found), lambda: diff_report(found), found.first is not None, _is_loose(found))


@dataclass(frozen=True)
class _Answer:
    """What a comparison says."""

    lines: Iterable[str]
    rows: Callable[[], Report]
    differs: bool
    is_loose: bool
    """Whether --strict calls it a difference."""

    def write(self, report: ReportOptions, *, everything: bool) -> None:
        """The answer alone in a terminal and in a pull request, else every row."""
        if report.format == "github":
            level = "error" if self.differs else "notice"
            lines = "%0A".join(line.replace("%", "%25") for line in self.lines)  # one annotation
            emit(f"::{level} title=dftrace diff::{lines}\n", report.output)
        elif report.format == "table" and not everything and report.fields is None:
            emit("".join(f"{line}\n" for line in self.lines), report.output)
        else:
            report.emit(self.rows())

    def code(self, *, strict: bool) -> int:
        return 1 if self.differs or (strict and self.is_loose) else 0
