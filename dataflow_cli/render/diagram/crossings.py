"""In which order the vertices of a rank stand, so that few edges cross (Sugiyama, Tagawa and Toda 1981).

Sweeps down and up put every vertex at the median of its neighbours in the rank before, then neighbours change places
where that helps (Gansner, Koutsofios, North and Vo, "A technique for drawing directed graphs", 1993). The best order
that was met is taken.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from itertools import pairwise, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dataflow_cli.render.diagram.graph import Layered, Order

    Middle = Callable[[Sequence[int]], float]

_SWEEPS = 24
_SWAPS = 12
"""Rounds of exchanges after a sweep, at most."""
_PATIENCE = 6
"""Sweeps without a better order after which it is left at that."""
_WORK = 4_000_000
"""About how many looks at an edge a large graph may take."""


def ordered(graph: Layered) -> Order:
    """The best order found: from several first ones, by medians and by means."""
    best: Order = []
    fewest, work = -1, _WORK
    for from_above, middle, turned in product((True, False), (_median, _mean), (False, True)):
        order = _first(graph, from_above=from_above)
        if turned:
            order = [rank[::-1] for rank in order]
        order, found, done = _improved(graph, order, middle, work)
        work -= done
        if fewest < 0 or found < fewest:
            best, fewest = order, found
        if not fewest or work < 0:
            break
    return best


def crossings(graph: Layered, order: Order) -> int:
    """How many pairs of edges cross."""
    return sum(_between(graph, upper, lower) for upper, lower in pairwise(order))


def _between(graph: Layered, upper: Sequence[int], lower: Sequence[int]) -> int:
    place = {vertex: number for number, vertex in enumerate(lower)}
    seen: list[int] = []
    crossed = 0
    for vertex in upper:
        ends = [place[each] for each in graph.below[vertex]]
        crossed += sum(len(seen) - bisect_right(seen, end) for end in ends)
        for end in ends:
            insort(seen, end)
    return crossed


def _first(graph: Layered, *, from_above: bool) -> Order:
    """An order in which what hangs together stands together: depth first from the sources, or from the sinks."""
    order: Order = [[] for _ in range(max(graph.ranks, default=-1) + 1)]
    here, there = (graph.above, graph.below) if from_above else (graph.below, graph.above)
    seen: set[int] = set()
    for start in range(len(graph.ranks)):
        stack = [] if here[start] else [start]
        while stack:
            vertex = stack.pop()
            if vertex not in seen:
                seen.add(vertex)
                order[graph.ranks[vertex]].append(vertex)
                stack += reversed(there[vertex])
    return order


def _improved(graph: Layered, order: Order, middle: Middle, work: int) -> tuple[Order, int, int]:
    """The best order met in sweeps, how many edges cross in it, and how much work it took."""
    best, fewest, since, sweep = order, crossings(graph, order), 0, 0
    edges = sum(map(len, graph.below)) + 1
    while fewest and since < _PATIENCE and sweep < _SWEEPS and sweep * edges <= work:
        order = _swept(graph, order, middle, down=sweep % 2 == 0, to_the_right=sweep % 4 < 2)
        order = _swapped(graph, order, even=sweep % 4 >= 2)
        found = crossings(graph, order)
        best, fewest, since = (order, found, 0) if found < fewest else (best, fewest, since + 1)
        sweep += 1
    return best, fewest, sweep * edges


def _swept(graph: Layered, order: Order, middle: Middle, *, down: bool, to_the_right: bool) -> Order:
    """Every rank by the middles of its neighbours in the one before; what has none keeps its place."""
    order = [list(rank) for rank in order]
    numbers = range(1, len(order)) if down else range(len(order) - 2, -1, -1)
    neighbours = graph.above if down else graph.below
    for number in numbers:
        place = {vertex: at for at, vertex in enumerate(order[number - 1 if down else number + 1])}
        wanted = {
            vertex: middle(sorted(place[each] for each in neighbours[vertex]))
            for vertex in order[number]
            if neighbours[vertex]
        }
        order[number] = _sorted(order[number], wanted, turn_equals=to_the_right)
    return order


def _sorted(rank: list[int], wanted: dict[int, float], *, turn_equals: bool) -> list[int]:
    """The vertices by where they want to be; those that do not care stay where they are."""
    where = {vertex: -number if turn_equals else number for number, vertex in enumerate(rank)}
    moved = iter(sorted(wanted, key=lambda vertex: (wanted[vertex], where[vertex])))
    return [next(moved) if vertex in wanted else vertex for vertex in rank]


def _mean(places: Sequence[int]) -> float:
    return sum(places) / len(places)


def _median(places: Sequence[int]) -> float:
    """The middle; of an even number what lies between the two, nearer to the denser side."""
    count, half = len(places), len(places) // 2
    if count % 2:
        return places[half]
    if count == 2:
        return (places[0] + places[1]) / 2
    left, right = places[half - 1] - places[0], places[-1] - places[half]
    return (places[half - 1] * right + places[half] * left) / (left + right) if left + right else places[half]


def _swapped(graph: Layered, order: Order, *, even: bool) -> Order:
    """Neighbours in a rank change places as long as that takes crossings away; at first also where it takes none."""
    place = {vertex: at for rank in order for at, vertex in enumerate(rank)}
    waiting = {number for number, rank in enumerate(order) if len(rank) > 1}
    for round_ in range(_SWAPS):
        slack = int(even and not round_)
        changed = {number for number in sorted(waiting) if _swap_rank(graph, order[number], place, slack)}
        if not changed:
            break
        waiting = {near for each in changed for near in (each - 1, each, each + 1) if 0 <= near < len(order)}
    return order


def _swap_rank(graph: Layered, rank: list[int], place: dict[int, int], slack: int) -> bool:
    changed = False
    for at in range(len(rank) - 1):
        left, right = rank[at], rank[at + 1]
        if _crossed(graph, place, right, left) < _crossed(graph, place, left, right) + slack:
            rank[at], rank[at + 1] = right, left
            place[left], place[right] = at + 1, at
            changed = True
    return changed


def _crossed(graph: Layered, place: dict[int, int], left: int, right: int) -> int:
    """How many edges of two neighbours cross each other if they stand in this order."""
    return sum(
        _inversions(sorted(place[each] for each in sides[left]), (place[each] for each in sides[right]))
        for sides in (graph.above, graph.below)
        if sides[left] and sides[right]
    )


def _inversions(left: Sequence[int], right: Iterable[int]) -> int:
    return sum(len(left) - bisect_right(left, each) for each in right)
