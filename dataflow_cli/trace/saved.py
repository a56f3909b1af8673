"""The saved trace: an .npz with the record as JSON under `trace.json` (bytes) and every kept tensor by its step's name."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError, Problem
from dataflow_cli.files.npz import open_npz, write_npz
from dataflow_cli.files.problem import reported
from dataflow_cli.lazy import np
from dataflow_cli.trace.model import SCHEMA, Statistics, Step, Trace

if TYPE_CHECKING:
    from pathlib import Path

RECORD = "trace.json"
MAX_RECORD_BYTES = 64 * 1024 * 1024
_TEXTS = ("network", "file", "weights", "dtype", "data_format", "score")


def save_trace(trace: Trace, path: str | Path) -> None:
    """Write a trace to an .npz that appears whole or not at all. Raises OutputError."""
    record = json.dumps(_record(trace), allow_nan=True).encode()
    arrays = {RECORD: np.frombuffer(record, np.uint8)} | {
        f"values/{name}": array for name, array in trace.values.items()
    }
    write_npz(path, arrays)


def load_trace(path: str | Path) -> Trace:
    """Read a trace that `save_trace` wrote. Raises InputError if it is none."""
    with reported(InputError, path), open_npz(path) as npz:
        if RECORD not in npz.names:
            raise InputError(f"{path}: not a saved trace", hint="write one with `dftrace run NET --save trace.npz`")
        record = npz.read(RECORD, limit=MAX_RECORD_BYTES).tobytes()
        values = {name.removeprefix("values/"): npz.read(name) for name in npz.names if name != RECORD}
    try:
        return _trace(json.loads(record), values)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: the trace's record is damaged ({error})", hint="save the trace again") from error


def _record(trace: Trace) -> dict[str, Any]:
    record = {name: getattr(trace, name) for name in _TEXTS}
    return record | {
        "schema": SCHEMA,
        "sources": trace.sources,
        "samples": trace.samples,
        "steps": [asdict(step) for step in trace.steps],
        "outputs": trace.outputs,
        "classes": trace.classes,
        "warnings": [{"code": p.code, "message": p.message, "hint": p.hint} for p in trace.warnings],
    }


def _trace(record: dict[str, Any], values: dict[str, Any]) -> Trace:
    if record["schema"] != SCHEMA:
        raise ValueError(f"schema {record['schema']!r}, expected {SCHEMA!r}")
    return Trace(
        **{name: str(record[name]) for name in _TEXTS},
        sources=tuple(map(str, record["sources"])),
        samples=int(record["samples"]),
        steps=tuple(_step(step) for step in record["steps"]),
        outputs=tuple(map(str, record["outputs"])),
        classes=tuple(map(str, record["classes"])),
        warnings=tuple(Problem(w["code"], w["message"], w["hint"], severity="warning") for w in record["warnings"]),
        values=values,
    )


def _step(record: dict[str, Any]) -> Step:
    fields = record | {
        "inputs": tuple(map(str, record["inputs"])),
        "output_shape": tuple(map(int, record["output_shape"])),
        "statistics": Statistics(**record["statistics"]),
    }
    return Step(**fields)
