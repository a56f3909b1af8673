"""The learned kernels: a convolution's as a grid of filters and input channels, a dense layer's as one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures import notes
from dataflow_cli.render.pictures.cells import MOST_NUMBERS, with_numbers
from dataflow_cli.render.pictures.colormaps import paint
from dataflow_cli.render.pictures.legend import legend_of, scale_line
from dataflow_cli.render.pictures.model import Picture, Row, Tiles
from dataflow_cli.render.pictures.planes import grid_columns
from dataflow_cli.render.pictures.scale import Map, Scale, scale_of

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.learned_kernels import Kernel, Kernels

MOST_TILES, MOST_ROWS, MOST_COLUMNS = 64, 320, 640
"""How many filters and channels, and which part of a matrix, are shown."""


def kernels_picture(found: Kernels, *, how: Map, scale: str, colormap: str) -> Picture:
    """A row a kernel."""
    common = scale_of([kernel.values for kernel in found.kernels], how)
    rows = tuple(
        kernel_row(kernel, common if scale == "global" else scale_of([kernel.values], how), colormap)
        for kernel in found.kernels
    )
    said = (notes.meaning(how, colormap), notes.shared(scale, 1), notes.weights(found.weights))
    return Picture(text.safe(f"{found.network}: kernels"), (), rows, said)


def numbered_row(kernel: Kernel, how: Map, colormap: str) -> Row | None:
    """A kernel of two spatial axes with its numbers; None if it has others, or too many."""
    values = kernel.values
    if values.ndim != 4 or values.size > MOST_NUMBERS:
        return None
    row = kernel_row(kernel, scale_of([values], how), colormap)
    return with_numbers(row, [np.moveaxis(values, (-2, -1), (0, 1)).reshape(-1, *values.shape[:2])])


def kernel_row(kernel: Kernel, scale: Scale, colormap: str) -> Row:
    """A row of a kernel: a matrix, or a tile a filter and an input channel."""
    array = kernel.values
    if array.ndim == 2 or all(length == 1 for length in array.shape[:-2]):
        panel, said = _matrix(array.reshape(array.shape[-2:]), kernel.parameter, scale, colormap)
    else:
        panel, said = _grid(array, scale, colormap)
    flipped = ["stored; applied flipped"] if kernel.flipped else []
    legend = legend_of(scale, colormap)
    lines = (text.shape(array.shape), *said, *flipped, *([] if legend else [scale_line(scale)]))
    return Row(f"{kernel.layer}/{kernel.parameter}", lines, (panel,), legend)


def _matrix(matrix: Array, parameter: str, scale: Scale, colormap: str) -> tuple[Tiles, list[str]]:
    """(inputs, units) as the W of W a + b: a line a unit, a column an input."""
    columns, rows = matrix.shape
    across, down = ("entries", "numbers") if parameter == "embeddings" else ("inputs", "units")
    shown = matrix.T[:MOST_ROWS, :MOST_COLUMNS]
    said = [f"{_of(shown.shape[1], columns)} {across} across,", f"{_of(shown.shape[0], rows)} {down} down"]
    return Tiles(paint(shown[np.newaxis], scale, colormap), 1), said


def _grid(kernel: Array, scale: Scale, colormap: str) -> tuple[Tiles, list[str]]:
    """(*window, channels, filters): a column a filter, a line an input channel; filters alone in a near-square grid."""
    channels, filters = kernel.shape[-2:]
    shown = kernel[..., :MOST_TILES, :MOST_TILES]
    window = (1, *kernel.shape[:1]) if kernel.ndim == 3 else (-1, kernel.shape[-3])
    tiles = np.moveaxis(shown, (-2, -1), (0, 1)).reshape(shown.shape[-2] * shown.shape[-1], *window)
    if channels == 1:
        columns = grid_columns(shown.shape[-1])
        grid = [f", {columns} x {-(-shown.shape[-1] // columns)}"] if filters > 1 else []
        said = ["".join([_of(shown.shape[-1], filters), " filters" if filters > 1 else " filter", *grid])]
    else:
        columns = shown.shape[-1]
        said = [
            f"{_of(columns, filters)} filter{'s' if filters > 1 else ''} across,",
            f"{_of(shown.shape[-2], channels)} channels down",
        ]
    return Tiles(paint(tiles, scale, colormap), columns), said


def _of(shown: int, there: int) -> str:
    return f"{there:,}" if shown == there else f"first {shown:,} of {there:,}"
