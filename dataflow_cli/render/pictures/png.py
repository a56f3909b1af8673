"""Sheet -> PNG. Pixels are copied, never resampled; only curves have smooth edges."""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.fonts import draw_text
from dataflow_cli.render.pictures.shapes import Area, Block, Dot, Line, Rect, Sheet, Text

if TYPE_CHECKING:
    from PIL import Image

    from dataflow_cli.shapes import Array

PACKED, PACKED_LARGE = 6, 3
"""zlib's levels: half the time of a picture of many megapixels, for as many bytes."""
LARGE = 2**24
"""Pixels from which on that matters."""
_FINE = 4
"""Curves are drawn so many times larger and averaged."""


def png_bytes(sheet: Sheet) -> bytes:
    """The sheet as a PNG file."""
    buffer = BytesIO()
    level = PACKED_LARGE if sheet.width * sheet.height > LARGE else PACKED
    image_of(sheet).save(buffer, "PNG", compress_level=level)
    return buffer.getvalue()


def image_of(sheet: Sheet) -> Image.Image:
    """The sheet as an RGB picture."""
    from PIL import Image, ImageDraw

    canvas = np.empty((sheet.height, sheet.width, 3), np.uint8)
    canvas[:] = sheet.background
    for shape in sheet.shapes:
        if isinstance(shape, Block):
            _fill(
                canvas, shape.x, shape.y, np.repeat(np.repeat(shape.pixels, shape.down, axis=0), shape.across, axis=1)
            )
        elif isinstance(shape, Rect):
            canvas[max(shape.y, 0) : shape.y + shape.height, max(shape.x, 0) : shape.x + shape.width] = shape.color
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    for shape in sheet.shapes:
        if isinstance(shape, Line | Dot | Area):
            _stroke(image, shape)
        elif isinstance(shape, Text):
            draw_text(draw, shape)
    return image


def _fill(canvas: Array, x: int, y: int, pixels: Array) -> None:
    height, width, _ = pixels.shape
    canvas[y : y + height, x : x + width] = pixels


def _stroke(image: Image.Image, shape: Line | Dot | Area) -> None:
    """A line, a dot or an area with smooth edges: its share of every pixel is how much of the color the pixel gets."""
    from PIL import Image, ImageDraw

    radius = shape.radius if isinstance(shape, Dot) else shape.width / 2 if isinstance(shape, Line) else 0
    points = [(0.0, 0.0)] if isinstance(shape, Dot) else shape.points
    left = math.floor(shape.x + min(x for x, _ in points) - radius) - 1
    top = math.floor(shape.y + min(y for _, y in points) - radius) - 1
    width = math.ceil(shape.x + max(x for x, _ in points) + radius) + 2 - left
    height = math.ceil(shape.y + max(y for _, y in points) + radius) + 2 - top
    mask = Image.new("L", (width * _FINE, height * _FINE))
    draw = ImageDraw.Draw(mask)
    fine = [((shape.x + x + 0.5 - left) * _FINE, (shape.y + y + 0.5 - top) * _FINE) for x, y in points]
    if isinstance(shape, Dot):
        ((x, y),) = fine
        draw.ellipse((x - radius * _FINE, y - radius * _FINE, x + radius * _FINE, y + radius * _FINE), fill=255)
    elif isinstance(shape, Area):
        draw.polygon(fine, fill=255)
    else:
        draw.line(fine, fill=255, width=round(shape.width * _FINE), joint="curve")
    image.paste(shape.color, (left, top), mask.reduce(_FINE))
