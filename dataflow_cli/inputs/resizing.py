"""Pictures of another size than the network takes: cut and resized if that is asked for, else refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.prepared import HOW_TO_RESIZE
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from PIL import Image

    from dataflow_cli.inputs.notes import Notes
    from dataflow_cli.shapes import Array


_SQUEEZED = 1.05
"""By how much one side may be stretched against the other before it is said."""


def check_size(found: tuple[int, int], size: tuple[int, int], resize: str | None, *, cut: bool = False) -> None:
    """Raise FileProblem E301 for another height and width than `size` that nothing is going to resize.

    `cut` says that they are what is left of the picture.
    """
    if found != size and resize is None:
        what = f"a picture {'cut to' if cut else 'of'} {found[0]} x {found[1]} (height x width)"
        raise FileProblem(f"{what}, expected {size[0]} x {size[1]}", hint=HOW_TO_RESIZE, code="E301")


def note_squeezing(found: tuple[int, int], size: tuple[int, int], notes: Notes) -> None:
    """Note it if resizing does not stretch both sides alike."""
    squeezed = found[0] * size[1] / (found[1] * size[0])
    if not 1 / _SQUEEZED <= squeezed <= _SQUEEZED:
        text = f"resizing {found[0]} x {found[1]} (height x width) to {size[0]} x {size[1]} changes its proportions"
        advice = (
            "cut it to the proportions that the network takes (--input-crop, or `crop: center` under input), or pad it"
        )
        notes.append(("W307", text, advice))


def middle(found: tuple[int, int], size: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns of the largest part in the middle that has the proportions of `size`."""
    (height, width), (high, wide) = found, size
    rows = min(height, max(1, round(width * high / wide)))
    columns = min(width, max(1, round(height * wide / high)))
    top, left = (height - rows) // 2, (width - columns) // 2
    return slice(top, top + rows), slice(left, left + columns)


def enlarged(found: tuple[int, int], shorter_side: int | None) -> tuple[int, int] | None:
    """The height and width of a picture whose shorter side has so many pixels, its proportions kept.

    As torchvision's `Resize(256)` rounds: the longer side down. None if no shorter side is asked for.
    """
    if shorter_side is None:
        return None
    height, width = found
    longer = shorter_side * max(found) // min(found)
    return (shorter_side, longer) if height <= width else (longer, shorter_side)


def center(found: tuple[int, int], size: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns of `size` in the middle. As torchvision's `CenterCrop` rounds: halves to the even row."""
    rows, columns = (
        slice(start, start + length)
        for start, length in ((round((whole - part) / 2), part) for whole, part in zip(found, size, strict=True))
    )
    return rows, columns


def size_of(part: tuple[slice, slice]) -> tuple[int, int]:
    """How many rows and columns a part has."""
    rows, columns = part
    return rows.stop - rows.start, columns.stop - columns.start


def framed_image(image: Image.Image, size: tuple[int, int], resize: str, shorter_side: int | None) -> Image.Image:
    """The picture resized to `size`; or to so many pixels on its shorter side, and cut to `size` then."""
    between = enlarged((image.height, image.width), shorter_side)
    if between is None:
        return resized_image(image, size, resize)
    rows, columns = center(between, size)
    return resized_image(image, between, resize).crop((columns.start, rows.start, columns.stop, rows.stop))


def framed(array: Array, size: tuple[int, int], resize: str, shorter_side: int | None) -> Array:
    """The same of pictures (N, height, width, channels)."""
    between = enlarged((array.shape[1], array.shape[2]), shorter_side)
    if between is None:
        return resized(array, size, resize)
    return resized(array, between, resize)[:, *center(between, size)]


def resized_image(image: Image.Image, size: tuple[int, int], resize: str) -> Image.Image:
    """The picture in another size. Pillow's `bilinear` averages over all source pixels when it shrinks."""
    from PIL import Image

    width_first = size[::-1]
    return image if image.size == width_first else image.resize(width_first, Image.Resampling[resize.upper()])


def resized(array: Array, size: tuple[int, int], resize: str) -> Array:
    """Pictures (N, height, width, channels) of another size, as pictures in files are resized; uint8 stays uint8."""
    from PIL import Image

    count, _, _, channels = array.shape
    values = array if array.dtype == np.uint8 else array.astype(np.float32)
    result = np.empty((count, *size, channels), values.dtype)
    for sample in range(count):
        for channel in range(channels):
            plane = Image.fromarray(np.ascontiguousarray(values[sample, :, :, channel]))
            result[sample, :, :, channel] = np.array(resized_image(plane, size, resize))
    return result
