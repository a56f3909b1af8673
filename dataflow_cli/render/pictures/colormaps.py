"""From levels to colors: gray, diverging (blue, white, red around zero) and viridis."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render.pictures.scale import MIDDLE, TOP, Map, Scale, levels

if TYPE_CHECKING:
    from dataflow_cli.render.pictures.model import Color
    from dataflow_cli.shapes import Array

BAD: Color = (255, 0, 255)
"""Magenta: NaN and infinities."""
_WHITE, _RED, _BLUE = (255, 255, 255), (178, 24, 43), (33, 102, 172)
_VIRIDIS = (
    (68, 1, 84), (71, 44, 122), (59, 81, 139), (44, 113, 142), (33, 144, 141), (39, 173, 129), (92, 200, 99),
    (170, 220, 50), (253, 231, 37),
)  # fmt: skip
"""Nine evenly spaced colors of Matplotlib's map of that name, which is in the public domain (CC0)."""


def paint(values: Array, scale: Scale, colormap: str) -> Array:
    """Values of any shape as colors (*shape, 3), uint8; NaN and infinities magenta."""
    pixels: Array = table(colormap, scale.map)[levels(values, scale)]
    pixels[~np.isfinite(values)] = BAD
    return pixels


@cache
def table(colormap: str, how: Map) -> Array:
    """The color of each of the 256 levels, (256, 3); gray for `signs`, which terminals without colors show."""
    if colormap == "diverging":
        return (
            _between((_RED, _WHITE), (0, TOP)) if how == "share" else _between((_RED, _WHITE, _BLUE), (0, MIDDLE, TOP))
        )
    if colormap == "viridis":
        rising = _between(_VIRIDIS, np.linspace(0, TOP, len(_VIRIDIS)))
        return rising if how == "minmax" else rising[::-1]
    return _between(((0, 0, 0), (TOP, TOP, TOP)), (0, TOP))


def _between(colors: tuple[Color, ...], at: Array | tuple[int, ...]) -> Array:
    """Colors at some levels, and in straight lines between them."""
    channels = np.array(colors, np.float64).T
    lines = [np.interp(np.arange(TOP + 1), at, channel) for channel in channels]
    colors_of: Array = np.rint(np.stack(lines, axis=-1)).astype(np.uint8)
    return colors_of
