"""Where the vertices of a rank stand across the flow: the same order, straight lines, no two on one place.

Vertices that should stand in one line become a block (Brandes and Köpf 2001): all bends of a long edge, and a vertex
with the middle one of its neighbours. Blocks then move as close as their neighbours let them to what they hang on, once
from the one side and once from the other; the middle of both is as good as either and leans to no side.
"""

from __future__ import annotations

from bisect import bisect
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.render.diagram.graph import Layered, Order

_ROUNDS = 12


def places(graph: Layered, order: Order, apart: Callable[[int, int], float]) -> list[float]:
    """The middle of every vertex; `apart` says how far the middles of two neighbours are from each other at least."""
    roots = _roots(graph, order)
    gaps: dict[tuple[int, int], float] = {}
    for rank in order:
        for left, right in pairwise(rank):
            pair = roots[left], roots[right]
            gaps[pair] = max(gaps.get(pair, 0.0), apart(left, right))
    pulls = _pulls(graph, roots)
    one = _relaxed(sorted(set(roots)), gaps, pulls)
    other = _relaxed(sorted(set(roots)), {(right, left): gap for (left, right), gap in gaps.items()}, pulls)
    found = {root: (one[root] - other[root]) / 2 for root in one}
    least = min(found.values(), default=0.0)
    return [found[root] - least for root in roots]


def _roots(graph: Layered, order: Order) -> list[int]:
    """For every vertex the first of the block that it is in."""
    place = {vertex: at for rank in order for at, vertex in enumerate(rank)}
    roots = list(range(len(graph.ranks)))
    for upper in order[:-1]:
        for one, next_one in _lines(graph, upper, place):
            roots[next_one] = roots[one]
    return roots


def _lines(graph: Layered, upper: Sequence[int], place: dict[int, int]) -> list[tuple[int, int]]:
    """The edges out of a rank that are drawn as straight lines: no two of them cross or meet."""
    wished = sorted((not graph.bends(one), one, below) for one in upper for below in _wishes(graph, one, place))
    chosen: list[tuple[int, int]] = []
    for _, one, below in wished:
        spot = (place[one], place[below])
        at = bisect(chosen, spot)
        before, after = chosen[at - 1 : at], chosen[at : at + 1]
        if all(other[0] < spot[0] and other[1] < spot[1] for other in before if at) and all(
            other[0] > spot[0] and other[1] > spot[1] for other in after
        ):
            chosen.insert(at, spot)
    at_place = {place[below]: below for one in upper for below in graph.below[one]}
    return [(upper[one], at_place[below]) for one, below in chosen]


def _wishes(graph: Layered, one: int, place: dict[int, int]) -> list[int]:
    """The neighbour below that stands in one line with a vertex, if both want that."""
    if graph.bends(one) and graph.bends(graph.below[one][0]):
        return [graph.below[one][0]]
    below = _middle(graph, graph.below[one], place)
    return [] if below is None or _middle(graph, graph.above[below], place) != one else [below]


def _middle(graph: Layered, neighbours: Sequence[int], place: dict[int, int]) -> int | None:
    """The middle one of the neighbours; bends count only where there is nothing else."""
    real = [each for each in neighbours if not graph.bends(each)] or list(neighbours)
    real.sort(key=place.__getitem__)
    return real[len(real) // 2] if len(real) % 2 else None


def _pulls(graph: Layered, roots: Sequence[int]) -> dict[int, list[tuple[int, float]]]:
    """By block the blocks that it hangs on, and how strongly."""
    found: dict[int, list[tuple[int, float]]] = {root: [] for root in roots}
    for one, neighbours in enumerate(graph.below):
        for below in neighbours:
            if roots[one] != roots[below]:
                weight = 0.25 if graph.bends(one) or graph.bends(below) else 1.0
                found[roots[one]].append((roots[below], weight))
                found[roots[below]].append((roots[one], weight))
    return found


def _relaxed(
    blocks: Sequence[int], gaps: dict[tuple[int, int], float], pulls: dict[int, list[tuple[int, float]]]
) -> dict[int, float]:
    """Blocks pushed to one side, then moved to where they are pulled, as far as there is room."""
    before: dict[int, list[tuple[int, float]]] = {block: [] for block in blocks}
    after: dict[int, list[tuple[int, float]]] = {block: [] for block in blocks}
    for (left, right), gap in gaps.items():
        before[right].append((left, gap))
        after[left].append((right, gap))
    line = _line(blocks, before, after)
    at: dict[int, float] = {}
    for block in line:
        at[block] = max((at[left] + gap for left, gap in before[block]), default=0.0)
    for number in range(_ROUNDS):
        for block in line if number % 2 else reversed(line):
            weight = sum(pull for _, pull in pulls[block])
            if weight:
                wanted = sum(at[other] * pull for other, pull in pulls[block]) / weight
                least = max((at[left] + gap for left, gap in before[block]), default=-inf)
                most = min((at[right] - gap for right, gap in after[block]), default=inf)
                at[block] = max(min(wanted, most), least)
    return at


def _line(
    blocks: Sequence[int],
    before: dict[int, list[tuple[int, float]]],
    after: dict[int, list[tuple[int, float]]],
) -> list[int]:
    """The blocks so that each stands behind those on its left."""
    waiting = {block: len(before[block]) for block in blocks}
    line = [block for block in blocks if not waiting[block]]
    for block in line:
        for right, _ in after[block]:
            waiting[right] -= 1
            if not waiting[right]:
                line.append(right)
    return line
