"""Pictures in many formats and modes, and pictures that lie about their size."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from random import Random

FORMATS = (
    *(("png", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
    *(("tiff", mode) for mode in ("1", "L", "RGB", "CMYK", "F", "I", "I;16", "LAB")),
    *(("jpeg", mode) for mode in ("L", "RGB", "CMYK")),
    *(("bmp", "RGB"), ("gif", "P"), ("webp", "RGB"), ("ppm", "L"), ("ppm", "RGB"), ("ico", "RGBA"), ("tga", "RGB")),
)


@cache
def picture(form: str, mode: str, width: int, height: int) -> bytes:
    """A picture of noise."""
    noise = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), np.uint8)
    image = _in_mode(Image.fromarray(noise), mode)
    stream = io.BytesIO()
    image.save(stream, form)
    return stream.getvalue()


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    if mode == "LAB":
        return Image.merge("LAB", image.split())
    return image.convert(mode)


def any_picture(rng: Random) -> tuple[str, bytes]:
    """The ending and the bytes of a sound one."""
    form, mode = rng.choice(FORMATS)
    return form, picture(form, mode, *rng.choice(((28, 28), (1, 1), (5, 3), (64, 40))))


@cache
def png_bomb(width: int, height: int, depth: int = 8) -> bytes:
    """A PNG of zeros of any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    squeeze = zlib.compressobj(1)
    left, data = (1 + width * depth // 8) * height, b""
    while left > 0:
        data += squeeze.compress(bytes(min(left, 2**20)))
        left -= 2**20
    data += squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@cache
def tiff_pages(pages: int, width: int = 2, height: int = 2) -> bytes:
    """A TIFF of many gray pages, which all show the same bytes."""
    data = bytearray(b"II*\x00" + struct.pack("<I", 12) + bytes(4))
    for page in range(pages):
        start = len(data)
        entries = (
            (256, width),
            (257, height),
            (258, 8),
            (259, 1),
            (262, 1),
            (273, 8),
            (278, height),
            (279, width * height),
        )
        directory = struct.pack("<H", len(entries))
        directory += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
        after = start + len(directory) + 4
        data += directory + struct.pack("<I", after if page < pages - 1 else 0)
    return bytes(data)
