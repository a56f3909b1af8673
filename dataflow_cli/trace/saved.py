"""The saved trace: an .npz with the record as JSON under `trace.json` (bytes) and every kept tensor by its step's name.

A saved trace may come from anywhere. Every value is checked for its type and its place before it becomes a Trace, so
that nothing that shows or compares traces has to.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.files.beginning import beginning, is_zip
from dataflow_cli.files.json import plain
from dataflow_cli.files.npz import open_npz, write_npz
from dataflow_cli.files.problem import FileProblem, reported
from dataflow_cli.files.record import Damaged, Record
from dataflow_cli.lazy import np
from dataflow_cli.trace.record import labels_of, record_of, trace_of
from dataflow_cli.trace.stored import PREFIX, StoredValues

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.trace.model import Trace

RECORD = "trace.json"
LABELS = "labels"
MAX_RECORD_BYTES = 64 * 1024 * 1024


def save_trace(trace: Trace, path: str | Path, *, values: bool = True) -> None:
    """Write a trace to an .npz that appears whole or not at all; without `values` the statistics alone.

    Raises OutputError.
    """
    record = json.dumps(plain(record_of(trace)), allow_nan=False).encode()
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
        trace = trace_of(Record(json.loads(record), "the record"), values)
        return trace if labels is None else replace(trace, labels=labels_of(labels, trace))
    except (Damaged, ValueError, RecursionError) as error:
        raise InputError(f"{path}: the trace's record is damaged: {error}", hint="save the trace again") from error
