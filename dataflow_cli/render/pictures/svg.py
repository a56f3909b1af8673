"""Sheet -> SVG, for what is lines, bars and text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from dataflow_cli.errors import OutputError
from dataflow_cli.render.pictures.shapes import Area, Block, Dot, Line, Rect, Shape, Sheet, Text

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Color

_ANCHORS = {"left": "start", "middle": "middle", "right": "end"}


def svg_text(sheet: Sheet) -> str:
    """The sheet as an SVG file. Raises OutputError if it has pixels in it."""
    if any(isinstance(shape, Block) for shape in sheet.shapes):
        raise OutputError(
            "mosaics and bar codes are pixels, SVG is for signals and bars",
            hint="write a .png, or choose what is a plot with -l LAYER or --kind plot",
        )
    body = "\n".join(map(_element, sheet.shapes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sheet.width}" height="{sheet.height}" '
        f'viewBox="0 0 {sheet.width} {sheet.height}" font-family="Helvetica, Arial, sans-serif">\n'
        f'<rect width="100%" height="100%" fill="{_hex(sheet.background)}"/>\n{body}\n</svg>\n'
    )


def _element(shape: Shape) -> str:
    match shape:
        case Rect(x, y, width, height, color):
            return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{_hex(color)}"/>'
        case Line(x, y, points, color, width):
            joined = " ".join(f"{x + a:.2f},{y + b:.2f}" for a, b in points)
            return (
                f'<polyline points="{joined}" fill="none" stroke="{_hex(color)}" stroke-width="{width:g}" '
                f'stroke-linejoin="round"/>'
            )
        case Dot(x, y, radius, color):
            return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{_hex(color)}"/>'
        case Area(x, y, points, color):
            joined = " ".join(f"{x + a:.2f},{y + b:.2f}" for a, b in points)
            return f'<polygon points="{joined}" fill="{_hex(color)}"/>'
        case Text(x, y, text, size, color, anchor):
            return (
                f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{_hex(color)}" '
                f'text-anchor="{_ANCHORS[anchor]}" dominant-baseline="central">{escape(text)}</text>'
            )
        case Block():
            return ""


def _hex(color: Color) -> str:
    return "#" + "".join(f"{part:02x}" for part in color)
