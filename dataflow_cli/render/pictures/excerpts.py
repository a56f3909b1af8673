"""Samples of a data set as small pictures: what excites channels, with the part that does outlined; and mistakes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.errors import OutputError
from dataflow_cli.inputs.several import is_picture
from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures.colormaps import paint
from dataflow_cli.render.pictures.model import Row, Tiles
from dataflow_cli.render.pictures.photo import is_photo, photo_pixels
from dataflow_cli.render.pictures.planes import grid_columns, shrunk
from dataflow_cli.render.pictures.scale import scale_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.profile.exciting import Exciting, Window
    from dataflow_cli.profile.model import Profile
    from dataflow_cli.render.pictures.model import Color
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace

SMALL, LARGE = 56, 112
"""The longer side of a sample, which is drawn larger below the first and smaller above the second."""
APART = 16
"""How far the color of what stands between channels is from the paper's, on which tiles would get frames."""
MISTAKES = 20
"""That are drawn."""
OUTLINE = (230, 97, 1)
"""Orange: seen on gray pictures, and on most others."""
WHITE = (255, 255, 255)


def excited_row(found: Exciting, paper: Color = WHITE) -> Row:
    """The samples of every channel side by side, from the one that excites it most; a few channels in a line, apart by
    a tile of the paper's color.
    """
    pixels, zoom = _sized(sample_pixels(found.looks))
    place = {sample: number for number, sample in enumerate(found.order)}
    most = max(map(len, found.excerpts), default=0)
    tiles, numbers = [], []
    for channel, excerpts in zip(found.channels, found.excerpts, strict=True):
        for one in excerpts:
            tile = pixels[place[one.sample]].copy()
            if one.window is not None:
                _outline(tile, one.window, zoom)
            tiles.append(tile)
        blank = np.full_like(pixels[0], [one - APART if one > 127 else one + APART for one in paper])
        tiles += [blank] * (most + 1 - len(excerpts))
        numbers += [str(channel), *[""] * most]
    groups = max(min(grid_columns(len(found.channels)) // 2, 4), 1)
    panel = Tiles(np.stack(tiles), groups * (most + 1), numbers=tuple(numbers))
    shown, live = len(found.channels), found.layer.channels - len(found.layer.dead)
    more = [f"the first {shown} of {live:,} that are not dead"] if shown < live else []
    dead = [f"{len(found.layer.dead)} dead"] if len(found.layer.dead) else []
    said = text.several(found.layer.channels, found.layer.unit or "channel")
    return Row(text.safe(found.layer.name), (said, *dead, *more, f"{most} samples each"), (panel,))


def mistakes_row(profile: Profile, looks: Trace, order: Sequence[int]) -> Row:
    """The worst mistakes, each with its right class and the answer."""
    pixels, _ = _sized(sample_pixels(looks))
    mistakes = profile.answers.mistakes[:MISTAKES] if profile.answers else ()
    tiles = np.stack([pixels[list(order).index(one.sample)] for one in mistakes])
    captions = [f"{profile.class_name(one.right)} as {profile.class_name(one.answer)}" for one in mistakes]
    room = tiles.shape[2] // 6 * max(1, LARGE // max(tiles.shape[1:3]))
    short = tuple(text.safe(one if len(one) <= room else f"{one[: room - 3]}...") for one in captions)
    columns = min(len(tiles), 5)
    return Row("mistakes", (f"the surest {len(tiles)}",), (Tiles(tiles, columns, captions=short),))


def sample_pixels(trace: Trace) -> Array:
    """The first input of every sample as a picture (N, height, width, 3). Raises OutputError if it is none."""
    step = trace.steps[0]
    array = trace.value(step.name)
    if is_photo(step):
        return photo_pixels(step, array, is_file=any(map(is_picture, trace.sources)))
    if array.dtype.kind != "f" or math.prod(step.output_shape) > MOST_VALUES:
        hint = "name its samples instead: --by channel"
        raise OutputError(f"the samples of {text.safe(step.name)} are no pictures", hint=hint)
    planes = array.reshape(len(array), step.output_shape[0] if len(step.output_shape) > 1 else 1, -1)
    return paint(planes, scale_of([planes], "zero"), "gray")


MOST_VALUES = 2**14
"""Of a sample that is no picture and is drawn as one."""


def _sized(pixels: Array) -> tuple[Array, float]:
    """The samples larger or smaller by a whole number, and how much."""
    longer = max(pixels.shape[1:3])
    if longer > LARGE:
        factor = -(-longer // LARGE)
        return shrunk(pixels, factor), 1 / factor
    zoom = max(SMALL // longer, 1)
    return pixels.repeat(zoom, axis=1).repeat(zoom, axis=2), float(zoom)


def _outline(tile: Array, window: Window, zoom: float) -> None:
    """A line of one pixel around a window, on what lies just outside where there is room."""
    top, left, height, width = (length * zoom for length in window)
    low, high = (max(int(edge) - 1, 0) for edge in (top, left))
    bottom = min(math.ceil(top + height), tile.shape[0] - 1)
    right = min(math.ceil(left + width), tile.shape[1] - 1)
    tile[[low, bottom], high : right + 1] = OUTLINE
    tile[low : bottom + 1, [high, right]] = OUTLINE
