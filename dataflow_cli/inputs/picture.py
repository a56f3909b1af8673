"""Pictures: whatever Pillow reads, turned upright as EXIF says, in the channels and the size that a network takes.

The first of several frames or pages counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.files.npy import DATA_LIMIT
from dataflow_cli.files.part import check_room
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.notes import as_problems
from dataflow_cli.inputs.picture_channels import converted, without_alpha
from dataflow_cli.inputs.picture_file import note_frames, opened
from dataflow_cli.inputs.resizing import check_size, enlarged, framed_image, middle, note_squeezing, size_of
from dataflow_cli.lazy import np
from dataflow_cli.unknown import Unknown, is_known

if TYPE_CHECKING:
    from PIL import Image

    from dataflow_cli.errors import Problem
    from dataflow_cli.files.source import Source
    from dataflow_cli.inputs.notes import Notes
    from dataflow_cli.shapes import Array

_BYTES_A_PIXEL = 16
"""What a decoded picture and its copies, with and without transparency, take."""
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})
"""EXIF orientations in which height and width are exchanged."""


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
    with opened(source) as image:
        size = _with_own(size, image)
        _check_sides(image, size, resize, room, crop=crop, shorter_side=shorter_side)
        note_frames(image, notes)
        upright = _upright(image)
        ready = converted(upright if channels == 4 else without_alpha(upright, notes), channels, notes)
        ready = _cut(ready, size) if crop else ready
        check_size((ready.height, ready.width), size, resize, cut=crop)
        if shorter_side is None:
            note_squeezing((ready.height, ready.width), size, notes)
        array = np.array(ready if resize is None else framed_image(ready, size, resize, shorter_side))
    if array.ndim == 2:
        array = np.repeat(array[:, :, np.newaxis], channels, axis=2)
    return array, as_problems(source.name, notes)


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
