"""Scene -> SVG, in what every program reads alike: no styles, no markers, baselines where the letters stand."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from dataflow_cli.render import text
from dataflow_cli.render.diagram.look import written
from dataflow_cli.render.diagram.scene import Box, Curve, Disc, Polygon, Scene, Shape
from dataflow_cli.render.pictures.shapes import Text

if TYPE_CHECKING:
    from collections.abc import Iterable


_ANCHORS = {"left": "start", "middle": "middle", "right": "end"}
_FONTS = "Helvetica, Arial, sans-serif"
_BASELINE = 0.35
"""How far below the middle of a line its letters stand, in font sizes."""


def svg_text(scene: Scene) -> str:
    """The scene as an SVG file."""
    whole = f'width="{_n(scene.width)}" height="{_n(scene.height)}"'
    box = f"0 0 {_n(scene.width)} {_n(scene.height)}"
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {whole} viewBox="{box}" font-family="{_FONTS}">']
    if scene.title:
        lines.append(f"<title>{_written(scene.title)}</title>")
    if scene.background is not None:
        lines.append(f'<rect {whole} fill="{written(scene.background)}"/>')
    return "\n".join([*lines, *map(_element, scene.shapes), "</svg>", ""])


def _element(shape: Shape) -> str:
    match shape:
        case Box(x, y, width, height, fill, stroke, radius, pen):
            place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="{_n(radius)}"'
            return f'<rect {place} fill="{written(fill)}" stroke="{written(stroke)}" stroke-width="{_n(pen)}"/>'
        case Disc(x, y, radius, fill, stroke, pen):
            place = f'cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"'
            return f'<circle {place} fill="{written(fill)}" stroke="{written(stroke)}" stroke-width="{_n(pen)}"/>'
        case Polygon(points, fill, stroke, pen):
            outline = f' stroke="{written(stroke)}" stroke-width="{_n(pen)}" stroke-linejoin="round"' if stroke else ""
            return f'<polygon points="{_points(points)}" fill="{written(fill)}"{outline}/>'
        case Curve(points, color, pen):
            return f'<path d="{_path(points)}" fill="none" stroke="{written(color)}" stroke-width="{_n(pen)}"/>'
        case Text(x, y, said, size, color, anchor):
            place = f'x="{_n(x)}" y="{_n(y + _BASELINE * size)}" font-size="{size}" text-anchor="{_ANCHORS[anchor]}"'
            return f'<text {place} fill="{written(color)}">{_written(said)}</text>'


def _written(said: str) -> str:
    """A text in ASCII, whatever the file is written as."""
    return escape(text.safe(said)).encode("ascii", "xmlcharrefreplace").decode()


def _path(points: tuple[tuple[float, float], ...]) -> str:
    """`M` to the start, then `L` or `C` for every piece."""
    words = [f"M{_pair(points[0])}"]
    for number in range(0, len(points) - 1, 3):
        before, one, other, end = points[number : number + 4]
        straight = one == before and other == end
        words.append(f"L{_pair(end)}" if straight else f"C{_pair(one)} {_pair(other)} {_pair(end)}")
    return " ".join(words)


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(map(_pair, points))


def _pair(point: tuple[float, float]) -> str:
    return f"{_n(point[0])},{_n(point[1])}"


def _n(value: float) -> str:
    """To the hundredth of a pixel."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
