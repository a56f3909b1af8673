"""The network's input as the picture it is: what scaling and normalization did is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.render import text
from dataflow_cli.render.pictures.between import spread
from dataflow_cli.render.pictures.colormaps import BAD
from dataflow_cli.render.pictures.legend import STEPS
from dataflow_cli.render.pictures.model import ALONE, Legend, Row, Tiles
from dataflow_cli.render.pictures.planes import planes_of
from dataflow_cli.render.pictures.scale import Scale, levels, scale_of
from dataflow_cli.trace.picture_facts import Preparation

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Step

CHANNELS = {3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}
SIDE_BY_SIDE = 2
"""So many inputs have their channels in one line beside the picture; with more, two tiles a line."""

_BRIGHT = 128
"""Of 255."""


def is_photo(step: Step) -> bool:
    """Whether a step is an input that can be looked at: height, width, and one, three or four channels."""
    prepared, shape = step.drawing.prepared, step.output_shape
    return prepared is not None and len(shape) == 3 and shape[0 if prepared.channels_first else -1] in (1, *CHANNELS)


def photo_row(step: Step, array: Array, *, invert: bool, is_file: bool = False) -> Row:
    """The input of every sample: a gray picture, or a color picture and its channels each as a gray one.

    `is_file` says whether it was read from a picture.
    """
    planes = stored_planes(step, array)
    scale = scale_of_photo(step, planes, is_file=is_file)
    pixels = _Shades(scale, invert).paint(planes)
    panels = tuple(_panel(one, len(pixels)) for one in pixels)
    lines = (text.shape(step.output_shape), *(["inverted"] if invert else []))
    return Row(step.name, lines, panels, _Shades(scale, invert).legend())


def photo_pixels(step: Step, array: Array, *, is_file: bool = False) -> Array:
    """The input of every sample as one picture (N, height, width, 3), uint8, all on one scale."""
    planes = stored_planes(step, array)
    pixels = _Shades(scale_of_photo(step, planes, is_file=is_file), invert=False).paint(planes)
    pictures = pixels[:, 0] if pixels.shape[1] == 1 else np.moveaxis(pixels[:, :3, :, :, 0], 1, -1)
    return np.ascontiguousarray(pictures)


@dataclass(frozen=True)
class _Shades:
    """High is light, or dark if inverted."""

    scale: Scale
    invert: bool

    def paint(self, planes: Array) -> Array:
        """(N, planes, height, width) to the levels, uint8; what is not finite is marked later."""
        level = levels(planes, self.scale)
        gray = 255 - level if self.invert else level
        pixels: Array = np.repeat(gray[..., np.newaxis], 3, axis=-1)
        pixels[~np.isfinite(planes)] = BAD
        return pixels

    def legend(self) -> Legend | None:
        low, high = self.scale.low.item(), self.scale.high.item()
        if not low < high:
            return None
        return Legend(self.paint(spread(low, high, STEPS)), ((0.0, text.number(low)), (1.0, text.number(high))))


def _panel(planes: Array, samples: int) -> Tiles:
    """One sample (planes, height, width, 3): alone if gray, behind the color picture if it has channels."""
    names = CHANNELS.get(len(planes))
    if names is None:
        return Tiles(planes, 1, kin=ALONE)
    color = np.moveaxis(planes[:3, :, :, 0], 0, -1)
    bad = (planes == np.array(BAD)).all(axis=-1).any(axis=0)
    color = np.where(bad[..., np.newaxis], np.array(BAD, np.uint8), color)
    columns = len(planes) + 1 if samples <= SIDE_BY_SIDE else 2
    return Tiles(np.concatenate([color[np.newaxis], planes]), columns, ("picture", *names), kin=ALONE)


def stored(array: Array, prepared: Preparation) -> Array:
    """The values before scale, mean and std."""
    values: Array = array.astype(np.float64)
    with np.errstate(all="ignore"):
        if prepared.std:
            values = values * _by_channel(prepared.std, prepared)
        if prepared.mean:
            values = values + _by_channel(prepared.mean, prepared)
        if prepared.scale:
            values = values / prepared.scale
    return values


def _by_channel(numbers: tuple[float, ...], prepared: Preparation) -> Array:
    column = np.array(numbers, np.float64)
    return column.reshape(-1, 1, 1) if len(numbers) > 1 and prepared.channels_first else column


def stored_planes(step: Step, array: Array) -> Array:
    """The planes (N, planes, height, width) of an input before scale, mean and std: red, green, blue."""
    prepared = step.drawing.prepared or Preparation()
    planes = planes_of(stored(array, prepared), channels_first=prepared.channels_first)
    return planes[:, ::-1] if prepared.blue_first else planes


def scale_of_photo(step: Step, values: Array, *, is_file: bool) -> Scale:
    """0..255 or 0..1 where the values are those of a picture; else from the smallest to the largest.

    They are those of a picture if they were read from one, are scaled or normalized on their way in, or go from 0 up to
    the brighter half. Numbers from 0 to 9 are just numbers.
    """
    found = scale_of([values], "minmax")
    low, high, slack = found.low.item(), found.high.item(), 1e-4
    prepared = step.drawing.prepared or Preparation()
    scaled = is_file or prepared.scale is not None or bool(prepared.mean or prepared.std)
    if not (low >= -slack and high <= 255 + slack):
        return found
    if high <= 1 + slack:
        return Scale("minmax", np.array(0.0), np.array(1.0))
    return Scale("minmax", np.array(0.0), np.array(255.0)) if scaled or high >= _BRIGHT else found
