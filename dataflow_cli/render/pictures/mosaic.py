"""A tensor with height, width and channels as a mosaic: every channel a small picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render import text
from dataflow_cli.render.pictures.colormaps import paint
from dataflow_cli.render.pictures.legend import legend_of, scale_line
from dataflow_cli.render.pictures.model import ALONE, GRIDS, Row, Tiles
from dataflow_cli.render.pictures.planes import grid_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.render.pictures.scale import Scale
    from dataflow_cli.shapes import Array, Shape


def mosaic_row(
    name: str,
    shape: Shape,
    planes: Array,
    scale: Scale,
    colormap: str,
    *,
    channels: Sequence[int] | None = None,
    over_steps: bool = False,
) -> Row:
    """The planes (N, planes, height, width) of every sample as a grid as square as they allow.

    A volume (depth, height, width, channels) has a line a channel, a column a slice; so have pictures one a step
    (`over_steps`), whose steps stand first in both data formats. `channels` are the numbers of the
    planes, where they are not all that the layer has.
    """
    count = planes.shape[1]
    columns = shape[0] if over_steps else _depth(shape, count) or grid_columns(count)
    numbers = () if len(shape) != 3 or count == 1 else tuple(map(str, channels or range(count)))
    kin = GRIDS if count > 1 else ALONE
    panels = tuple(Tiles(pixels, columns, numbers=numbers, kin=kin) for pixels in paint(planes, scale, colormap))
    legend = legend_of(scale, colormap)
    said = [_grid_text(shape, count, columns, "step" if over_steps else "slice")] if count > 1 else []
    return Row(name, (text.shape(shape), *said, *([] if legend else [scale_line(scale)])), panels, legend)


def _depth(shape: Shape, count: int) -> int:
    """The slices of a volume; 0 if it is none."""
    if len(shape) != 4:
        return 0
    return shape[0] if shape[0] * shape[-1] == count else shape[1]


def _grid_text(shape: Shape, count: int, columns: int, across: str) -> str:
    if len(shape) == 4:
        return f"{text.several(count // columns, 'channel')} down, {text.several(columns, across)} across"
    return f"{count:,} channels, {columns} x {-(-count // columns)}"
