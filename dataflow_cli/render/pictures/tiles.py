"""Tiles -> Drawing: how large a value is, and what stands over, in and under the tiles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.half_blocks import brightness
from dataflow_cli.render.pictures.planes import shrunk
from dataflow_cli.render.pictures.shapes import Block, Drawing, Later, Rect, Shape, Text, moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.render.pictures.model import Color, Tiles, Window
    from dataflow_cli.render.pictures.room import Room
    from dataflow_cli.render.pictures.themes import Theme
    from dataflow_cli.shapes import Array

_CAPTION, _NUMBER, _NUMBER_SIZE, _NUMBER_APART = 18, 12, 10, 4
"""The heights of a caption and of a number over a tile; the size of that number, and what is between two."""
_SIDE, _LARGE_SIDE, _SIDE_APART = 8, 10, 2
"""The size of what stands beside a row or over a column, for little room and for much, and what is between two."""
_APART, _SMALL_TILE = 12, 28
_LARGEST_ZOOM = 16
"""Of a value in a grid; a picture alone may be larger."""
_SMALLEST_TILE = 6
"""A tile of the same kin as larger ones gets no smaller than this."""
_SMALLEST_CELL, _CELL_EDGE = 26, 10
_PALE = 12
"""So close to the paper a color cannot be told from it."""


@dataclass(frozen=True)
class _Grid:
    """The sizes of a panel in pixels; `zoom` pixels a value, or `factor` values a pixel."""

    columns: int
    rows: int
    width: int
    height: int
    between: int
    factor: int
    zoom: int
    over: int
    """The room of the numbers over the tiles."""
    under: int
    """The room of the captions."""
    beside: int = 0
    """The room of what stands beside the rows."""
    above: int = 0
    """The room of what stands over the columns."""
    side: int = 0
    """The size of both."""
    turned: bool = False
    """Whether what stands over the columns is read upwards, since it is too wide."""

    @property
    def step(self) -> tuple[int, int]:
        """From one tile to the next."""
        across = self.beside + self.width + self.between
        return across, self.over + self.above + self.height + self.under + self.between


def place_tiles(panel: Tiles, room: Room, theme: Theme) -> Drawing:
    """A grid of tiles, every value a square of whole pixels."""
    grid = _grid(panel, room, theme)
    across, down = grid.step
    said = f"{grid.factor} x {grid.factor} averaged" if grid.factor > 1 else ""
    size = (grid.columns * across - grid.between, grid.rows * down - grid.between)
    return Drawing(*size, Later(partial(_shapes, panel, grid, theme)), said)


def kin_zoom(panels: list[Tiles], room: int, theme: Theme) -> int:
    """The zoom at which all of these tiles fit, and the texts in all of their values."""
    cells = [_cell(panel, theme) for panel in panels]
    return max(min(_largest_zoom(panel, room) for panel in panels), *cells)


def _between(panel: Tiles, tile: int) -> int:
    """Pixels between two tiles of so many pixels; what is read one by one stands apart."""
    apart = panel.captions or panel.texts is not None
    return _APART if apart else 1 if tile < _SMALL_TILE else 2


def _grid(panel: Tiles, room: Room, theme: Theme) -> _Grid:
    factor = room.zoom.denominator if room.zoom else _factor(panel, room.width) if room.compact else 1
    zoom = room.zoom.numerator if room.zoom else _zoom(panel, room, theme) if factor == 1 else 1
    width, height = (-(-length // factor) * zoom for length in panel.pixels.shape[2:0:-1])
    wide = text_width(max(panel.numbers, key=len), theme.px(_NUMBER_SIZE)) if panel.numbers else width + 1
    apart = theme.px(_SIDE_APART)
    high = theme.px(_LARGE_SIDE if zoom >= theme.px(_LARGE_SIDE) + 2 * apart else _SIDE)
    rows, columns = ([text_width(one, high) for one in side] for side in panel.sides)
    fit = bool(rows) and zoom >= high + apart
    turned = fit and zoom < max(columns) + apart
    return _Grid(
        beside=max(rows) + theme.px(_NUMBER_APART) if fit else 0,
        above=(max(columns) if turned else high) + theme.px(_NUMBER_APART) if fit else 0,
        side=high,
        turned=turned,
        columns=panel.columns,
        rows=panel.rows,
        width=width,
        height=height,
        between=_between(panel, width),
        factor=factor,
        zoom=zoom,
        over=theme.px(_NUMBER) if wide + _NUMBER_APART <= width else 0,
        under=theme.px(_CAPTION) if panel.captions else 0,
    )


def _zoom(panel: Tiles, room: Room, theme: Theme) -> int:
    """The largest that fits, but no other than that of its kin, as long as the tiles stay large enough."""
    largest = _largest_zoom(panel, room.width)
    if panel.kin not in room.zooms:
        return max(largest, _cell(panel, theme))
    least: int = -(-_SMALLEST_TILE // min(panel.pixels.shape[1:3]))
    return max(room.zooms[panel.kin], min(largest, least))


def _cell(panel: Tiles, theme: Theme) -> int:
    """How large a value has to be for the texts in all."""
    if panel.texts is None:
        return 1
    texts: set[str] = set(panel.texts.ravel().tolist())
    return max(theme.px(_SMALLEST_CELL), *(text_width(text, theme.small) + theme.px(_CELL_EDGE) for text in texts))


def _factor(panel: Tiles, room: int) -> int:
    """The smallest factor at which the grid is as wide as the room, at least a pixel a tile."""
    width = panel.pixels.shape[2]
    return next((n for n in range(1, width) if panel.columns * (-(-width // n) + 1) <= room + 1), width)


def _largest_zoom(panel: Tiles, room: int) -> int:
    """The largest zoom that fits: a grid as high as wide at most, a single picture half as high."""
    count, height, width, _ = panel.pixels.shape
    most = room if count == 1 else _LARGEST_ZOOM
    high = room // 2 if count == 1 else room
    for zoom in range(most, 1, -1):
        between = _between(panel, width * zoom)
        wide = panel.columns * (width * zoom + between) - between
        if wide <= room and panel.rows * (height * zoom + between) - between <= high:
            return zoom
    return 1


def _shapes(panel: Tiles, grid: _Grid, theme: Theme) -> Iterator[Shape]:
    pixels = shrunk(panel.pixels, grid.factor)
    framed = len(pixels) == 1 or _is_pale(pixels, theme)
    texts = panel.texts if panel.texts is not None and grid.zoom >= _cell(panel, theme) else None
    across, down = grid.step
    for index, tile in enumerate(pixels):
        x, y = index % grid.columns * across, index // grid.columns * down
        if grid.over and panel.numbers:
            yield Text(x + grid.beside, y + grid.over / 2, panel.numbers[index], theme.px(_NUMBER_SIZE), theme.muted)
        y += grid.over
        if grid.beside:
            yield from moved(_sides(panel, grid, theme), x, y)
            x, y = x + grid.beside, y + grid.above
        if framed:
            yield Rect(x - 1, y - 1, grid.width + 2, grid.height + 2, theme.line)
        yield Block(x, y, tile, grid.zoom, grid.zoom)
        if texts is not None:
            yield from moved(_texts(texts[index], tile, grid.zoom, theme), x, y)
        for window in panel.windows if grid.factor == 1 else ():
            yield from moved(_outline(window, grid.zoom, theme.curves[panel.outline]), x, y)
        if panel.captions:
            middle = y + grid.height + grid.under // 2
            yield Text(x + grid.width / 2, middle, panel.captions[index], theme.small, theme.muted, "middle")


def _sides(panel: Tiles, grid: _Grid, theme: Theme) -> Iterator[Shape]:
    """What stands beside the rows and over the columns of a tile."""
    rows, columns = panel.sides
    size, apart = grid.side, theme.px(_NUMBER_APART) / 2
    for row, said in enumerate(rows):
        yield Text(grid.beside - apart, grid.above + (row + 0.5) * grid.zoom, said, size, theme.muted, "right")
    for column, said in enumerate(columns):
        x = grid.beside + (column + 0.5) * grid.zoom
        if grid.turned:
            yield Text(x, grid.above - apart, said, size, theme.muted, turned=True)
        else:
            yield Text(x, grid.above / 2, said, size, theme.muted, "middle")


def _is_pale(tiles: Array, theme: Theme) -> bool:
    """Whether an edge of a tile has the color of the paper, so that one does not see where it ends."""
    edges = (tiles[:, 0], tiles[:, -1], tiles[:, :, 0], tiles[:, :, -1])
    paper = np.array(theme.background, np.int16)
    return any(bool((np.abs(edge - paper) <= _PALE).all(axis=-1).any()) for edge in edges)


def _texts(texts: Array, tile: Array, zoom: int, theme: Theme) -> Iterator[Shape]:
    """Lines between the values, and in each its text, dark on light and light on dark."""
    rows, columns = texts.shape
    for row in range(1, rows):
        yield Rect(0, row * zoom, columns * zoom, 1, theme.line)
    for column in range(1, columns):
        yield Rect(column * zoom, 0, 1, rows * zoom, theme.line)
    light = brightness(tile)
    for row in range(rows):
        for column in range(columns):
            color = (0, 0, 0) if light[row, column] > 110 else (255, 255, 255)
            middle = (column + 0.5) * zoom, (row + 0.5) * zoom
            yield Text(*middle, str(texts[row, column]), theme.small, color, "middle")


def _outline(window: Window, zoom: int, color: Color) -> Iterator[Shape]:
    """Four bars around the values, two pixels thick, so that two windows side by side share one line."""
    left, top = window.left * zoom - 1, window.top * zoom - 1
    wide, high = window.width * zoom + 2, window.height * zoom + 2
    yield Rect(left, top, wide, 2, color)
    yield Rect(left, top + high - 2, wide, 2, color)
    yield Rect(left, top, 2, high, color)
    yield Rect(left + wide - 2, top, 2, high, color)
