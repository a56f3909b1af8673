"""Picture -> lines of a terminal: the same rows, each under its name, made to fit the width by whole steps.

Tiles are averaged over blocks of n x n values and wrapped into fewer columns; what does not fit is left out, and both
are said. Nothing here asks the terminal anything.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.render.pictures.between import fraction
from dataflow_cli.render.pictures.half_blocks import GRAYS, Mode, brightness, cell_lines, colored
from dataflow_cli.render.pictures.matrix import matrix_lines
from dataflow_cli.render.pictures.model import Bars, Matrix, Panel, Picture, Plot, Row, Scatter, Strips, Tiles
from dataflow_cli.render.pictures.planes import shrunk
from dataflow_cli.render.pictures.terminal_cells import cells_lines
from dataflow_cli.render.pictures.terminal_plot import plot_lines
from dataflow_cli.render.pictures.terminal_scatter import scatter_lines
from dataflow_cli.render.pictures.terminal_sides import sided_lines
from dataflow_cli.render.pictures.themes import THEMES, Theme
from dataflow_cli.render.wrapping import wrapped

if TYPE_CHECKING:
    from fractions import Fraction

    from dataflow_cli.shapes import Array

GAP = 3
"""Characters between two inputs."""
NARROWEST = 20
"""Characters that an input needs at least."""
SMALL_PICTURE = 24
"""Pixels that a picture alone is wide at least, if it can be without getting wider."""
SMALLEST = 6
"""Tiles are not averaged to fewer pixels than this."""


@dataclass(frozen=True)
class Screen:
    """The terminal: its width in characters, its colors, and whether it is dark."""

    width: int = 80
    mode: Mode = "truecolor"
    dark: bool = True
    zoom: Fraction | None = None
    span: tuple[float, float] = GRAYS
    """The brightness of a row's lowest and highest value: what signs go by."""

    @property
    def theme(self) -> Theme:
        return THEMES["dark" if self.dark else "light"]


@dataclass(frozen=True)
class Patch:
    """Lines of one width, counted in characters that are seen."""

    lines: tuple[str, ...]
    width: int
    said: str = ""
    """What was done to make it fit."""


