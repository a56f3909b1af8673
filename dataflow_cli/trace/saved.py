"""The saved trace: an .npz with the record as JSON under `trace.json` (bytes) and every kept tensor by its step's name.

A saved trace may come from anywhere. Every value is checked for its type and its place before it becomes a Trace, so
that nothing that shows or compares traces has to.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.errors import InputError, Problem
from dataflow_cli.files.beginning import beginning, is_zip
from dataflow_cli.files.json import plain
from dataflow_cli.files.npz import open_npz, write_npz
from dataflow_cli.files.problem import FileProblem, reported
from dataflow_cli.files.record import Damaged, Record
from dataflow_cli.kernels.statistics import Histogram
from dataflow_cli.lazy import np
from dataflow_cli.sizes import ITEM_SIZE
from dataflow_cli.trace.facts import Drawing, Positions, Preparation
from dataflow_cli.trace.model import Statistics, Step, Trace
from dataflow_cli.trace.stored import PREFIX, StoredValues

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dataflow_cli.shapes import Array, Shape

RECORD = "trace.json"
LABELS = "labels"
MAX_RECORD_BYTES = 64 * 1024 * 1024
_AGAIN = "save the trace again"
_TEXTS = ("network", "file", "weights")
_FORMATS = ("channels_last", "channels_first")
_SCORES = ("", "probability", "logit")
_POWERS = range(-1074, 1024)
_SCHEMAS = (schemas.SAVED_TRACE, schemas.TRACE)
"""What it is called, and what it was called at first."""
_CODE = re.compile(r"W[0-9]{3}")


def save_trace(trace: Trace, path: str | Path, *, values: bool = True) -> None:
    """Write a trace to an .npz that appears whole or not at all; without `values` the statistics alone.

    Raises OutputError.
    """
    record = json.dumps(plain(_record(trace)), allow_nan=False).encode()
    labels = {} if trace.labels is None else {LABELS: trace.labels}
    tensors = {PREFIX + name: array for name, array in trace.values.items()} if values else {}
    write_npz(path, {RECORD: np.frombuffer(record, np.uint8)} | labels | tensors)


def is_saved_trace(path: str | Path) -> bool:
    """Whether a file is a saved trace, damaged or not: a .npz that holds a record."""
    if not is_zip(beginning(path)):
        return False
    try:
        with open_npz(path) as npz:
            return RECORD in npz.names
    except (OSError, FileProblem):
        return False


def load_trace(path: str | Path) -> Trace:
    """Read a trace that `save_trace` wrote. A tensor of it is read when it is first asked for, so the file has to stay.

    Raises InputError if it is none, LimitError if it does not fit into memory. Asking for a tensor does so, too.
    """
    with reported(InputError, path), open_npz(path) as npz:
        if RECORD not in npz.names:
            raise InputError(f"{path}: not a saved trace", hint="write one with `dftrace run NET --save trace.npz`")
        record = npz.read(RECORD, limit=MAX_RECORD_BYTES).tobytes()
        values = StoredValues(path, npz)
        labels = npz.read(LABELS) if LABELS in npz.names else None
    try:
        trace = _trace(Record(json.loads(record), "the record"), values)
        return trace if labels is None else replace(trace, labels=_labels(labels, trace))
    except (Damaged, ValueError, RecursionError) as error:
        raise InputError(f"{path}: the trace's record is damaged: {error}", hint=_AGAIN) from error


def _record(trace: Trace) -> dict[str, Any]:
    record = {name: getattr(trace, name) for name in (*_TEXTS, "dtype", "data_format", "score")}
    return record | {
        "schema": schemas.SAVED_TRACE,
        "sources": trace.sources,
        "samples": trace.samples,
        "steps": [asdict(step) for step in trace.steps],
        "outputs": trace.outputs,
        "classes": trace.classes,
        "warnings": [{"code": p.code, "message": p.message, "hint": p.hint} for p in trace.warnings],
    }


def _trace(record: Record, values: StoredValues) -> Trace:
    schema = record.values.get("schema")
    if schema not in _SCHEMAS:
        raise Damaged(f"schema {str(schema)[:40]!r}, expected {schemas.SAVED_TRACE!r}")
    trace = Trace(
        network=record.text("network"),
        file=record.text("file"),
        weights=record.text("weights"),
        dtype=record.choice("dtype", tuple(ITEM_SIZE)),
        data_format=record.choice("data_format", _FORMATS),
        score=record.choice("score", _SCORES),
        sources=record.texts("sources"),
        samples=record.count("samples"),
        steps=tuple(map(_step, record.records("steps", "a step"))),
        outputs=record.texts("outputs"),
        classes=record.texts("classes"),
        warnings=tuple(map(_warning, record.records("warnings", "a warning"))),
        values=values,
    )
    _check_values(trace, values.shapes)
    return trace


def _labels(array: Array, trace: Trace) -> Array:
    """The right classes, of a classifier, one a sample."""
    if not trace.score or array.shape != (trace.samples,) or array.dtype.kind not in "iu":
        raise Damaged("labels are not one class a sample")
    classes = max(trace.step(trace.outputs[0]).output_shape[0], 2)
    if (array < 0).any() or (array >= classes).any():
        raise Damaged("labels of classes that there are not")
    return array.astype(np.int64)


def _check_values(trace: Trace, stored: Mapping[str, Shape]) -> None:
    """Every tensor belongs to a step and has its shape; the outputs are steps, kept or not."""
    shapes = {step.name: (trace.samples, *step.output_shape) for step in trace.steps}
    if len(shapes) < len(trace.steps) or not trace.samples or not trace.outputs:
        raise Damaged("no samples, no outputs, or two steps with one name")
    for name, shape in stored.items():
        if shape != shapes.get(name):
            raise Damaged(f"the values of '{name[:40]}' do not have the shape of a step of that name")
    missing = [name for name in trace.outputs if name not in shapes]
    if missing:
        raise Damaged(f"output '{missing[0][:40]}' is no step")
    if trace.score and len(shapes[trace.outputs[0]]) != 2:  # samples, classes
        raise Damaged("scores that are not one row a sample")


def _step(record: Record) -> Step:
    return Step(
        name=record.text("name"),
        type=record.text("type"),
        inputs=record.texts("inputs"),
        output_shape=record.shape("output_shape"),
        parameters=record.known("parameters", Record.count),
        macs=record.known("macs", Record.count),
        statistics=_statistics(record.record("statistics")),
        seconds=record.known("seconds", Record.seconds),
        activation=record.text("activation"),
        note=record.text("note"),
        is_input=record.flag("is_input") if record.has("is_input") else not record.list("inputs"),  # older files
        drawing=_drawing(record.record("drawing")) if record.has("drawing") else Drawing(),
    )


def _drawing(record: Record) -> Drawing:
    return Drawing(
        redrawn=record.flag("redrawn"),
        has_sequences=record.flag("has_sequences"),
        positions=_positions(record.record("positions")),
        prepared=_prepared(record.record("prepared")) if record.has("prepared") else None,
    )


def _positions(record: Record) -> Positions:
    middles = record.each("middles", "a middle", Record.number)
    if not middles:
        raise Damaged("middles of no place")
    return Positions(middles, record.number("rise"))


def _prepared(record: Record) -> Preparation:
    return Preparation(
        scale=record.known("scale", Record.number),
        mean=record.each("mean", "a mean", Record.number),
        std=record.each("std", "a std", Record.number),
        channels_first=record.flag("channels_first"),
    )


def _statistics(record: Record) -> Statistics:
    numbers: dict[str, Any] = {name: record.count(name) for name in ("count", "finite", "nans", "infinities", "zeros")}
    numbers |= {name: record.number(name) for name in ("minimum", "maximum", "mean", "m2")}
    if numbers["finite"] + numbers["nans"] + numbers["infinities"] != numbers["count"]:
        raise Damaged("count is not the sum of finite, nans and infinities")
    if numbers["zeros"] > numbers["finite"] or numbers["m2"] < 0:
        raise Damaged("zeros or m2 is none that values can have")
    return Statistics(**numbers, histogram=_histogram(record.record("histogram")) if record.has("histogram") else None)


def _histogram(record: Record) -> Histogram:
    return Histogram(_powers(record, "negative"), _powers(record, "positive"), record.count("zeros"))


def _powers(record: Record, name: str) -> dict[int, int]:
    """Counts by power of two; JSON has its keys as text."""
    counts = record.record(name)
    keys = [key for key in counts.values if key.removeprefix("-").isdecimal() and len(key) < 6]
    powers = {int(key): counts.count(key) for key in keys}
    if len(powers) < len(counts.values) or not all(power in _POWERS for power in powers):
        raise Damaged(f"{name} has counts for what is no power of two")
    return powers


def _warning(record: Record) -> Problem:
    code = record.text("code")
    if not _CODE.fullmatch(code):
        raise Damaged("code is not that of a warning")
    return Problem(code, record.text("message"), record.text("hint"), severity="warning")
