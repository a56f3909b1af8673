"""Scene -> PNG: everything but text is drawn larger and averaged, band by band, so that its edges are smooth."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.render.diagram.frame import extent
from dataflow_cli.render.diagram.scene import Box, Curve, Disc, Polygon, flattened
from dataflow_cli.render.pictures.fonts import draw_text
from dataflow_cli.render.pictures.shapes import Text
from dataflow_cli.render.pictures.sheet import MAX_PIXELS

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

    from dataflow_cli.render.diagram.scene import Scene, Shape

_RATIO = 2
"""Pixels of the picture for one of the scene, as sharp screens and printers have it, where there is room."""
_FINE = 2
"""Pixels on every axis that are drawn for one of the picture, and averaged."""
_PEN = 4
"""How far lines reach beyond their corners, at most."""
_BAND = 256


def png_bytes(scene: Scene) -> bytes:
    """The scene as a PNG file. Raises OutputError if it is too large."""
    buffer = BytesIO()
    image_of(scene).save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def image_of(scene: Scene) -> Image.Image:
    """The scene as a picture, RGB, or RGBA where it has no background. Raises OutputError if it is too large."""
    from PIL import ImageDraw

    pixels = scene.width * scene.height
    if pixels > MAX_PIXELS:
        raise OutputError(
            f"the picture would have {pixels:,.0f} pixels, at most {MAX_PIXELS:,} are drawn",
            hint="write an .svg, which may be as large as it likes, or fold the blocks with --depth 0",
        )
    ratio = _RATIO if pixels * _RATIO**2 <= MAX_PIXELS else 1
    image = _blank(scene, round(scene.width * ratio), round(scene.height * ratio))
    for number, shapes in enumerate(_bands(scene, ratio)):
        top = number * _BAND
        band = _blank(scene, image.width * _FINE, min(_BAND, image.height - top) * _FINE)
        draw = ImageDraw.Draw(band)
        for shape in shapes:
            _draw(draw, shape, ratio * _FINE, top * _FINE)
        image.paste(band.reduce(_FINE), (0, top))
    for shape in scene.shapes:
        if isinstance(shape, Text):
            _write(image, _larger(shape, ratio))
    return image


def _blank(scene: Scene, width: int, height: int) -> Image.Image:
    from PIL import Image

    if scene.background is None:
        return Image.new("RGBA", (width, height), (0, 0, 0, 0))
    return Image.new("RGB", (width, height), scene.background)


def _write(image: Image.Image, text: Text) -> None:
    """The text, with edges of its own color where there is nothing behind it."""
    from PIL import Image, ImageDraw

    if image.mode == "RGB":
        draw_text(ImageDraw.Draw(image), text)
        return
    left, top, right, bottom = extent(text)
    x, y = max(int(left) - 2, 0), max(int(top - text.size / 2), 0)
    layer = Image.new("RGBA", (int(right) + 3 - x, int(bottom + text.size / 2) + 2 - y), (*text.color, 0))
    draw_text(ImageDraw.Draw(layer), replace(text, x=text.x - x, y=text.y - y))
    image.alpha_composite(layer, (x, y))


def _larger(text: Text, ratio: int) -> Text:
    return replace(text, x=text.x * ratio, y=text.y * ratio, size=text.size * ratio)


def _bands(scene: Scene, ratio: int) -> list[list[Shape]]:
    """By strips of the picture from top to bottom what is to be seen in them, text apart."""
    bands: list[list[Shape]] = [[] for _ in range(0, round(scene.height * ratio), _BAND)]
    for shape in scene.shapes:
        if not isinstance(shape, Text):
            _, top, _, bottom = extent(shape)
            first, last = (int(y * ratio // _BAND) for y in (top - _PEN, bottom + _PEN))
            for band in bands[max(first, 0) : last + 1]:
                band.append(shape)
    return bands


def _draw(draw: ImageDraw.ImageDraw, shape: Shape, scale: int, top: int) -> None:
    def at(x: float, y: float) -> tuple[float, float]:
        return x * scale, y * scale - top

    match shape:
        case Box(x, y, width, height, fill, stroke, radius, pen):
            half = pen / 2
            corners = [at(x - half, y - half), at(x + width + half, y + height + half)]
            draw.rounded_rectangle(corners, (radius + half) * scale, fill, stroke, round(pen * scale))
        case Disc(x, y, radius, fill, stroke, pen):
            far = radius + pen / 2
            draw.ellipse([at(x - far, y - far), at(x + far, y + far)], fill, stroke, round(pen * scale))
        case Polygon(points, fill, stroke, pen):
            corners = [at(*point) for point in points]
            draw.polygon(corners, fill)
            if stroke is not None:
                draw.line([*corners, *corners[:2]], stroke, max(round(pen * scale), 1), joint="curve")
        case Curve(_, color, pen):
            draw.line([at(*point) for point in flattened(shape)], color, max(round(pen * scale), 1), joint="curve")
