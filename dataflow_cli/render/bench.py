"""A Benchmark as a report: what each layer takes, and the whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.bench.measure import WARM_UP
from dataflow_cli.kernels.method import PLAIN, Method
from dataflow_cli.network.memory import output_bytes
from dataflow_cli.render import text
from dataflow_cli.render.report import Column, Report
from dataflow_cli.sizes import ITEM_SIZE

if TYPE_CHECKING:
    from dataflow_cli.bench.measure import Benchmark, Times
    from dataflow_cli.network.model import Node

GIGA = 1e9


def _gflops(value: float | None) -> str:
    """`74.1`: billions of floating-point operations a second."""
    return "" if value is None else f"{value / GIGA:.1f}"


def _choice(method: str) -> str:
    """The method, where there is more than one."""
    return "" if method == PLAIN.name else method


COLUMNS = (
    Column("name", "layer"),
    Column("type", "type", keep=5),
    Column("output_shape", "output shape", text.shape, keep=6),
    Column("method", "method", _choice, keep=4),
    Column("why", "why this method", shown=False, keep=1),
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
    nodes = zip(result.network.nodes, result.layers, strict=True)
    rows = tuple(_row(result, node, times, result.heads.get(node.name, "")) for node, times in nodes)
    return Report(
        schema=schemas.BENCH,
        rows_key="layers",
        columns=tuple(
            replace(column, shown=column.shown or (verbose and column.key in _VERBOSE)) for column in COLUMNS
        ),
        rows=rows,
        title=text.safe(_title(result)),
        head=_head(result),
        totals={
            **_figures(result, result.network.macs, result.whole),
            "output_bytes": sum(row["output_bytes"] for row in rows),
        },
        tail={
            "first_seconds": result.first,
            "sgemm_flops": result.sgemm,
            "peak_bytes": result.peak_bytes,
        },
        notes=_notes(result),
    )


def _row(result: Benchmark, node: Node, times: Times, head: str) -> dict[str, Any]:
    """The row of a node; `head` is the first of the chain that it is computed in, if it is not that itself."""
    how = {"kept": True, "fast_math": result.computing.fast_math}
    method = _joined(head) if head else node.layer.method(node.input_shapes, result.samples, **how)
    return {
        "name": node.name,
        "type": node.layer.type,
        "output_shape": node.output_shape,
        "method": method.name,
        "why": method.why,
        **_figures(result, node.macs, times),
        "output_bytes": output_bytes(node, result.dtype) * result.samples,
    }


def _joined(head: str) -> Method:
    return Method("joined", f"done to each tile of {head} while that is in the cache")


def _figures(result: Benchmark, macs: int, times: Times) -> dict[str, Any]:
    """Times, and the speed that they are; speed only where multiply-accumulates are counted, and nothing of what took
    no time that could be measured, as where views are made once.
    """
    flops = result.speed(macs, times.median) if macs and times.median else None
    whole = sum(layer.median for layer in result.layers)
    return {
        "macs": macs,
        "seconds_min": times.least,
        "seconds_median": times.median,
        "share": 1.0 if times is result.whole else times.median / whole if whole else None,
        "flops": flops,
        "sgemm_share": None if flops is None else flops / result.sgemm,
    }


def _title(result: Benchmark) -> str:
    minibatch = "1 sample" if result.samples == 1 else f"a minibatch of {result.samples:,}"
    return f"{result.network.name}: {minibatch} a pass, {result.source} (weights: {result.weights})"


def _head(result: Benchmark) -> dict[str, Any]:
    return {
        "network": result.network.name,
        "file": result.network.file,
        "weights": result.weights,
        "input": result.source,
        "samples": result.samples,
        "dtype": result.dtype,
        "threads": result.computing.threads,
        "fast_math": result.computing.fast_math,
        "repeat": len(result.whole.seconds),
        "warm_up": WARM_UP,
    }


def _notes(result: Benchmark) -> tuple[str, ...]:
    """What the columns mean, and what is only known of the whole."""
    threads = "1 thread" if result.computing.threads == 1 else f"{result.computing.threads} threads"
    parameters = result.network.parameter_count * ITEM_SIZE[result.dtype]
    median = result.whole.median
    rate = f"{text.number(result.samples / median)} a second, by the median" if median else "take no time to speak of"
    passes = f"{len(result.whole.seconds)} on {threads}, after {WARM_UP} to warm up, of which the first took"
    return (
        f"passes:   {passes} {text.seconds(result.first)}",
        f"samples:  {rate}",
        f"speed:    2·MACs over the median; large matrix products (sgemm) in between: {_gflops(result.sgemm)} GFLOP/s",
        f"memory:   {text.memory(result.peak_bytes)} at most in the process; parameters are {text.memory(parameters)}",
    )
