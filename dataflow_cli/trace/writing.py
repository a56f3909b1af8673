"""A trace on its way into a file: tensors one after the other while they are computed, the record last."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.files.atomic import atomic_write
from dataflow_cli.files.fingerprint import Fingerprint
from dataflow_cli.files.json import plain
from dataflow_cli.files.npz_stream import NpzStream, going_back
from dataflow_cli.lazy import np
from dataflow_cli.trace.fingerprints import provenance_of
from dataflow_cli.trace.record import record_of
from dataflow_cli.trace.stored import LABELS, RECORD, stored_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace


class TensorWriter:
    """Takes the tensors of a trace, whole or minibatch by minibatch, and nothing else of it."""

    def __init__(self, npz: NpzStream, keep: tuple[str, ...] = ()) -> None:
        self.keep = keep
        """The steps whose tensors it is to be given while the network runs."""
        self._npz = npz

    def put(self, name: str, array: Array) -> None:
        """A whole tensor (N, *shape)."""
        self._npz.put(stored_name(name), array)

    def add(self, name: str, part: Array, total: int) -> None:
        """The next samples of a tensor that has `total` of them."""
        self._npz.add(stored_name(name), part, total)

    def goes_in(self, name: str, part: Array, total: int) -> None:
        """The next samples of an input, whether or not it is kept."""

    def finish(self, trace: Trace) -> None:
        """Everything was given."""
        self._npz.close([stored_name(step.name) for step in trace.steps])


class TraceWriter(TensorWriter):
    """The same, and then what the trace says of them."""

    def __init__(self, npz: NpzStream, keep: tuple[str, ...] = ()) -> None:
        super().__init__(npz, keep)
        self._inputs: dict[str, Fingerprint] = {}

    def goes_in(self, name: str, part: Array, total: int) -> None:
        """The next samples of an input, whether or not it is kept."""
        if name not in self._inputs:
            self._inputs[name] = Fingerprint(part.dtype.name, (total, *part.shape[1:]))
        self._inputs[name].add(part)

    def finish(self, trace: Trace) -> None:
        """The record of the trace, and its labels."""
        inputs = {name: found.text() for name, found in self._inputs.items()}
        trace = replace(trace, provenance=provenance_of(trace, inputs or None))
        record = json.dumps(plain(record_of(trace)), allow_nan=False).encode()
        self._npz.put(RECORD, np.frombuffer(record, np.uint8))
        if trace.labels is not None:
            self._npz.put(LABELS, trace.labels)
        self._npz.close([RECORD, LABELS, *(stored_name(step.name) for step in trace.steps)])


@contextmanager
def trace_writer(path: str | Path, keep: tuple[str, ...] = ()) -> Iterator[TraceWriter]:
    """What writes a trace to a file that appears whole, when the block ends, or not at all. Raises OutputError."""
    with atomic_write(path) as stream, going_back(stream) as ours:
        yield TraceWriter(NpzStream(ours), keep)
