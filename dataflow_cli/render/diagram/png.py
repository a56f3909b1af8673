"""Scene -> PNG: everything but text is drawn larger and averaged, band by band, so that its edges are smooth."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.render.diagram.frame import extent
from dataflow_cli.render.diagram.scene import Box, Curve, Disc, Polygon, flattened
from dataflow_cli.render.pictures.fonts import draw_text
from dataflow_cli.render.pictures.shapes import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image, ImageDraw

    from dataflow_cli.render.diagram.scene import Scene, Shape

MAX_PIXELS = 64_000_000
"""The largest picture; many programs refuse larger ones."""
_RATIO = 2
"""Pixels of the picture for one of the scene, as sharp screens and printers have it, where there is room."""
_SCALE = 4
"""Pixels that are drawn for one of the scene, then averaged to those of the picture."""
_BAND = 256


def png_bytes(scene: Scene) -> bytes:
    """The scene as a PNG file. Raises OutputError if it is too large."""
    buffer = BytesIO()
    image_of(scene).save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def image_of(scene: Scene) -> Image.Image:
    """The scene as a picture, RGB, or RGBA where it has no background. Raises OutputError if it is too large."""
    from PIL import Image, ImageDraw

    pixels = scene.width * scene.height
    if pixels > MAX_PIXELS:
        raise OutputError(
            f"the picture would have {pixels:,.0f} pixels, at most {MAX_PIXELS:,} are drawn",
            hint="write an .svg, which may be as large as it likes, or fold the blocks with --depth 0",
        )
    ratio = _RATIO if pixels * _RATIO**2 <= MAX_PIXELS else 1
    width, height = round(scene.width * ratio), round(scene.height * ratio)
    mode, paper = ("RGBA", (0, 0, 0, 0)) if scene.background is None else ("RGB", scene.background)
    image = Image.new(mode, (width, height), paper)
    shapes = [(shape, extent(shape)) for shape in scene.shapes if not isinstance(shape, Text)]
    for top in range(0, height, _BAND):
        band = _band(scene, shapes, ratio, top, min(_BAND, height - top))
        image.paste(band, (0, top))
    draw = ImageDraw.Draw(image)
    for shape in scene.shapes:
        if isinstance(shape, Text):
            draw_text(draw, _larger(shape, ratio))
    return image


def _larger(text: Text, ratio: int) -> Text:
    return Text(text.x * ratio, text.y * ratio, text.text, text.size * ratio, text.color, text.anchor)


def _band(
    scene: Scene,
    shapes: Sequence[tuple[Shape, tuple[float, float, float, float]]],
    ratio: int,
    top: int,
    height: int,
) -> Image.Image:
    """A strip of the picture without its text."""
    from PIL import Image, ImageDraw

    fine = _SCALE // ratio
    mode, paper = ("RGBA", (0, 0, 0, 0)) if scene.background is None else ("RGB", scene.background)
    image = Image.new(mode, (round(scene.width * ratio) * fine, height * fine), paper)
    draw = ImageDraw.Draw(image)
    first, last = top / ratio - 4, (top + height) / ratio + 4
    for shape, (_, upper, _, lower) in shapes:
        if upper <= last and lower >= first:
            _draw(draw, shape, top * fine)
    return image.reduce(fine)


def _draw(draw: ImageDraw.ImageDraw, shape: Shape, top: int) -> None:
    def at(x: float, y: float) -> tuple[float, float]:
        return x * _SCALE, y * _SCALE - top

    match shape:
        case Box(x, y, width, height, fill, stroke, radius, pen):
            half = pen / 2
            corners = [at(x - half, y - half), at(x + width + half, y + height + half)]
            draw.rounded_rectangle(corners, (radius + half) * _SCALE, fill, stroke, round(pen * _SCALE))
        case Disc(x, y, radius, fill, stroke, pen):
            far = radius + pen / 2
            draw.ellipse([at(x - far, y - far), at(x + far, y + far)], fill, stroke, round(pen * _SCALE))
        case Polygon(points, fill, stroke, pen):
            corners = [at(*point) for point in points]
            draw.polygon(corners, fill)
            if stroke is not None:
                draw.line([*corners, *corners[:2]], stroke, max(round(pen * _SCALE), 1), joint="curve")
        case Curve(_, color, pen):
            draw.line([at(*point) for point in flattened(shape)], color, max(round(pen * _SCALE), 1), joint="curve")
