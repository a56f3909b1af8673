"""What a layout works on: vertices by number with their sizes, in ranks, long edges cut into pieces of one rank each.

Sizes and places are measured `along` the flow of the data and `across` it; which of them is x is decided last.
"""

from __future__ import annotations

from dataclasses import field
from itertools import pairwise
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

Edge = tuple[int, int]
Order = list[list[int]]
"""For every rank its vertices, from one side to the other."""


@dataclass(frozen=True)
class Size:
    """The room that a vertex takes, in pixels."""

    along: float
    across: float
    lead: float | None = None
    """How much of it lies before the middle of what is lined up with others; None is half of it."""

    @property
    def before(self) -> float:
        """The room before the middle, across the flow."""
        return self.across / 2 if self.lead is None else self.lead

    @property
    def after(self) -> float:
        """The room after it."""
        return self.across - self.before


@dataclass(frozen=True)
class Layered:
    """A graph all of whose edges lead from one rank to the next. Vertices from `real` on are bends of long edges."""

    real: int
    ranks: tuple[int, ...]
    """The rank of every vertex."""
    paths: tuple[tuple[int, ...], ...]
    """Every edge as the vertices that it goes through, both ends included."""
    above: tuple[tuple[int, ...], ...] = field(default_factory=tuple)
    """The neighbours of every vertex in the rank before."""
    below: tuple[tuple[int, ...], ...] = field(default_factory=tuple)

    def bends(self, vertex: int) -> bool:
        """Whether the vertex is a bend of a long edge."""
        return vertex >= self.real


def layered(count: int, edges: Sequence[Edge], ranks: Sequence[int]) -> Layered:
    """The graph with a bend in every rank that an edge passes."""
    all_ranks, paths = list(ranks), []
    for start, end in edges:
        passed = range(ranks[start] + 1, ranks[end])
        paths.append((start, *range(len(all_ranks), len(all_ranks) + len(passed)), end))
        all_ranks += passed
    above: list[list[int]] = [[] for _ in all_ranks]
    below: list[list[int]] = [[] for _ in all_ranks]
    for path in paths:
        for one, next_one in pairwise(path):
            below[one].append(next_one)
            above[next_one].append(one)
    return Layered(count, tuple(all_ranks), tuple(paths), tuple(map(tuple, above)), tuple(map(tuple, below)))
