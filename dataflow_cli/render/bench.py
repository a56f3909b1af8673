"""A Benchmark as a report: what each layer takes, and the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.kernels.method import PLAIN
from dataflow_cli.render import text
from dataflow_cli.render.report import Column, Report

if TYPE_CHECKING:
    from dataflow_cli.bench.benchmark import Benchmark, LayerTimes, Times

GIGA = 1e9


def _gflops(value: float | None) -> str:
    """`74.1`, `0.0042`: billions of floating-point operations a second, two digits of them at least."""
    if value is None:
        return ""
    return f"{value / GIGA:.1f}" if value >= GIGA else f"{value / GIGA:#.2g}"


def _choice(method: str) -> str:
    """The method, where there is more than one."""
    return "" if method == PLAIN.name else method


COLUMNS = (
    Column("name", "layer"),
    Column("type", "type", keep=5),
    Column("output_shape", "output shape", text.shape, keep=6),
    Column("method", "method", _choice, keep=4),
    Column("why", "why this method", shown=False, wraps=True, keep=1),
    Column("macs", "MACs", text.count, "right", shown=False, keep=2),
    Column("seconds_min", "min", text.seconds, "right", keep=7),
    Column("seconds_median", "median", text.seconds, "right", keep=9),
    Column("share", "of all", text.share, "right", keep=8),
    Column("flops", "GFLOP/s", _gflops, "right", keep=7),
    Column("sgemm_share", "of sgemm", text.share, "right", keep=4),
    Column("output_bytes", "output memory", text.memory, "right", keep=3),
)


_VERBOSE = {"why", "macs"}


def bench_report(result: Benchmark, *, verbose: bool = False) -> Report:
    """A row a layer, the whole as the last line of a table and as `totals` in JSON.

    People see why each method was chosen only if `verbose`.
    """
    return Report(
        schema=schemas.BENCH,
        rows_key="layers",
        columns=tuple(
            replace(column, shown=column.shown or (verbose and column.key in _VERBOSE)) for column in COLUMNS
        ),
        rows=tuple(_row(result, layer) for layer in result.layers),
        title=text.safe(_title(result)),
        head=_head(result),
        totals={
            **_figures(result, result.macs, result.whole),
            "share": 1.0,
            "output_bytes": result.output_bytes,
        },
        tail={
            "first_seconds": result.first,
            "sgemm_flops": result.sgemm,
            "peak_bytes": result.peak_bytes,
        },
        notes=_notes(result),
    )


def _row(result: Benchmark, layer: LayerTimes) -> dict[str, Any]:
    return {
        "name": layer.name,
        "type": layer.type,
        "output_shape": layer.output_shape,
        "method": layer.method,
        "why": layer.why,
        **_figures(result, layer.macs, layer.times),
        "output_bytes": layer.output_bytes,
    }


def _figures(result: Benchmark, macs: int, times: Times) -> dict[str, Any]:
    """Times, and the speed that they are."""
    return {
        "macs": macs,
        "seconds_min": times.least,
        "seconds_median": times.median,
        "share": result.share(times),
        "flops": result.speed(macs, times),
        "sgemm_share": result.sgemm_share(macs, times),
    }


def _title(result: Benchmark) -> str:
    minibatch = "1 sample" if result.samples == 1 else f"a minibatch of {result.samples:,}"
    return f"{result.network}: {minibatch} a pass, {result.source} (weights: {result.weights})"


def _head(result: Benchmark) -> dict[str, Any]:
    return {
        "network": result.network,
        "file": result.file,
        "weights": result.weights,
        "input": result.source,
        "samples": result.samples,
        "dtype": result.dtype,
        "threads": result.threads,
        "fast_math": result.fast_math,
        "repeat": len(result.whole.seconds),
        "warm_up": result.warm_up,
    }


def _notes(result: Benchmark) -> tuple[str, ...]:
    """What the columns mean, and what is only known of the whole."""
    threads = "1 thread" if result.threads == 1 else f"{result.threads} threads"
    each = result.samples_a_second
    rate = "take no time to speak of" if each is None else f"{text.number(each)} a second, by the median"
    passes = f"{len(result.whole.seconds)} on {threads}, after {result.warm_up} to warm up, of which the first took"
    peak, parameters = text.memory(result.peak_bytes), text.memory(result.parameter_bytes)
    return (
        f"passes:   {passes} {text.seconds(result.first)}",
        f"samples:  {rate}",
        f"speed:    2·MACs over the median; large matrix products (sgemm) in between: {_gflops(result.sgemm)} GFLOP/s",
        f"memory:   {peak} at most in the process; parameters are {parameters}",
    )
