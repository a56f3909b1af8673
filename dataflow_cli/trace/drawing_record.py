"""What pictures ask of a step, read from a record that nobody vouches for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.files.record import Damaged, Record
from dataflow_cli.netfile.input_fields import COLORS
from dataflow_cli.trace.picture_facts import Drawing, Patch, Patches, Positions, Preparation, Sliding

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape

_OF_HEADS = {"query", "key", "number"}
"""What may run down and across the picture of a head."""
_FARTHEST = 2.0**192
"""Of a place on the network's input, in elements: what strides after strides may come to."""


def drawing_of(record: Record, shape: Shape) -> Drawing:
    """The facts in a record, of a step of this shape. Raises Damaged."""
    return Drawing(
        redrawn=record.flag("redrawn"),
        has_sequences=record.flag("has_sequences"),
        heads=_heads(record, shape),
        by_step=_by_step(record, shape),
        over_steps=_over_steps(record, shape),
        shares=record.mark("shares"),
        patches=_patches(record, shape),
        positions=_positions(record.record("positions")),
        prepared=_prepared(record.record("prepared"), shape) if record.has("prepared") else None,
        windows=tuple(map(_sliding, record.records("windows", "a window"))) if record.has("windows") else (),
    )


def _heads(record: Record, shape: Shape) -> tuple[str, ...]:
    if not record.has("heads"):
        return ()
    heads = record.texts("heads")
    if not {*heads} <= _OF_HEADS or (heads and (len(heads), len(shape)) != (2, 3)):
        raise Damaged("heads of no picture")
    return heads


def _by_step(record: Record, shape: Shape) -> bool:
    found = record.mark("by_step")
    if found and len(shape) != 2:
        raise Damaged("steps of no sequence")
    return found


def _over_steps(record: Record, shape: Shape) -> bool:
    found = record.mark("over_steps")
    if found and len(shape) != 4:
        raise Damaged("steps of no pictures")
    return found


def _patches(record: Record, shape: Shape) -> Patches | None:
    if not record.has("patches"):
        return None
    found = record.record("patches")
    queries, keys = (found.each(name, "a patch", _patch) for name in ("queries", "keys"))
    if (len(queries), len(keys)) != tuple(shape[1:]):
        raise Damaged("patches that are not one a query and one a key")
    return Patches(found.text("of"), queries, keys)


def _patch(record: Record, name: str) -> Patch | None:
    if not record.has(name):
        return None
    place = record.record(name)
    return Patch(*(place.count(side) for side in ("top", "left", "height", "width")))


def _sliding(record: Record) -> Sliding:
    start, step, span = (record.number(name) for name in ("start", "step", "span"))
    if not all(number == int(number) and abs(number) <= _FARTHEST for number in (start, step, span)):
        raise Damaged("a window that lies nowhere")
    if step < 1 or span < 1:
        raise Damaged("a window that does not move")
    return Sliding(int(start), int(step), int(span))


def _positions(record: Record) -> Positions:
    middles = record.each("middles", "a middle", Record.number)
    rise = record.number("rise")
    if not middles or not all(abs(place) <= _FARTHEST for place in (*middles, rise)):
        raise Damaged("middles of no place, or beyond all places")
    return Positions(middles, rise)


def _prepared(record: Record, shape: Shape) -> Preparation:
    first = record.flag("channels_first")
    channels = (shape[0] if first else shape[-1]) if shape else 1
    mean, std = (record.each(name, f"a {name}", Record.number) for name in ("mean", "std"))
    if not {len(mean), len(std)} <= {0, 1, channels}:
        raise Damaged("mean or std that is not one a channel")
    turned = record.mark("blue_first")
    if turned and channels != COLORS:
        raise Damaged("an order of colors where there are none")
    return Preparation(record.known("scale", Record.number), mean, std, first, turned)
