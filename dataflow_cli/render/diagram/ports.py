"""Where on the side of its box an edge begins or ends: as straight as can be towards where it comes from or goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.render.diagram.graph import Layered

_APART = 12.0
"""Between two edges at one side, where there is room."""
_INSET = 10.0
"""From the corners, where there is room."""
_STRAIGHT = 0.5
"""How far from straight on a line may lead and still be drawn straight."""


def ports(graph: Layered, across: Sequence[float], widths: Sequence[float]) -> tuple[list[float], list[float]]:
    """For every edge where it leaves its first box and where it arrives at its last, across the flow."""
    leaving, arriving = [0.0] * len(graph.paths), [0.0] * len(graph.paths)
    for ends, here, there in ((leaving, 0, 1), (arriving, -1, -2)):
        at_box: dict[int, list[int]] = {}
        for number, path in enumerate(graph.paths):
            at_box.setdefault(path[here], []).append(number)
        for box, numbers in at_box.items():
            numbers.sort(key=lambda number: across[graph.paths[number][there]])
            towards = [across[graph.paths[number][there]] for number in numbers]
            for number, place in zip(numbers, _spread(towards, across[box], widths[box]), strict=True):
                ends[number] = place
    return leaving, arriving


def _spread(towards: Sequence[float], middle: float, width: float) -> list[float]:
    """Places on a side in the order of where they lead, none outside of it, all apart from each other.

    What goes straight on from the middle stays there; the others make room.
    """
    half = max(width / 2 - _INSET, width / 4)
    straight = next((number for number, place in enumerate(towards) if abs(place - middle) < _STRAIGHT), None)
    if straight is None:
        return _placed(towards, middle - half, middle + half, min(_APART, 2 * half / max(len(towards) - 1, 1)))
    before = [2 * middle - place for place in towards[:straight]][::-1]
    sides = []
    for others in (before, towards[straight + 1 :]):
        apart = min(_APART, half / max(len(others), 1))
        sides.append(_placed(others, middle + apart, middle + half, apart))
    return [*(2 * middle - place for place in reversed(sides[0])), middle, *sides[1]]


def _placed(towards: Sequence[float], least: float, most: float, apart: float) -> list[float]:
    """Places from `least` to `most`, as near as can be to where they lead, so far from each other at least."""
    found: list[float] = []
    for place in towards:
        found.append(max(min(place, most), found[-1] + apart if found else least))
    limit = most
    for number in reversed(range(len(found))):
        found[number] = min(found[number], limit)
        limit = found[number] - apart
    return found
