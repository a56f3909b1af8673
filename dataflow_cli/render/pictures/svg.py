"""Sheet -> SVG, in what every program reads alike: no styles, baselines where the letters stand, PNGs for pixels.

A value is as many pixels in such a PNG as on the sheet: programs that smooth what they enlarge blur its edges alone.
"""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.shapes import Area, Block, Dot, Line, Rect, Shape, Sheet, Text

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Color

_ANCHORS = {"left": "start", "middle": "middle", "right": "end"}
_BASELINE = 0.35
"""How far below the middle of a line its letters stand, in font sizes."""


def svg_text(sheet: Sheet) -> str:
    """The sheet as an SVG file."""
    body = "\n".join(map(_element, sheet.shapes))
    size = f'width="{sheet.width}" height="{sheet.height}"'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'{size} viewBox="0 0 {sheet.width} {sheet.height}" font-family="Helvetica, Arial, sans-serif">\n'
        f'<rect {size} fill="{_hex(sheet.background)}"/>\n{body}\n</svg>\n'
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
        case Text(x, y, text, size, color, anchor, turned):
            place = f'x="{x:g}" y="{y + _BASELINE * size:g}" font-size="{size}" text-anchor="{_ANCHORS[anchor]}"'
            turn = f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
            return f'<text {place} fill="{_hex(color)}"{turn}>{escape(text)}</text>'
        case Block():
            return _image(shape)


def _image(block: Block) -> str:
    """The pixels, by the name of SVG 1.1, which older programs know and newer ones too."""
    from PIL import Image

    pixels = np.repeat(np.repeat(block.pixels, block.down, axis=0), block.across, axis=1)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    data = b64encode(buffer.getvalue()).decode("ascii")
    height, width, _ = pixels.shape
    place = f'x="{block.x}" y="{block.y}" width="{width}" height="{height}"'
    how = 'preserveAspectRatio="none" image-rendering="pixelated"'
    return f'<image {place} {how} xlink:href="data:image/png;base64,{data}"/>'


def _hex(color: Color) -> str:
    return "#" + "".join(f"{part:02x}" for part in color)
