"""Letters: Pillow's own font, so that a picture is the same everywhere; a font of the system for other scripts."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

    from dataflow_cli.render.pictures.shapes import Text

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_ENDS = {"left": 0.0, "middle": 0.5, "right": 1.0}
_OTHERS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "Helvetica.ttc", "arial.ttf")
"""Looked for where the system keeps its fonts; the built-in one has little more than ASCII."""


def text_width(text: str, size: int) -> int:
    """The width of a text in pixels."""
    shown, font = _face(text, size)
    return round(font.getlength(shown))


def draw_text(draw: ImageDraw.ImageDraw, text: Text) -> None:
    """Draw a text at its place."""
    shown, font = _face(text.text, text.size)
    if text.turned:
        _draw_turned(draw, text, shown, font)
        return
    left = text.x - _ENDS[text.anchor] * font.getlength(shown)
    if is_scalable():
        draw.text((round(left), round(text.y)), shown, fill=text.color, font=font, anchor="lm")
    else:
        top, bottom = font.getbbox("x")[1::2]
        draw.text((round(left), round(text.y - (top + bottom) / 2)), shown, fill=text.color, font=font)


def _draw_turned(draw: ImageDraw.ImageDraw, text: Text, shown: str, font: Font) -> None:
    """Draw a text that is read upwards: written on a strip of its own, which is turned."""
    from PIL import Image, ImageDraw

    length, high = round(font.getlength(shown)), 2 * text.size
    strip = Image.new("L", (max(length, 1), high))
    level = ImageDraw.Draw(strip)
    if is_scalable():
        level.text((0, high / 2), shown, fill=255, font=font, anchor="lm")
    else:
        top, bottom = font.getbbox("x")[1::2]
        level.text((0, (high - top - bottom) / 2), shown, fill=255, font=font)
    below = text.y + _ENDS[text.anchor] * length
    draw.bitmap(
        (round(text.x - high / 2), round(below - length)), strip.transpose(Image.Transpose.ROTATE_90), fill=text.color
    )


@cache
def is_scalable() -> bool:
    """Whether Pillow was built with FreeType; without it there is one small bitmap font."""
    from PIL import features

    return bool(features.check("freetype2"))


def _face(text: str, size: int) -> tuple[str, Font]:
    """What of the text can be drawn, and the font that can."""
    if text.isascii():
        return text, _built_in(size)
    other = _from_system(size)
    if other is not None:
        return text, other
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "replace").decode()
    return plain.replace("??", "?"), _built_in(size)


@cache
def _built_in(size: int) -> Font:
    from PIL import ImageFont

    return ImageFont.load_default(size) if is_scalable() else ImageFont.load_default()


@cache
def _from_system(size: int) -> Font | None:
    from PIL import ImageFont

    if not is_scalable():
        return None
    for name in _OTHERS:
        try:
            return ImageFont.truetype(name, round(size * 0.93))
        except OSError:
            continue
    return None
