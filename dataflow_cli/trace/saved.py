"""The saved trace: an .npz with the record as JSON under `trace.json` (bytes) and every kept tensor by its step's name.

A saved trace may come from anywhere. Every value is checked for its type and its place before it becomes a Trace, so
that nothing that shows or compares traces has to.
"""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from dataflow_cli import schemas
from dataflow_cli.errors import InputError, Problem
from dataflow_cli.files.json import NOT_FINITE, plain
from dataflow_cli.files.npz import open_npz, write_npz
from dataflow_cli.files.problem import reported
from dataflow_cli.kernels.statistics import Histogram
from dataflow_cli.lazy import np
from dataflow_cli.sizes import ITEM_SIZE
from dataflow_cli.trace.model import Statistics, Step, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dataflow_cli.shapes import Array

Number = TypeVar("Number", int, float)
RECORD = "trace.json"
VALUES = "values/"
MAX_RECORD_BYTES = 64 * 1024 * 1024
_AGAIN = "save the trace again"
_TEXTS = ("network", "file", "weights")
_FORMATS = ("channels_last", "channels_first")
_SCORES = ("", "probability", "logit")
_POWERS = range(-1074, 1024)
_MOST = 2**63
_SCHEMAS = (schemas.SAVED_TRACE, schemas.TRACE)
"""What it is called, and what it was called at first."""
_CODE = re.compile(r"W[0-9]{3}")


def save_trace(trace: Trace, path: str | Path) -> None:
    """Write a trace to an .npz that appears whole or not at all. Raises OutputError."""
    record = json.dumps(plain(_record(trace)), allow_nan=False).encode()
    values = {VALUES + name: array for name, array in trace.values.items()}
    write_npz(path, {RECORD: np.frombuffer(record, np.uint8)} | values)


def load_trace(path: str | Path) -> Trace:
    """Read a trace that `save_trace` wrote.

    Raises InputError if it is none, LimitError if it does not fit into memory.
    """
    with reported(InputError, path), open_npz(path) as npz:
        if RECORD not in npz.names:
            raise InputError(f"{path}: not a saved trace", hint="write one with `dftrace run NET --save trace.npz`")
        record = npz.read(RECORD, limit=MAX_RECORD_BYTES).tobytes()
        values = {name.removeprefix(VALUES): npz.read(name) for name in npz.names if name.startswith(VALUES)}
    try:
        return _trace(_mapping(json.loads(record), "the record"), values)
    except (_Damaged, ValueError, RecursionError) as error:
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


class _Damaged(Exception):  # noqa: N818  becomes an InputError
    """A part of the record that is not what it should be."""


def _trace(record: Mapping[str, Any], values: Mapping[str, Array]) -> Trace:
    if record.get("schema") not in _SCHEMAS:
        raise _Damaged(f"schema {str(record.get('schema'))[:40]!r}, expected {schemas.SAVED_TRACE!r}")
    steps = tuple(_step(_mapping(step, "a step")) for step in _list(record, "steps"))
    trace = Trace(
        **{name: _text(record, name) for name in _TEXTS},
        dtype=_choice(record, "dtype", tuple(ITEM_SIZE)),
        data_format=_choice(record, "data_format", _FORMATS),
        score=_choice(record, "score", _SCORES),
        sources=_texts(record, "sources"),
        samples=_count(record, "samples"),
        steps=steps,
        outputs=_texts(record, "outputs"),
        classes=_texts(record, "classes"),
        warnings=tuple(_warning(_mapping(problem, "a warning")) for problem in _list(record, "warnings")),
        values=values,
    )
    _check_values(trace)
    return trace


