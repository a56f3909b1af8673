"""Pictures: whatever Pillow reads, turned upright, as gray, RGB or RGBA values from 0 to 255.

- Gray from color is ITU-R 601 luma, (19595 R + 38470 G + 7471 B + 32768) >> 16, a whole number as Pillow computes it.
- 16 bits a channel become 0..255 by division by 257, fractions kept. Pillow itself reduces 16-bit color to 8 bits.
- Transparent parts are laid over white, as on paper, unless the network takes four channels.
- The first of several frames or pages counts.
- EXIF orientation is applied.

Whatever changes channels is said in a warning. A file is judged by its content, never by its name; formats whose
decoders run other programs (EPS) are not read.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from dataflow_cli.files.npy import DATA_LIMIT
from dataflow_cli.files.part import check_room
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.inputs.first_bytes import FORMATS
from dataflow_cli.inputs.notes import Notes, as_problems
from dataflow_cli.inputs.resizing import check_size, enlarged, framed_image, middle, note_squeezing, resized, size_of
from dataflow_cli.lazy import np
from dataflow_cli.unknown import Unknown, is_known

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image

    from dataflow_cli.errors import Problem
    from dataflow_cli.files.source import Source
    from dataflow_cli.shapes import Array


__all__ = ["read_picture", "resized"]

_COMMON = ("PNG", "JPEG", "GIF", "BMP", "PPM")
_OTHERS = ("TIFF", "WEBP", "AVIF", "JPEG2000", "ICO", "TGA", "PCX", "QOI")
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
_BYTES_A_PIXEL = 16
"""What a decoded picture and its copies, with and without transparency, take."""
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})
"""EXIF orientations in which height and width are exchanged."""
_MOST_PAGES = 100
"""Frames or pages that are counted."""
_TWELVE_BITS = 2**12
"""A picture of 16 bits without any larger value is as good as black, or holds fewer bits."""
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    LookupError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise on files that are cut off or damaged."""


def read_picture(
    source: Source,
    *,
    channels: int,
    size: tuple[int, int],
    resize: str | None = None,
    crop: bool = False,
    shorter_side: int | None = None,
    room: float = DATA_LIMIT,
) -> tuple[Array, tuple[Problem, ...]]:
    """The picture as (height, width, channels), uint8 or for deep pictures float32, and what was converted.

    Args:
        source: the file.
        channels: 1 (gray), 3 (RGB) or 4 (RGBA).
        size: the height and width it must have, or gets if `resize` is `nearest` or `bilinear`; its own where they
            are not known.
        resize: how it is resized. Pillow's `bilinear` averages over all source pixels when it shrinks.
        crop: whether it is cut to the proportions of `size` before.
        shorter_side: what its shorter side is resized to, in pixels, before `size` is cut out of its middle.
        room: the most bytes that decoding it may take.

    Raises:
        FileProblem: if it cannot be decoded, is too large, has another size, or `channels` is none of the three.
        OSError: if the file cannot be opened.
    """
    if channels not in (1, 3, 4):
        raise FileProblem(
            f"a picture has 1, 3 or 4 channels, the network takes {channels}", hint="give an array (.npy)", code="E301"
        )
    notes: Notes = []
    with source.open() as stream, _damage_reported(), _opened(_named(source) or stream) as image:
        size = _with_own(size, image)
        _check_sides(image, size, resize, room, crop=crop, shorter_side=shorter_side)
        _note_frames(image, notes)
        upright = _upright(image)
        ready = _converted(upright if channels == 4 else _without_alpha(upright, notes), channels, notes)
        ready = _cut(ready, size) if crop else ready
        check_size((ready.height, ready.width), size, resize, cut=crop)
        if shorter_side is None:
            note_squeezing((ready.height, ready.width), size, notes)
        array = np.array(ready if resize is None else framed_image(ready, size, resize, shorter_side))
    if array.ndim == 2:
        array = np.repeat(array[:, :, np.newaxis], channels, axis=2)
    return array, as_problems(source.name, notes)


def _named(source: Source) -> Path | None:
    """The path of a file: from its ending Pillow guesses the decoder, and loads the others only if that was wrong."""
    return None if isinstance(source.data, bytes) else source.data


@contextmanager
def _opened(file: Path | BinaryIO) -> Iterator[Image.Image]:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = _identified(file)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise FileProblem(
                f"a picture of more than {Image.MAX_IMAGE_PIXELS:,} pixels", hint="make it smaller first"
            ) from error
        with image:
            yield image


def _identified(file: Path | BinaryIO) -> Image.Image:
    """The picture with its decoder; the rarer decoders are loaded only if the common ones do not know it."""
    import logging

    from PIL import Image, UnidentifiedImageError

    log = logging.getLogger("PIL")
    if not log.handlers:
        log.addHandler(logging.NullHandler())  # what Pillow would print is in the error it raises
    try:
        return Image.open(file, formats=_COMMON)
    except UnidentifiedImageError:
        Image.init()
        try:
            return Image.open(file, formats=[name for name in _OTHERS if name in Image.OPEN])
        except UnidentifiedImageError as error:
            raise FileProblem("not in a format that is read", hint=FORMATS) from error


@contextmanager
def _damage_reported() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        what = printable(error).lower() or type(error).__name__
        raise FileProblem(f"the picture cannot be decoded ({what})", hint="it is damaged or cut off") from error