def terminal_text(picture: Picture, screen: Screen) -> str:
    """The picture as text with colors."""
    count = max(len(row.panels) for row in picture.rows)
    shown = max(1, min(count, (screen.width + GAP) // (NARROWEST + GAP)))
    room = (screen.width + GAP) // shown - GAP
    title = picture.title + (f": the first {shown} of {count} inputs" if shown < count else "")
    lines = wrapped(title, screen.width) if title else []
    if picture.heads:
        lines.append((" " * GAP).join(f"{head[-room:]:<{room}}" for head in picture.heads[:shown]).rstrip())
    for row in picture.rows:
        lines += ["", *_row(row, shown, room, screen)]
    lines += ["", *(line for note in picture.notes for line in wrapped(note, screen.width))]
    return "\n".join(lines).strip("\n").rstrip() + "\n"


def _row(row: Row, shown: int, room: int, screen: Screen) -> list[str]:
    if row.legend:
        low, high = brightness(row.legend.pixels[[0, -1]]).tolist()
        screen = replace(screen, span=(low, high))
    patches = [_patch(panel, room, screen) for panel in row.panels[:shown]]
    span = [f"{row.legend.marks[0][1]} to {row.legend.marks[-1][1]}"] if row.legend else []
    said = "".join(f"{line} " if line.endswith(":") else f"{line.rstrip(',')}, " for line in row.lines).rstrip(", ")
    heading = "; ".join(filter(None, [f"{row.name}  {said}", *span, patches[0].said]))
    return [*wrapped(heading, screen.width), *_beside(patches, room)]


def _beside(patches: list[Patch], room: int) -> list[str]:
    """Patches side by side, each in a column of `room` characters."""
    lines = []
    for parts in zip_longest(*(patch.lines for patch in patches)):
        cells = [
            (part or "") + " " * (room - (patch.width if part is not None else 0))
            for part, patch in zip(parts, patches, strict=True)
        ]
        lines.append((" " * GAP).join(cells).rstrip(" "))
    return lines


def _patch(panel: Panel, room: int, screen: Screen) -> Patch:
    match panel:
        case Tiles():
            return _tiles(panel, room, screen)
        case Strips():
            return _stack(panel, room, screen) if panel.labels else _folded(panel, room, screen)
        case Bars():
            return _bars(panel, room, screen)
        case Plot():
            return Patch(tuple(plot_lines(panel, room, screen.mode, screen.theme)), room)
        case Matrix():
            lines = matrix_lines(panel, room)
            return Patch(tuple(lines), max(map(len, lines)))
        case Scatter():
            return Patch(tuple(scatter_lines(panel, room, screen.mode, screen.theme)), room)


def _tiles(panel: Tiles, room: int, screen: Screen) -> Patch:
    """The tiles with numbers in them, or with names beside them, where there is room; else as pixels."""
    if lines := cells_lines(panel, room):
        return Patch(tuple(lines), max(map(len, lines)))
    if lines := sided_lines(panel, room, screen.mode, screen.span):
        return Patch(tuple(lines), len(lines[0]))
    return _pixels(panel, room, screen)


def _pixels(panel: Tiles, room: int, screen: Screen) -> Patch:
    """The grid, averaged by the smallest whole factor that makes it fit."""
    if panel.plain is not None and screen.mode == "ascii":
        panel, screen = replace(panel, pixels=panel.plain), replace(screen, span=GRAYS)
    factor = screen.zoom.denominator if screen.zoom else _factor(panel, room)
    zoom = screen.zoom.numerator if screen.zoom else _zoom(panel)
    pixels = shrunk(panel.pixels, factor).repeat(zoom, axis=1).repeat(zoom, axis=2)[:, :, :room]
    count, height, width, _ = pixels.shape
    columns = max(1, min(panel.columns, (room + 1) // (width + 1)))
    most = max(1, room // (height + 1)) * columns
    kept = pixels if count <= most or screen.zoom else pixels[:most]
    grid, filled = _grid(kept, columns)
    cropped = panel.pixels.shape[2] * zoom > factor * room
    said = [
        f"{factor} x {factor} averaged" if factor > 1 else "",
        f"{columns} to a line" if columns < min(panel.columns, len(kept)) else "",
        f"the first {len(kept)} of {count}" if len(kept) < count else "",
        "cut at the right" if cropped else "",
    ]
    lines = cell_lines(grid, filled, screen.mode, screen.span)
    return Patch(tuple(lines), grid.shape[1], "; ".join(filter(None, said)))


def _zoom(panel: Tiles) -> int:
    """Small pictures alone are drawn larger."""
    count, _, width, _ = panel.pixels.shape
    return max(1, min(8, SMALL_PICTURE // width)) if count == 1 else 1


def _factor(panel: Tiles, room: int) -> int:
    """The smallest factor at which the grid fits, else the tiles into a square; no tile gets too small to see."""
    count, height, width, _ = panel.pixels.shape
    for factor in range(1, max(1, min(width, height) // SMALLEST) + 1):
        if panel.columns * (-(-width // factor) + 1) <= room + 1:
            return factor
    factor = 1
    while True:
        wide, high = -(-width // factor), -(-height // factor)
        columns = min(panel.columns, (room + 1) // (wide + 1))
        fits = columns > 0 and -(-count // columns) * (high + 1) <= room + 1
        smaller = min(-(-width // (factor + 1)), -(-height // (factor + 1)))
        if fits or (columns > 0 and smaller < SMALLEST):
            return factor
        factor += 1


def _grid(tiles: Array, columns: int) -> tuple[Array, Array]:
    """Tiles with a pixel between them, and where there are any."""
    count, height, width, _ = tiles.shape
    rows = -(-count // columns)
    pixels = np.zeros((rows * (height + 1) - 1, min(count, columns) * (width + 1) - 1, 3), np.uint8)
    filled = np.zeros(pixels.shape[:2], bool)
    for index, tile in enumerate(tiles):
        y, x = index // columns * (height + 1), index % columns * (width + 1)
        pixels[y : y + height, x : x + width] = tile
        filled[y : y + height, x : x + width] = True
    return pixels, filled


def _folded(panel: Strips, room: int, screen: Screen) -> Patch:
    """One bar code; where it is longer than the room it goes on in the next line."""
    values = np.concatenate(panel.strips)
    across = screen.zoom.numerator if screen.zoom else max(1, min(4, room // len(values)))
    wide = values.repeat(across, axis=0)
    length = min(len(wide), room)
    lines: list[str] = []
    for start in range(0, len(wide), length):
        part = wide[start : start + length]
        (line,) = cell_lines(np.stack([part, part]), np.ones((2, len(part)), bool), screen.mode, screen.span)
        lines += [line + " " * (length - len(part))] * (2 if len(wide) <= room else 1)
    return Patch(tuple(lines), length, f"goes on in {len(lines)} lines" if len(wide) > room else "")


def _stack(panel: Strips, room: int, screen: Screen) -> Patch:
    """Bar codes one over the other, a line each, averaged along their length to fit."""
    labels = max(map(len, panel.labels)) + 1
    length = max(map(len, panel.strips))
    factor = screen.zoom.denominator if screen.zoom else -(-length // max(room - labels, 1))
    pixels = shrunk(np.stack(panel.strips)[:, np.newaxis], factor)[:, 0, : max(room - labels, 1)]
    starts = dict(zip(np.cumsum([0, *(group.count for group in panel.groups)]).tolist(), panel.groups, strict=False))
    lines: list[str] = []
    for index, strip in enumerate(pixels):
        if index in starts:
            lines.append(f"{starts[index].name:<{labels + len(strip)}}")
        (line,) = cell_lines(np.stack([strip, strip]), np.ones((2, len(strip)), bool), screen.mode, screen.span)
        lines.append(f"{panel.labels[index]:<{labels}}{line}")
    said = f"{factor} x 1 averaged" if factor > 1 else ""
    return Patch(tuple(lines), labels + pixels.shape[1], said)


def _bars(panel: Bars, room: int, screen: Screen) -> Patch:
    """A line a class: its name, its number, its bar."""
    names = min(max(map(len, panel.names)), room // 3)
    numbers = max(map(len, panel.texts))
    width = max(1, min(room - names - numbers - 3, 40))
    theme = screen.theme
    lines = []
    for index, value in enumerate(panel.values):
        bar = _bar(panel, value, width, "#" if screen.mode == "ascii" else "█")
        shown = colored(bar, theme.accent if index == panel.best else theme.rest, screen.mode)
        mark = "*" if index == panel.best and screen.mode == "ascii" else " "
        lines.append(f"{panel.names[index][:names]:<{names}} {panel.texts[index]:>{numbers}}{mark} {shown}")
    return Patch(tuple(lines), names + numbers + 3 + width)


def _bar(panel: Bars, value: float, width: int, sign: str) -> str:
    """A bar from zero to the value, in a field of `width` characters; infinities reach the end, NaN has none."""
    cut = 0.0 if np.isnan(value) else max(panel.low, min(panel.high, value))
    zero, end = (round(width * float(fraction(number, panel.low, panel.high))) for number in (0.0, cut))
    return (" " * min(zero, end) + sign * abs(end - zero)).ljust(width)
