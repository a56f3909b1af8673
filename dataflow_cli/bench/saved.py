"""The saved benchmark: the record as JSON, the seconds of every pass included.

It may come from anywhere. Every value is checked for its type before it becomes a Benchmark.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.bench.benchmark import Benchmark, LayerTimes, Times
from dataflow_cli.errors import InputError
from dataflow_cli.files.atomic import atomic_write
from dataflow_cli.files.beginning import beginning
from dataflow_cli.files.problem import printable, reported
from dataflow_cli.files.record import Damaged, Record
from dataflow_cli.files.source import from_path
from dataflow_cli.sizes import STORED_SIZE

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 64 * 1024 * 1024
_BEGINNING = re.compile(rb'\s*\{\s*"schema"\s*:\s*"dftrace\.(saved_)?bench/')


def save_benchmark(result: Benchmark, path: str | Path) -> None:
    """Write a benchmark to a file that appears whole or not at all. Raises OutputError."""
    with atomic_write(path) as stream:
        stream.write(json.dumps({"schema": schemas.SAVED_BENCH, **asdict(result)}, allow_nan=False).encode() + b"\n")


def is_benchmark(path: str | Path) -> bool:
    """Whether a file is a benchmark, by how it begins."""
    return _BEGINNING.match(beginning(path)) is not None


def load_benchmark(path: str | Path) -> Benchmark:
    """Read a benchmark that `save_benchmark` wrote. Raises InputError if it is none."""
    with reported(InputError, path):
        text = from_path(path).read(MAX_BYTES)
    try:
        return _benchmark(Record(json.loads(text), "the record"))
    except (Damaged, ValueError, RecursionError) as error:
        hint = "write one with `dftrace bench NET --save FILE`"
        raise InputError(f"{printable(path)}: not a saved benchmark: {printable(error)}", hint=hint) from error


def _benchmark(record: Record) -> Benchmark:
    schema = record.values.get("schema")
    if schema != schemas.SAVED_BENCH:
        raise Damaged(f"schema {str(schema)[:40]!r}, expected {schemas.SAVED_BENCH!r}")
    plain: dict[str, Any] = {name: record.text(name) for name in ("network", "file", "weights", "source")}
    plain |= {name: record.count(name) for name in ("samples", "threads", "parameters", "warm_up", "peak_bytes")}
    result = Benchmark(
        **plain,
        dtype=record.choice("dtype", tuple(STORED_SIZE)),
        fast_math=record.flag("fast_math"),
        first=record.seconds("first"),
        sgemm=record.seconds("sgemm"),
        whole=_times(record.record("whole")),
        layers=tuple(map(_layer, record.records("layers", "a layer"))),
    )
    passes = {len(times.seconds) for times in (result.whole, *(layer.times for layer in result.layers))}
    if len(passes) > 1 or not result.sgemm:
        raise Damaged("passes that not every layer has, or a machine that multiplies nothing")
    return result


def _layer(record: Record) -> LayerTimes:
    return LayerTimes(
        **{name: record.text(name) for name in ("name", "type", "method", "why")},
        output_shape=record.shape("output_shape"),
        macs=record.count("macs"),
        output_bytes=record.count("output_bytes"),
        times=_times(record.record("times")),
    )


def _times(record: Record) -> Times:
    seconds = record.each("seconds", "a time", Record.seconds)
    if not seconds:
        raise Damaged("no pass at all")
    return Times(seconds)
