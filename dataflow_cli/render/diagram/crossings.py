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
_PATIENCE = 8
"""Sweeps without a better order after which it is left at that."""
_WORK = 1_500_000
"""About how many looks at a vertex or an edge a graph may take: some seconds."""


def ordered(graph: Layered) -> Order:
    """The best order found: from several first ones, by medians and by means."""
    search = _Search(graph)
    for from_above, middle, turned in product((True, False), (_median, _mean), (False, True)):
        order = _first(graph, from_above=from_above)
        search.improve([rank[::-1] for rank in order] if turned else order, middle)
        if not search.fewest or search.left < 0:
            break
    return search.best


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


class _Search:
    """Looks for a better order as long as that helps and has not taken too much work."""

    def __init__(self, graph: Layered) -> None:
        self.graph = graph
        self.best: Order = []
        self.fewest = -1
        """How many edges cross in the best order."""
        self.left = _WORK
        self.edges = sum(map(len, graph.below)) + 1

    def improve(self, order: Order, middle: Middle) -> None:
        """Sweeps over an order, until nothing better comes of it."""
        since = sweep = 0
        self.met(order)
        while self.fewest and since < _PATIENCE and sweep < _SWEEPS and self.left > 0:
            order = _swept(self.graph, order, middle, down=sweep % 2 == 0, to_the_right=sweep % 4 < 2)
            self.swap(order, even=sweep % 4 >= 2)
            since = 0 if self.met(order) else since + 1
            sweep += 1

    def met(self, order: Order) -> bool:
        """Keep an order if it is the best so far."""
        self.left -= self.edges
        found = crossings(self.graph, order)
        better = self.fewest < 0 or found < self.fewest
        if better:
            self.best, self.fewest = [list(rank) for rank in order], found
        return better

    def swap(self, order: Order, *, even: bool) -> None:
        """Neighbours in a rank change places while that takes crossings away; at first also where it takes none."""
        place = {vertex: at for rank in order for at, vertex in enumerate(rank)}
        waiting = {number for number, rank in enumerate(order) if len(rank) > 1}
        for round_ in range(_SWAPS):
            slack = int(even and not round_)
            changed = {number for number in sorted(waiting) if self.swap_rank(order[number], place, slack)}
            if not changed or self.left < 0:
                break
            waiting = {near for each in changed for near in (each - 1, each, each + 1) if 0 <= near < len(order)}

    def swap_rank(self, rank: list[int], place: dict[int, int], slack: int) -> bool:
        """The same in one rank, once from one side to the other; whether anything changed."""
        changed = False
        self.left -= 2 * len(rank)
        for at in range(len(rank) - 1):
            left, right = rank[at], rank[at + 1]
            before, after = (_crossed(self.graph, place, *pair) for pair in ((left, right), (right, left)))
            if after < before + slack:
                rank[at], rank[at + 1] = right, left
                place[left], place[right] = at + 1, at
                changed = True
        return changed


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


def _crossed(graph: Layered, place: dict[int, int], left: int, right: int) -> int:
    """How many edges of two neighbours cross each other if they stand in this order."""
    return sum(
        _inversions(sorted(place[each] for each in sides[left]), (place[each] for each in sides[right]))
        for sides in (graph.above, graph.below)
        if sides[left] and sides[right]
    )


def _inversions(left: Sequence[int], right: Iterable[int]) -> int:
    return sum(len(left) - bisect_right(left, each) for each in right)
