"""Which rank a vertex stands in: behind all that it takes from, and close to it and to what takes from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.render.diagram.graph import Edge


def ranked(count: int, edges: Sequence[Edge]) -> list[int]:
    """The ranks, from 0. Every edge leads from a vertex to one with a higher number.

    First as early as can be (the longest path from a source). Then what has more readers than sources goes down to
    them, and what has as many goes after it; then all that lost nothing by it comes back up.
    """
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for start, end in edges:
        above[end].append(start)
        below[start].append(end)
    ranks = [0] * count
    for vertex in range(count):
        ranks[vertex] = max((ranks[each] + 1 for each in above[vertex]), default=0)
    for vertex in reversed(range(count)):
        if below[vertex] and len(below[vertex]) >= len(above[vertex]):
            ranks[vertex] = min(ranks[each] for each in below[vertex]) - 1
    for vertex in range(count):
        if above[vertex] and len(above[vertex]) >= len(below[vertex]):
            ranks[vertex] = max(ranks[each] for each in above[vertex]) + 1
    first = min(ranks, default=0)
    return [rank - first for rank in ranks]
