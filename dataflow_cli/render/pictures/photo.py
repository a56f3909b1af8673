"""The network's input as the picture it is: what scaling and normalization did is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.render import text
from dataflow_cli.render.pictures.between import spread
from dataflow_cli.render.pictures.colormaps import BAD
from dataflow_cli.render.pictures.legend import STEPS
from dataflow_cli.render.pictures.model import Legend, Row, Tiles
from dataflow_cli.render.pictures.planes import planes_of
from dataflow_cli.render.pictures.scale import Scale, levels, scale_of

if TYPE_CHECKING:
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.shapes import Array

CHANNELS = {3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}
SIDE_BY_SIDE = 2
"""So many inputs have their channels in one line beside the picture; with more, two tiles a line."""


def is_photo(spec: InputSpec) -> bool:
    """Whether an input can be looked at: height, width, and one (gray), three or four (color) channels."""
    return spec.is_picture and spec.channels in (1, *CHANNELS)


def photo_row(spec: InputSpec, array: Array, *, invert: bool) -> Row:
    """The input of every sample: a gray picture, or a color picture and its channels each as a gray one."""
    stored = _stored(array, spec)
    scale = _scale(stored)
    pixels = _Shades(scale, invert).paint(planes_of(stored, channels_first=spec.data_format == "channels_first"))
    panels = tuple(_panel(one, len(pixels)) for one in pixels)
    lines = (text.shape(spec.shape), *(["inverted"] if invert else []))
    return Row(spec.name, lines, panels, _Shades(scale, invert).legend())


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
        return Tiles(planes, 1)
    color = np.moveaxis(planes[:3, :, :, 0], 0, -1)
    bad = (planes == np.array(BAD)).all(axis=-1).any(axis=0)
    color = np.where(bad[..., np.newaxis], np.array(BAD, np.uint8), color)
    columns = len(planes) + 1 if samples <= SIDE_BY_SIDE else 2
    return Tiles(np.concatenate([color[np.newaxis], planes]), columns, ("picture", *names))


def _stored(array: Array, spec: InputSpec) -> Array:
    """The values before scale, mean and std."""
    values: Array = array.astype(np.float64)
    with np.errstate(all="ignore"):
        if spec.std is not None:
            values = values * _by_channel(spec.std, spec)
        if spec.mean is not None:
            values = values + _by_channel(spec.mean, spec)
        if spec.scale:
            values = values / float(spec.scale)
    return values


def _by_channel(numbers: tuple[float, ...], spec: InputSpec) -> Array:
    column = np.array(numbers, np.float64)
    return column.reshape(-1, 1, 1) if len(numbers) > 1 and spec.data_format == "channels_first" else column


def _scale(values: Array) -> Scale:
    """0..255 or 0..1 where the values fit into it, as pictures have them; else from the smallest to the largest."""
    found = scale_of([values], "minmax")
    low, high, slack = found.low.item(), found.high.item(), 1e-4
    if low >= -slack and high <= 255 + slack:
        return Scale("minmax", np.array(0.0), np.array(1.0 if high <= 1 + slack else 255.0))
    return found