def _note_frames(image: Image.Image, notes: Notes) -> None:
    """Note it if there are more frames or pages than the first. Pillow counts all of a TIFF in quadratic time."""
    if image.format == "MPO":
        return
    frames = _counted_pages(image) if image.format in ("TIFF", "GIF") else getattr(image, "n_frames", 1)
    if frames > 1:
        count = f"{frames} frames or pages" if frames < _MOST_PAGES else f"{frames} frames or pages, or more"
        notes.append(("W306", f"holds {count}; the first was taken", ""))


def _counted_pages(image: Image.Image) -> int:
    """How many pages there are, up to a few."""
    pages = 1
    with suppress(EOFError):
        while pages < _MOST_PAGES:
            image.seek(pages)
            pages += 1
    image.seek(0)
    return pages


def _cut(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The middle of a picture in the proportions of `size`."""
    rows, columns = middle((image.height, image.width), size)
    return image.crop((columns.start, rows.start, columns.stop, rows.stop))


def _with_own(size: tuple[int, int], image: Image.Image) -> tuple[int, int]:
    """Height and width with the picture's own, once it is upright, in place of what is not known."""
    if is_known(size):
        return size
    from PIL import ExifTags

    turned = image.getexif().get(ExifTags.Base.Orientation, 1) in _ON_ITS_SIDE
    own = (image.width, image.height) if turned else (image.height, image.width)
    height, width = (there if isinstance(n, Unknown) else n for n, there in zip(size, own, strict=True))
    return height, width


def _check_sides(
    image: Image.Image,
    size: tuple[int, int],
    resize: str | None,
    room: float,
    *,
    crop: bool,
    shorter_side: int | None,
) -> None:
    """Refuse another size, or one that is too large, before anything is decoded, or turned upright."""
    sides = (image.height, image.width)
    left = [size_of(middle(turned, size)) if crop else turned for turned in (sides, sides[::-1])]
    check_size(size if size in left else left[0], size, resize, cut=crop)
    for what, (height, width) in (("decoding", sides), ("resizing it to", enlarged(sides, shorter_side) or size)):
        text, needed = f"{what} {height} x {width} pixels", height * width * _BYTES_A_PIXEL
        check_room(needed, room, text.__str__, "make the picture smaller first, or less narrow")


def _upright(image: Image.Image) -> Image.Image:
    """The first frame, turned as its EXIF orientation says."""
    from PIL import ExifTags

    if image.getexif().get(ExifTags.Base.Orientation, 1) == 1:
        return image
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image)
    upright.format = image.format  # a copy forgets where it came from
    return upright


def _without_alpha(image: Image.Image, notes: Notes) -> Image.Image:
    """The picture laid over white where it is transparent."""
    from PIL import Image

    if not image.has_transparency_data or image.mode in _DEEP:
        return image
    over = image.convert("RGBA")
    if over.getchannel("A").getextrema() == (255, 255):
        return image.convert("L" if image.mode == "LA" else "RGB")
    flat = Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")
    blank = all(band.getextrema() == (255, 255) for band in flat.split())
    text, hint = (
        "transparent parts were laid over white",
        "save the picture without transparency to choose the background",
    )
    if blank:
        text, hint = f"{text}, and nothing is left to see", "lay the picture over black before"
    notes.append(("W304", text, hint))
    return flat


def _converted(image: Image.Image, channels: int, notes: Notes) -> Image.Image:
    """The picture in mode L or F (one channel, whatever is asked for), RGB or RGBA."""
    if image.mode in _DEEP:
        image = _deep(image, notes)
    elif image.mode == "1":
        image = image.convert("L")
    elif channels == 4:
        return _noted(image, "RGBA", notes) if image.mode != "RGBA" else image
    elif image.mode not in ("L", "RGB"):
        image = _noted(image, "RGB", notes)
    if channels == 1:
        return _gray(image, notes)
    if image.mode in ("L", "F"):
        notes.append(("W304", f"gray was repeated for {channels} channels", ""))
    return image


def _noted(image: Image.Image, mode: str, notes: Notes) -> Image.Image:
    if image.mode not in ("P", "PA", "RGBX", "RGBa", "La", "LA"):
        notes.append(("W304", f"{image.mode} was converted to {mode}", ""))
    return image.convert(mode)


def _gray(image: Image.Image, notes: Notes) -> Image.Image:
    """One channel. A color picture without any color is gray already."""
    if image.mode != "RGB":
        return image
    red, green, blue = image.split()
    if red.tobytes() == green.tobytes() == blue.tobytes():
        return red
    notes.append(("W304", "color was converted to gray (ITU-R 601 luma)", "save the picture as gray to be sure"))
    return image.convert("L")


def _deep(image: Image.Image, notes: Notes) -> Image.Image:
    """More than 8 bits a channel as float32: 16 bits become 0..255; other numbers stay as they are stored."""
    from PIL import Image

    values = np.array(image).astype(np.float32)
    if not (image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM"))):
        return Image.fromarray(values)
    largest = int(values.max(initial=0))
    if 0 < largest < _TWELVE_BITS:
        bits = 8 if largest <= 255 else 12
        text = f"has 16 bits a channel and no value over {largest:,}; 16 bits become 0..255, so that it is nearly black"
        notes.append(
            ("W303", text, f"if {bits} bits were stored in 16, multiply the values by {65535 // (2**bits - 1)}")
        )
    return Image.fromarray(values / np.float32(257))
