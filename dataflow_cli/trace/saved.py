"""The saved trace: an .npz with the record as JSON under `trace.json` (bytes) and every kept tensor by its step's name.

docs/trace-format.md says what is in it. Nothing is packed, so that a tensor goes into the file while the run goes on,
and whoever reads it may map it.

A saved trace may come from anywhere. Every value is checked for its type and its place before it becomes a Trace, so
that nothing that shows or compares traces has to.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.files.npz import holds_array, open_npz
from dataflow_cli.files.problem import reported
from dataflow_cli.files.record import Damaged, Record
from dataflow_cli.trace.record import PREFIXED, labels_of, trace_of
from dataflow_cli.trace.stored import LABELS, OLD_LABELS, RECORD, StoredValues
from dataflow_cli.trace.writing import trace_writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataflow_cli.trace.model import Trace

MAX_RECORD_BYTES = 64 * 1024 * 1024


def save_trace(trace: Trace, path: str | Path, *, values: bool = True) -> None:
    """Write a trace to an .npz that appears whole or not at all; without `values` the statistics alone.

    Raises OutputError.
    """
    with trace_writer(path) as writer:
        for name in trace.values if values else ():
            writer.put(name, trace.values[name])
        writer.finish(trace)


def is_saved_trace(path: str | Path) -> bool:
    """Whether a file is a saved trace, damaged or not: a .npz that holds a record."""
    return holds_array(path, RECORD)


def load_trace(path: str | Path) -> Trace:
    """Read a trace that `save_trace` wrote. A tensor of it is read when it is first asked for, so the file has to stay.

    Raises InputError if it is none, LimitError if it does not fit into memory. Asking for a tensor does so, too.
    """
    with reported(InputError, path), open_npz(path) as npz:
        if RECORD not in npz.names:
            raise InputError(f"{path}: not a saved trace", hint="write one with `dftrace run NET --save trace.npz`")
        text = npz.read(RECORD, limit=MAX_RECORD_BYTES).tobytes()
        with _damage_reported(path):
            record = Record(json.loads(text), "the record")
            old = record.values.get("schema") in PREFIXED
            trace = trace_of(record, lambda steps: StoredValues(path, npz, steps, old=old))
            name = OLD_LABELS if old else LABELS
            return replace(trace, labels=labels_of(npz.read(name), trace)) if name in npz.names else trace


@contextmanager
def _damage_reported(path: str | Path) -> Iterator[None]:
    """Turns what is wrong in a record into an InputError."""
    try:
        yield
    except (Damaged, ValueError, RecursionError) as error:
        raise InputError(f"{path}: the trace's record is damaged: {error}", hint="save the trace again") from error
