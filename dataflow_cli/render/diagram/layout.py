"""Where everything stands: the layered layout of Sugiyama, step by step, and the lines between.

    vertices, edges ──ranks──▶ layered ──crossings──▶ order ──alignment──▶ places ──routes──▶ lines

A rank takes a band of the picture along the flow. In a band an edge runs straight, through the place of its bend or out
of its box; it turns only between two bands, where no box is. So no edge goes through a box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.records import dataclass
from dataflow_cli.render.diagram.alignment import places
from dataflow_cli.render.diagram.crossings import ordered
from dataflow_cli.render.diagram.graph import Size, layered
from dataflow_cli.render.diagram.ports import ports
from dataflow_cli.render.diagram.ranks import ranked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.render.diagram.graph import Edge, Layered, Order

MAX_BENDS = 100_000
"""Pieces of long edges; what has more is no drawing for people."""
_LANE = Size(0.0, 10.0)
"""The room that a bend takes."""
_SLOPE = 0.06
"""How much longer the way between two ranks is for a pixel that an edge goes across."""
Point = tuple[float, float]
"""A place along the flow and across it."""


@dataclass(frozen=True)
class Spacing:
    """What is left free, in pixels."""

    ranks: float = 34.0
    """Between two bands."""
    boxes: float = 24.0
    lanes: float = 8.0
    """Between a bend and what stands beside it."""


@dataclass(frozen=True)
class Route:
    """An edge as its corners: pairs of them are straight along the flow, between the pairs it turns."""

    start: int
    end: int
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Laid:
    """The middles of all vertices, or of their bodies, and the edges in the order in which they were given."""

    middles: tuple[Point, ...]
    routes: tuple[Route, ...]


def laid_out(
    sizes: Sequence[Size], edges: Sequence[Edge], spacing: Spacing, bodies: Sequence[Size] | None = None
) -> Laid:
    """The layout of vertices of these sizes; every edge leads to a higher number.

    `bodies` are what the lines are drawn to, where that is less than the whole vertex. Raises OutputError for what
    would be too large.
    """
    ranks = ranked(len(sizes), edges)
    bends = sum(ranks[end] - ranks[start] - 1 for start, end in edges)
    if bends > MAX_BENDS:
        raise OutputError(
            f"its long connections would pass {bends:,} layers, a drawing holds at most {MAX_BENDS:,}",
            hint="fold its blocks with --depth 0, or write -f dot or -f mermaid, which place nothing",
        )
    graph = layered(len(sizes), edges, ranks)
    order = ordered(graph)
    room = [*sizes, *[_LANE] * (len(graph.ranks) - len(sizes))]
    across = places(graph, order, lambda left, right: _apart(graph, room, spacing, left, right))
    bands = _bands(graph, order, [size.along for size in sizes], _between(graph, across, spacing))
    middles = [
        ((bands[graph.ranks[one]][0] + bands[graph.ranks[one]][1]) / 2, across[one]) for one in range(len(sizes))
    ]
    return Laid(tuple(middles), _routes(graph, across, bands, middles, bodies or sizes))


def _apart(graph: Layered, room: Sequence[Size], spacing: Spacing, left: int, right: int) -> float:
    free = spacing.lanes if graph.bends(left) or graph.bends(right) else spacing.boxes
    return room[left].after + room[right].before + free


def _between(graph: Layered, across: Sequence[float], spacing: Spacing) -> list[float]:
    """The room behind every rank: more where edges have far to go."""
    far = [0.0] * (max(graph.ranks, default=-1) + 1)
    for one, neighbours in enumerate(graph.below):
        for below in neighbours:
            far[graph.ranks[one]] = max(far[graph.ranks[one]], abs(across[one] - across[below]))
    return [spacing.ranks + min(_SLOPE * distance, 2 * spacing.ranks) for distance in far]


def _bands(graph: Layered, order: Order, along: Sequence[float], free: Sequence[float]) -> list[tuple[float, float]]:
    """From where to where every rank lies along the flow."""
    bands, at = [], 0.0
    for rank, room in zip(order, free, strict=True):
        depth = max((along[each] for each in rank if not graph.bends(each)), default=0.0)
        bands.append((at, at + depth))
        at += depth + room
    return bands


def _routes(
    graph: Layered,
    across: Sequence[float],
    bands: Sequence[tuple[float, float]],
    middles: Sequence[Point],
    bodies: Sequence[Size],
) -> tuple[Route, ...]:
    leaving, arriving = ports(graph, across, [body.across for body in bodies])
    routes = []
    for number, path in enumerate(graph.paths):
        start, *passed, end = path
        points: list[Point] = [(middles[start][0] + bodies[start].along / 2, leaving[number])]
        points.append((bands[graph.ranks[start]][1], leaving[number]))
        for bend in passed:
            points += [(edge, across[bend]) for edge in bands[graph.ranks[bend]]]
        points.append((bands[graph.ranks[end]][0], arriving[number]))
        points.append((middles[end][0] - bodies[end].along / 2, arriving[number]))
        routes.append(Route(start, end, tuple(points)))
    return tuple(routes)
