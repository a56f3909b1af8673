"""A step in the record of a saved trace: JSON that nobody vouches for, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.files.record import Damaged, Record
from dataflow_cli.kernels.statistics import Histogram
from dataflow_cli.trace.drawing_record import drawing_of
from dataflow_cli.trace.model import Dead, Statistics, Step
from dataflow_cli.trace.picture_facts import Drawing

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape

_POWERS = range(-1074, 1024)
"""Of two, between which the numbers of a histogram lie."""


def step_of(record: Record) -> Step:
    """The step that a record says. Raises Damaged."""
    shape = record.shape("output_shape")
    drawing = drawing_of(record.record("drawing"), shape) if record.has("drawing") else Drawing()
    return Step(
        name=record.text("name"),
        type=record.text("type"),
        inputs=record.texts("inputs"),
        output_shape=shape,
        parameters=record.known("parameters", Record.count),
        macs=record.known("macs", Record.count),
        statistics=_statistics(record.record("statistics")),
        seconds=record.known("seconds", Record.seconds),
        activation=record.text("activation"),
        note=record.text("note"),
        is_input=record.flag("is_input") if record.has("is_input") else not record.list("inputs"),  # older files
        trainable=record.count("trainable") if record.has("trainable") else None,
        window=record.shape("window") if record.has("window") else (),
        dead=_dead(record.record("dead"), shape) if record.has("dead") else None,
        source=record.text("source") if record.has("source") else "",
        drawing=drawing,
        left_out=_left_out(record, shape, drawing.heads) if record.has("left_out") else (),  # older files
    )


def _dead(record: Record, shape: Shape) -> Dead:
    places, units = record.shape("places"), record.count("units")
    if units not in shape or list(places) != sorted({*places}) or not all(place < units for place in places):
        raise Damaged("dead units that a tensor of this shape cannot have")
    return Dead(places, units)


def _left_out(record: Record, shape: Shape, heads: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    found = record.each("left_out", "places", Record.shape)
    lengths = shape[1:] if found else ()
    if len(found) != len(lengths) or (found and not heads):
        raise Damaged("places left out where there are no heads")
    for places, length in zip(found, lengths, strict=True):
        if list(places) != sorted({*places}) or not all(place < length for place in places):
            raise Damaged("places left out that a tensor of this shape cannot lack")
    return found


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
