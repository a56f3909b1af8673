"""A drawing as plain geometry, from which SVG and PNG are both written. Pixels, y downwards."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures.shapes import Text

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Color

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle with round corners."""

    x: float
    y: float
    width: float
    height: float
    fill: Color
    stroke: Color
    radius: float = 6.0
    pen: float = 1.4


@dataclass(frozen=True)
class Polygon:
    """A filled area; with `stroke` it has an outline."""

    points: tuple[Point, ...]
    fill: Color
    stroke: Color | None = None
    pen: float = 1.0


@dataclass(frozen=True)
class Disc:
    """A filled circle with an outline."""

    x: float
    y: float
    radius: float
    fill: Color
    stroke: Color
    pen: float = 1.4


@dataclass(frozen=True)
class Curve:
    """A line by its points: the first, then three a piece (Bézier), two that it leans to and where the piece ends."""

    points: tuple[Point, ...]
    color: Color
    pen: float = 1.4


Shape = Box | Polygon | Disc | Curve | Text


@dataclass(frozen=True)
class Scene:
    """Shapes, the later over the earlier, on a background or on none."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    background: Color | None
    title: str = ""
    """What it is a drawing of."""


def straight(points: tuple[Point, ...], color: Color, pen: float = 1.4) -> Curve:
    """A curve that is a line from corner to corner."""
    whole = [points[0]]
    for before, after in pairwise(points):
        whole += [before, after, after]
    return Curve(tuple(whole), color, pen)


def flattened(curve: Curve) -> list[Point]:
    """The curve as points that lie close together where it bends."""
    found = [curve.points[0]]
    for first in range(0, len(curve.points) - 1, 3):
        a, b, c, d = curve.points[first : first + 4]
        if a == b and c == d:
            found.append(d)
            continue
        steps = min(max(int(max(abs(d[0] - a[0]), abs(d[1] - a[1])) / 4), 12), 64)
        for step in range(1, steps + 1):
            t = step / steps
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            found.append(
                (
                    sum(weight * point[0] for weight, point in zip(weights, (a, b, c, d), strict=True)),
                    sum(weight * point[1] for weight, point in zip(weights, (a, b, c, d), strict=True)),
                )
            )
    return found
