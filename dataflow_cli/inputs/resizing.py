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


def size_of(part: tuple[slice, slice]) -> tuple[int, int]:
    """How many rows and columns a part has."""
    rows, columns = part
    return rows.stop - rows.start, columns.stop - columns.start


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
