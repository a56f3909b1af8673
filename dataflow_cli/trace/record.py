"""The record in a saved trace: what a trace is as JSON, and JSON that nobody vouches for as a trace."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.errors import Problem
from dataflow_cli.files.record import Damaged, Record
from dataflow_cli.lazy import np
from dataflow_cli.sizes import STORED_SIZE
from dataflow_cli.trace.model import Trace
from dataflow_cli.trace.provenance import provenance_in, provenance_record
from dataflow_cli.trace.reading import Judged, Reading
from dataflow_cli.trace.step_record import step_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.stored import StoredValues

_TEXTS = ("network", "file", "weights")
_FORMATS = ("channels_last", "channels_first")
_SCORES = ("", "probability", "logit")
PREFIXED = (schemas.SAVED_TRACE_1, schemas.TRACE)
"""What it was called before tensors stood under the plain names of their steps, and at first."""
_SCHEMAS = (schemas.SAVED_TRACE, *PREFIXED)
_CODE = re.compile(r"W[0-9]{3}")


def record_of(trace: Trace) -> dict[str, Any]:
    """What is written of a trace, but for its tensors and labels."""
    record = {name: getattr(trace, name) for name in (*_TEXTS, "dtype", "data_format", "score", "init")}
    return record | {
        "schema": schemas.SAVED_TRACE,
        "sources": trace.sources,
        "samples": trace.samples,
        "steps": [asdict(step) for step in trace.steps],
        "outputs": trace.outputs,
        "classes": trace.classes,
        "tokens": trace.tokens,
        "sources_of": dict(trace.sources_of),
        "readings": {name: asdict(reading) for name, reading in trace.readings.items()},
        "judged": [asdict(one) for one in trace.judged],
        "provenance": None if trace.provenance is None else provenance_record(trace.provenance),
        "warnings": [{"code": p.code, "message": p.message, "hint": p.hint} for p in trace.warnings],
    }


def trace_of(record: Record, stored: Callable[[Sequence[str]], StoredValues]) -> Trace:
    """The trace that a record says, with the tensors that its file has `stored` of its steps. Raises Damaged."""
    schema = record.values.get("schema")
    if schema not in _SCHEMAS:
        raise Damaged(f"schema {str(schema)[:40]!r}, expected {schemas.SAVED_TRACE!r}")
    steps = tuple(map(step_of, record.records("steps", "a step")))
    values = stored([step.name for step in steps])
    trace = Trace(
        network=record.text("network"),
        file=record.text("file"),
        weights=record.text("weights"),
        dtype=record.choice("dtype", tuple(STORED_SIZE)),
        data_format=record.choice("data_format", _FORMATS),
        score=record.choice("score", _SCORES),
        init=record.text("init") if record.has("init") else "",  # older files
        sources=record.texts("sources"),
        samples=record.count("samples"),
        steps=steps,
        outputs=record.texts("outputs"),
        classes=record.texts("classes"),
        tokens=record.texts("tokens") if record.has("tokens") else (),  # older files
        warnings=tuple(map(_warning, record.records("warnings", "a warning"))),
        values=values,
        provenance=provenance_in(record),
    )
    _check_values(trace, values.shapes)
    shapes = {step.name: step.output_shape for step in trace.steps}
    return replace(
        trace,
        readings=_readings(record, trace, shapes),
        judged=_judged(record, trace),
        sources_of=_sources_of(record, trace),
    )


def _sources_of(record: Record, trace: Trace) -> dict[str, tuple[str, ...]]:
    """The sources of several inputs; older files do not say them."""
    if not record.has("sources_of"):
        return {}
    said = record.record("sources_of")
    found = {name: said.texts(name) for name in said.values}
    inputs = {step.name for step in trace.steps if step.is_input}
    if any(name not in inputs or len(each) != len(trace.sources) for name, each in found.items()):
        raise Damaged("sources of what is no input, or of other samples")
    return found


def _readings(record: Record, trace: Trace, shapes: Mapping[str, Shape]) -> dict[str, Reading]:
    """How outputs are read that are not one row of classes; older files do not say it."""
    if not record.has("readings"):
        return {}
    said = record.record("readings")
    found = {}
    for name in said.values:
        one = said.record(name)
        found[name] = Reading(one.choice("score", _SCORES[1:]), one.count("axis"))
        if name not in trace.outputs or found[name].axis >= len(shapes[name]) or 0 in shapes[name]:
            raise Damaged("a reading of what is no output, or along no axis of it")
    return found


def _judged(record: Record, trace: Trace) -> tuple[Judged, ...]:
    """How answers compared with labels."""
    found = []
    for one in record.records("judged", "a comparison") if record.has("judged") else ():
        output, total, right = one.text("output"), one.count("total"), one.known("right", Record.count)
        if output not in trace.outputs or (right or 0) > total:
            raise Damaged("a comparison of what is no output, or more right answers than there are")
        found.append(Judged(output, total, right, one.number("absolute"), one.number("squared")))
    return tuple(found)


def labels_of(array: Array, trace: Trace) -> Array:
    """The right classes, of a classifier, one a sample. Raises Damaged."""
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
    if trace.score and (len(shapes[trace.outputs[0]]) != 2 or 0 in shapes[trace.outputs[0]]):  # samples, classes
        raise Damaged("scores that are not one row a sample")


def _warning(record: Record) -> Problem:
    code = record.text("code")
    if not _CODE.fullmatch(code):
        raise Damaged("code is not that of a warning")
    return Problem(code, record.text("message"), record.text("hint"), severity="warning")
