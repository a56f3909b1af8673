"""A picture a head: what runs down and across each, and what stands beside its rows and over its columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.model import Row, Tiles
from dataflow_cli.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Step

MOST_SIDES = 32
"""So many places of a head are numbered along its sides."""
_LONGEST = 24
"""Letters of a token."""
_PLURALS = {"query": "queries", "key": "keys", "number": "numbers"}


def counted(planes: Array, step: Step) -> Array:
    """Of a tensor (N, heads, down, across), what stands at places that count."""
    for axis, places in enumerate(step.left_out, start=2):
        planes = np.delete(planes, places, axis=axis)
    return planes


def of_heads(row: Row, step: Step, tokens: Sequence[str]) -> Row:
    """The row of a picture a head, with its axes named."""
    heads, *lengths = step.output_shape
    kept = [counted_places(step, axis) for axis in (0, 1)]
    named = [f"{len(places):,} {_PLURALS[axis]}" for axis, places in zip(step.drawing.heads, kept, strict=True)]
    lines = (row.lines[0], "1 head:" if heads == 1 else f"{heads} heads:", f"{named[0]} down,", f"{named[1]} across")
    pairs = zip(step.drawing.heads, lengths, kept, strict=True)
    down, across = (_places(axis, length, places, tokens) for axis, length, places in pairs)
    few = max(map(len, kept)) <= MOST_SIDES
    panels = tuple(replace(one, sides=(down, across)) if few and isinstance(one, Tiles) else one for one in row.panels)
    return replace(row, lines=(*lines, *_left_out(step), *row.lines[2 if heads > 1 else 1 :]), panels=panels)


def counted_places(step: Step, axis: int) -> tuple[int, ...]:
    """The places that count down (0) or across (1) the pictures of heads."""
    out = frozenset(step.left_out[axis] if step.left_out else ())
    return tuple(place for place in range(step.output_shape[1 + axis]) if place not in out)


def _left_out(step: Step) -> tuple[str, ...]:
    """What is not drawn, in lines."""
    pairs = zip(step.drawing.heads, step.left_out, strict=False)
    some = [f"{len(places):,} {_PLURALS[axis]}" for axis, places in pairs if places]
    return ("left out as padding:", ", ".join(some)) if some else ()


def _places(axis: str, length: int, kept: Sequence[int], tokens: Sequence[str]) -> tuple[str, ...]:
    """What stands beside the places of a head: their numbers, and the tokens of a text."""
    if axis not in ("query", "key") or len(tokens) != length:
        return tuple(map(str, kept))
    return tuple(f"{place} {_short(safe(tokens[place]))}".strip() for place in kept)


def _short(token: str) -> str:
    return token if len(token) <= _LONGEST else f"{token[: _LONGEST - 1]}…"
