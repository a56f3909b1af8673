"""Pixels alone, one a value, as PNG: for who lays them out otherwise than a sheet does."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

GAP = 1
"""Pixels between tiles, of no color."""


def grid(pixels: Array, columns: int) -> Array:
    """Tiles (tiles, height, width, 3) as one picture (height, width, 4), transparent between them."""
    count, height, width, _ = pixels.shape
    rows = -(-count // columns)
    whole = np.zeros((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 4), np.uint8)
    for number, tile in enumerate(pixels):
        top, left = (number // columns) * (height + GAP), (number % columns) * (width + GAP)
        whole[top : top + height, left : left + width, :3] = tile
        whole[top : top + height, left : left + width, 3] = 255
    return whole


def png_of(pixels: Array) -> bytes:
    """Pixels (height, width, 3 or 4), uint8, as a PNG file; as small as it gets where all are gray."""
    from PIL import Image

    gray = bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 0] == pixels[..., 2]).all())
    if pixels.shape[-1] == 4 and (pixels[..., 3] == 255).all():
        pixels = pixels[..., :3]
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if gray:
        image = image.convert("LA" if pixels.shape[-1] == 4 else "L")
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=False, compress_level=6)
    return buffer.getvalue()
