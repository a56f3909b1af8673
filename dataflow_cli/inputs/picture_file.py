"""Files of pictures, opened by Pillow: judged by their content, never by their names.

Formats whose decoders run other programs (EPS) are not read.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.inputs.first_bytes import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image

    from dataflow_cli.files.source import Source
    from dataflow_cli.inputs.notes import Notes

_COMMON = ("PNG", "JPEG", "GIF", "BMP", "PPM")
_OTHERS = ("TIFF", "WEBP", "AVIF", "JPEG2000", "ICO", "TGA", "PCX", "QOI")
_MOST_PAGES = 100
"""Frames or pages that are counted."""
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


def _named(source: Source) -> Path | None:
    """The path of a file: from its ending Pillow guesses the decoder, and loads the others only if that was wrong."""
    return None if isinstance(source.data, bytes) else source.data


@contextmanager
def opened(source: Source) -> Iterator[Image.Image]:
    """A picture, not yet decoded. Raises FileProblem, then too if it turns out to be damaged while it is used."""
    with source.open() as stream, _damage_reported(), _undecoded(_named(source) or stream) as image:
        yield image


@contextmanager
def _undecoded(file: Path | BinaryIO) -> Iterator[Image.Image]:
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


def note_frames(image: Image.Image, notes: Notes) -> None:
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
