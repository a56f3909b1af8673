"""A Summary as a report: what a network costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.render import text
from dataflow_cli.render.branches import branching
from dataflow_cli.render.report import Column, Report
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.counts.summary import StepCount, Summary, Totals, Unfit

COUNTED = "convolutions, dense, recurrent and attention layers"
"""The layers that make weighted sums, whose work is counted."""


def receptive(value: Sequence[int | None] | None) -> str:
    """`5 x 5`, or `all` for the whole input; `?` where it is not known."""
    return "all" if value is None else " x ".join("?" if size is None else str(size) for size in value)


def _receptive_cell(value: Any) -> str:
    return "all" if value == "all" else receptive(value)


def _place_cell(value: Any) -> str:
    """`2 x 2`, with a point where it is a fraction; nothing for an input, or where all of it is seen."""
    return "" if value is None else " x ".join("?" if one is None else f"{one:g}" for one in value)


LAYER_COLUMNS = (
    Column("name", "layer"),
    Column("type", "type", keep=4),
    Column("activation", "activation", shown=False, keep=2),
    Column("layers", "layers", text.count, "right", shown=False, keep=1),
    Column("input_shapes", "input shape", text.shapes, shown=False, wraps=True, keep=2),
    Column("kernel", "kernel", text.window, shown=False, keep=2),
    Column("output_shape", "output shape", text.shape, keep=8),
    Column("params", "parameters", text.count, "right", keep=7),
    Column("share", "share of parameters", text.share, "right", shown=False, keep=2),
    Column("trainable", "trainable", text.count, "right", shown=False, keep=1),
    Column("non_trainable", "non-trainable", text.count, "right", shown=False, keep=1),
    Column("macs", "MACs", text.count, "right", keep=6),
    Column("cache_values", "keys and values", text.count, "right", shown=False, keep=1),
    Column("cache_bytes", "cache memory", text.memory, "right", shown=False, keep=1),
    Column("receptive_field", "receptive field", _receptive_cell, "right", keep=4),
    Column("total_stride", "total stride", _place_cell, "right", shown=False, keep=2),
    Column("offset", "offset", _place_cell, "right", shown=False, keep=1),
    Column("output_bytes", "output memory", text.memory, "right", keep=5),
    Column("param_bytes", "parameter memory", text.memory, "right", shown=False),
    Column("arithmetic", "arithmetic", "; ".join, shown=False, wraps=True, keep=1),
    Column("inputs", "connected to", text.names, shown=False, wraps=True, keep=2),
)

TENSOR_COLUMNS = (
    Column("name", "tensor"),
    Column("kind", "kind", keep=6),
    Column("shape", "shape", text.shape, keep=8),
    Column("count", "values", text.count, "right", keep=7),
    Column("bytes", "memory", text.memory, "right", keep=5),
    Column("trainable", "trainable", lambda value: "yes" if value else "no", shown=False),
    Column("dtype", "type", shown=False, keep=4),
)


def params_report(counted: Summary, *, verbose: bool = False) -> Report:
    """A row a layer: type, shape, parameters, MACs, receptive field, memory."""
    totals = counted.totals
    arithmetic = tuple(_arithmetic_notes(counted)) if verbose else ()
    report = Report(
        schema=schemas.PARAMS,
        rows_key="layers",
        columns=_columns(counted, totals, verbose=verbose),
        rows=tuple(_row(counted, step, totals) for step in counted.steps),
        title=text.safe(counted.network),
        head=_head(counted),
        totals={
            "layers": totals.layers,
            "params": totals.parameters,
            "trainable": totals.trainable,
            "non_trainable": totals.non_trainable,
            "macs": totals.macs,
            "cache_values": totals.cached,
            "cache_bytes": counted.nbytes(totals.cached),
            "output_bytes": counted.data_bytes(*counted.steps),
            "param_bytes": counted.parameter_bytes(*counted.steps),
        },
        tail=_peak(counted),
        notes=(*_notes(counted, totals), *arithmetic),
    )
    return _ended(report, counted.unfit) if counted.unfit else report


def tensor_report(counted: Summary) -> Report:
    """A row a tensor: what flows (data) and what is learned (parameters), kept apart."""
    totals = counted.totals
    typed = any(step.dtype or any(one.dtype for one in step.parameters) for step in counted.steps)
    trained = {"trainable": totals.trainable, "non_trainable": totals.non_trainable}
    return Report(
        schema=schemas.PARAMS,
        rows_key="tensors",
        columns=tuple(replace(one, shown=one.shown or (one.key == "dtype" and typed)) for one in TENSOR_COLUMNS),
        rows=tuple(row for step in counted.steps for row in _tensor_rows(counted, step)),
        title=text.safe(counted.network),
        head=_head(counted),
        tail={
            "totals": {
                "data": {"count": totals.values, "bytes": counted.data_bytes(*counted.steps)},
                "parameter": {"count": totals.parameters, "bytes": counted.parameter_bytes(*counted.steps)} | trained,
            }
        }
        | _peak(counted),
        notes=_notes(counted, totals) if counted.unfit is None else _arriving(counted.unfit),
    )


def _ended(report: Report, unfit: Unfit) -> Report:
    """The report with the layer that ends it, and what arrives there; there is no whole to add up."""
    row = {"name": unfit.name, "type": unfit.type, "inputs": unfit.inputs, "input_shapes": unfit.input_shapes}
    columns = tuple(replace(one, shown=True, keep=9) if one.key == "input_shapes" else one for one in report.columns)
    return replace(report, columns=columns, rows=(*report.rows, row), totals={}, notes=_arriving(unfit))


def _arriving(unfit: Unfit) -> tuple[str, ...]:
    arriving = text.shapes(unfit.input_shapes) or "nothing"
    wanted = f"; wanted: {unfit.wanted}" if unfit.wanted else ""
    return (f"{text.safe(unfit.name)}: {arriving} arrives{wanted}",)


def _columns(counted: Summary, totals: Totals, *, verbose: bool) -> tuple[Column, ...]:
    """The columns, with those that have something to say of this network."""
    telling = {
        "non_trainable": totals.non_trainable > 0,
        "layers": any(step.members for step in counted.steps),
        "total_stride": verbose,
        "offset": verbose,
        "inputs": branching((step.name, step.inputs) for step in counted.steps),
    }
    return tuple(replace(column, shown=telling.get(column.key, column.shown)) for column in LAYER_COLUMNS)


def _head(counted: Summary) -> dict[str, Any]:
    return {"network": counted.network, "file": counted.file, "dtype": counted.dtype}


def _peak(counted: Summary) -> dict[str, Any]:
    """What so many samples at once take, for JSON."""
    return {} if counted.batch is None else {"batch": counted.batch, "peak_bytes": counted.peak_bytes}


def _row(counted: Summary, step: StepCount, totals: Totals) -> dict[str, Any]:
    seen = "all" if step.receptive_field is None else step.receptive_field
    return {
        "name": step.name,
        "type": step.type,
        "activation": step.activation,
        "layers": step.layers,
        "inputs": step.inputs,
        "input_shapes": step.input_shapes,
        "kernel": step.window or None,
        "output_shape": step.output_shape,
        "params": step.parameter_count,
        "share": step.parameter_count / totals.parameters if totals.parameters else None,
        "trainable": step.trainable_count,
        "non_trainable": step.non_trainable_count,
        "macs": step.macs,
        "cache_values": step.cached,
        "cache_bytes": counted.nbytes(step.cached),
        "receptive_field": None if step.is_input else seen,
        "total_stride": step.total_stride,
        "offset": step.offset,
        "output_bytes": counted.data_bytes(step),
        "param_bytes": counted.parameter_bytes(step),
        "arithmetic": step.arithmetic,
    }


def _tensor_rows(counted: Summary, step: StepCount) -> Iterator[dict[str, Any]]:
    """The parameters of a layer, then its output."""
    for one in step.parameters:
        named = {"name": f"{step.name}/{one.name}", "kind": "parameter", "shape": one.shape}
        size = {"count": one.values, "bytes": counted.nbytes(one.values, one.dtype)}
        yield named | size | {"trainable": one.trainable, "dtype": one.dtype or counted.dtype}
    named = {"name": step.name, "kind": "data", "shape": step.output_shape}
    size = {"count": step.values, "bytes": counted.data_bytes(step)}
    yield named | size | {"trainable": None, "dtype": step.dtype or counted.dtype}


def _notes(counted: Summary, totals: Totals) -> tuple[str, ...]:
    """The counts that are often mixed up, each with what it counts."""
    fixed = totals.non_trainable
    split = f", {totals.trainable:,} of them trainable and {fixed:,} not" if fixed else ""
    learned, flowing = map(text.memory, (counted.parameter_bytes(*counted.steps), counted.sample_bytes(*counted.steps)))
    return (
        f"learned:  {totals.parameters:,} parameters ({learned}){split}",
        f"data:     {totals.values:,} values in {totals.steps} tensors for one sample, the input included ({flowing})",
        f"work:     {totals.macs:,} MACs for one sample: multiply-accumulates of {COUNTED}",
        *_cache_notes(counted, totals),
        *_batch_notes(counted),
        *_unsized_notes(counted),
    )


def _cache_notes(counted: Summary, totals: Totals) -> Iterator[str]:
    """What attention keeps while text is written word by word, where there is any."""
    if totals.cached:
        size = text.memory(counted.nbytes(totals.cached))
        yield f"cache:    {totals.cached:,} numbers ({size}) of keys and values for one sample, kept by attention"


def _batch_notes(counted: Summary) -> Iterator[str]:
    """What a minibatch takes, if that was asked for: not all tensors are there at one time."""
    if counted.batch is None:
        return
    samples = "1 sample" if counted.batch == 1 else f"{counted.batch:,} samples"
    yield f"memory:   of outputs for {samples}: {text.memory(counted.data_bytes(*counted.steps))} in all"
    if counted.peak_bytes is not None:
        most = text.memory(counted.peak_bytes)
        yield f"peak:     about {most} while {samples} run at once: parameters, what is there at one time, and scratch"


def _unsized_notes(counted: Summary) -> Iterator[str]:
    """What `?` means, if there is one."""
    if not all(is_known(step.output_shape) for step in counted.steps if step.is_input):
        yield "?:        hangs on a size that the network file leaves open: give it with --shape"


def _arithmetic_notes(counted: Summary) -> Iterator[str]:
    for step in counted.steps:
        if step.is_input:
            continue
        shapes = ", ".join(text.shape(shape) for shape in step.input_shapes)
        yield ""
        yield f"{step.name} ({step.type}): {shapes} -> {text.shape(step.output_shape)}"
        for line in step.arithmetic:
            yield f"  {line}"