def _check_values(trace: Trace) -> None:
    """Every tensor belongs to a step and has its shape; the outputs are steps, kept or not."""
    shapes = {step.name: (trace.samples, *step.output_shape) for step in trace.steps}
    if len(shapes) < len(trace.steps) or not trace.samples or not trace.outputs:
        raise _Damaged("no samples, no outputs, or two steps with one name")
    for name, array in trace.values.items():
        if array.shape != shapes.get(name):
            raise _Damaged(f"the values of '{name[:40]}' do not have the shape of a step of that name")
    missing = [name for name in trace.outputs if name not in shapes]
    if missing:
        raise _Damaged(f"output '{missing[0][:40]}' is no step")
    if trace.score and len(shapes[trace.outputs[0]]) != 2:  # samples, classes
        raise _Damaged("scores that are not one row a sample")


def _step(record: Mapping[str, Any]) -> Step:
    return Step(
        name=_text(record, "name"),
        type=_text(record, "type"),
        inputs=_texts(record, "inputs"),
        output_shape=tuple(_count({"length": length}, "length") for length in _list(record, "output_shape")),
        parameters=_known(record, "parameters", _count),
        macs=_known(record, "macs", _count),
        statistics=_statistics(_mapping(record.get("statistics"), "statistics")),
        seconds=_known(record, "seconds", _seconds),
        activation=_text(record, "activation"),
        note=_text(record, "note"),
    )


def _statistics(record: Mapping[str, Any]) -> Statistics:
    counted = ("count", "finite", "nans", "infinities", "zeros")
    measured = ("minimum", "maximum", "mean", "m2")
    numbers: dict[str, Any] = {name: _count(record, name) for name in counted}
    numbers |= {name: _number(record, name) for name in measured}
    if numbers["finite"] + numbers["nans"] + numbers["infinities"] != numbers["count"]:
        raise _Damaged("count is not the sum of finite, nans and infinities")
    if numbers["zeros"] > numbers["finite"] or numbers["m2"] < 0:
        raise _Damaged("zeros or m2 is none that values can have")
    histogram = record.get("histogram")
    return Statistics(**numbers, histogram=None if histogram is None else _histogram(_mapping(histogram, "histogram")))


def _histogram(record: Mapping[str, Any]) -> Histogram:
    return Histogram(_powers(record, "negative"), _powers(record, "positive"), _count(record, "zeros"))


def _powers(record: Mapping[str, Any], name: str) -> dict[int, int]:
    """Counts by power of two; JSON has its keys as text."""
    counts = _mapping(record.get(name), name)
    powers = {int(key): _count(counts, key) for key in counts if key.removeprefix("-").isdecimal() and len(key) < 6}
    if len(powers) < len(counts) or not all(power in _POWERS for power in powers):
        raise _Damaged(f"{name} has counts for what is no power of two")
    return powers


def _warning(record: Mapping[str, Any]) -> Problem:
    code = _text(record, "code")
    if not _CODE.fullmatch(code):
        raise _Damaged("code is not that of a warning")
    return Problem(code, _text(record, "message"), _text(record, "hint"), severity="warning")


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Damaged(f"{what} is not a mapping")
    return value


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    if not isinstance(value, list):
        raise _Damaged(f"{name} is not a list")
    return value


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        raise _Damaged(f"{name} is not text")
    return value


def _texts(record: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(_text({name: value}, name) for value in _list(record, name))


def _choice(record: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = _text(record, name)
    if value not in choices:
        raise _Damaged(f"{name} is none of {', '.join(map(repr, choices))}")
    return value


def _known(record: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any], str], Number]) -> Number | None:
    """A number, or None if the record says that it is not known."""
    return None if name in record and record[name] is None else read(record, name)


def _count(record: Mapping[str, Any], name: str) -> int:
    value = record.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MOST:
        raise _Damaged(f"{name} is not a count")
    return value


def _number(record: Mapping[str, Any], name: str) -> float:
    value = record.get(name)
    if isinstance(value, str) and value in NOT_FINITE:
        return float(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > sys.float_info.max:
        raise _Damaged(f"{name} is not a number")
    return float(value)


def _seconds(record: Mapping[str, Any], name: str) -> float:
    value = _number(record, name)
    if not 0 <= value < math.inf:
        raise _Damaged(f"{name} is not a time")
    return value
