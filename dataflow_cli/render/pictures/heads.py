"""A picture a head: what runs down and across each, and what stands beside its rows and over its columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.render.pictures.model import Row, Tiles
from dataflow_cli.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.trace.model import Step

MOST_SIDES = 32
"""So many places of a head are numbered along its sides."""
_LONGEST = 24
"""Letters of a token."""
_PLURALS = {"query": "queries", "key": "keys", "number": "numbers"}


def of_heads(row: Row, step: Step, tokens: Sequence[str]) -> Row:
    """The row of a picture a head, with its axes named."""
    down, across = step.drawing.heads
    heads, downwards, along = step.output_shape
    said = f"{heads} heads:" if heads > 1 else "1 head:"
    named = (row.lines[0], said, f"{downwards:,} {_PLURALS[down]} down,", f"{along:,} {_PLURALS[across]} across")
    sides = _places(down, downwards, tokens), _places(across, along, tokens)
    few = max(downwards, along) <= MOST_SIDES
    panels = tuple(replace(one, sides=sides) if few and isinstance(one, Tiles) else one for one in row.panels)
    return replace(row, lines=(*named, *row.lines[2 if heads > 1 else 1 :]), panels=panels)


def _places(axis: str, length: int, tokens: Sequence[str]) -> tuple[str, ...]:
    """What stands beside the places of a head: their numbers, and the tokens of a text."""
    if axis not in ("query", "key") or len(tokens) != length:
        return tuple(map(str, range(length)))
    return tuple(f"{place} {_short(safe(token))}".strip() for place, token in enumerate(tokens))


def _short(token: str) -> str:
    return token if len(token) <= _LONGEST else f"{token[: _LONGEST - 1]}…"
