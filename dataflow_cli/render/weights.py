"""The tensors of a file of weights as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli import schemas
from dataflow_cli.render import text
from dataflow_cli.render.report import Column, Report

if TYPE_CHECKING:
    from dataflow_cli.kernels.statistics import Moments
    from dataflow_cli.weights.listing import Listing, Tensor


COLUMNS = (
    Column("name", "tensor"),
    Column("shape", "shape", text.shape, keep=8),
    Column("dtype", "type", text.text, keep=3),
    Column("count", "numbers", text.count, "right", keep=4),
    Column("bytes", "bytes", text.count, "right", shown=False, keep=2),
    Column("mean", "mean", text.number, "right", keep=6),
    Column("std", "std", text.number, "right", keep=6),
    Column("min", "min", text.number, "right", keep=6),
    Column("max", "max", text.number, "right", keep=6),
    Column("zeros", "zeros", text.share, "right", keep=5),
    Column("nans", "NaN", text.count, "right", keep=7),
    Column("infinities", "inf", text.count, "right", keep=7),
)
_WRITERS = {"torch": "PyTorch", "keras": "Keras"}
OF_VALUES = frozenset({"mean", "std", "min", "max", "zeros", "nans", "infinities"})
_UNSOUND = frozenset({"nans", "infinities"})


def weights_report(listing: Listing, *, statistics: bool) -> Report:
    """A row a tensor; what the numbers are like if they were read, NaN and infinities if there are any."""
    rows = tuple(_row(tensor) for tensor in listing.tensors)
    columns = tuple(_shown(column, rows, statistics=statistics) for column in COLUMNS)
    totals = {"count": _sum(rows, "count"), "bytes": _sum(rows, "bytes")}
    return Report(
        schemas.WEIGHTS,
        "tensors",
        columns,
        rows,
        title=text.safe(listing.path),
        head={"file": listing.path, "written_by": listing.origin or None},
        totals=totals,
        notes=tuple(_notes(listing, totals)),
    )


def _row(tensor: Tensor) -> dict[str, Any]:
    values = tensor.values
    return {
        "name": tensor.name,
        "shape": tensor.shape,
        "dtype": tensor.dtype,
        "count": tensor.count,
        "bytes": tensor.nbytes,
        **(dict.fromkeys(OF_VALUES) if values is None else _statistics(values)),
    }


def _statistics(values: Moments) -> dict[str, Any]:
    return {
        "mean": values.average,
        "std": values.std,
        "min": values.low,
        "max": values.high,
        "zeros": values.zero_share,
        "nans": values.nans,
        "infinities": values.infinities,
    }


def _shown(column: Column, rows: tuple[dict[str, Any], ...], *, statistics: bool) -> Column:
    from dataclasses import replace

    if column.key not in OF_VALUES:
        return column
    wanted = statistics and (column.key not in _UNSOUND or any(row[column.key] for row in rows))
    return replace(column, shown=wanted)


def _sum(rows: tuple[dict[str, Any], ...], key: str) -> int:
    return sum(row[key] or 0 for row in rows)


def _notes(listing: Listing, totals: dict[str, int]) -> list[str]:
    count = len(listing.tensors)
    notes = [f"{count:,} tensor{'s' if count != 1 else ''}, {text.memory(totals['bytes'])}"]
    if listing.origin:
        notes[0] += f", written by {_WRITERS.get(listing.origin, listing.origin)}"
    return notes + [text.safe(tensor.fault) for tensor in listing.tensors if tensor.fault]
