"""Few input channels: the matrix of windows is filled tap by tap, one long stretch of a channel's plane at a time.

With three channels a window's row is nine numbers, too few to be worth a copy of their own. So the tile is first taken
apart into planes; then the matrix, (taps * channels, positions), is filled, whole rows of positions at a time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.kernels.conv.plan import planes_places
from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.kernels.windows import sliding
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.kernels.conv.convolution import Convolution
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.kernels.windows import Seen, Slide
    from dataflow_cli.shapes import Array


def by_planes(work: Convolution) -> list[Task]:
    """Fill the result tile by tile."""
    tasks = []
    for piece in work.pieces(planes_places(len(work.matrix))):
        step = partial(_fill, work.under(piece.tile), work.slide, work.matrix[:, piece.filters], work.out[piece.place])
        tasks.append(work.epilogue.after(step, piece.place))
    return tasks


def _fill(under: Seen, slide: Slide, matrix: Array, out: Array) -> None:
    seen = under()
    channels = seen.shape[-1]
    apart = seen
    if channels > 1:
        apart = scratch("planes", (channels, *seen.shape[:-1]), out.dtype)
        apart[...] = np.moveaxis(seen, -1, 0)
    whole = apart.reshape(-1, *seen.shape[1:-1], 1)
    windows = sliding(whole, slide.sizes, slide.strides, slide.dilations)[..., 0]
    rank = len(slide.sizes)
    columns = scratch("columns", (*slide.sizes, len(whole), *out.shape[1:-1]), out.dtype)
    columns[...] = windows.transpose(*range(rank + 1, 2 * rank + 1), *range(rank + 1))
    np.matmul(columns.reshape(len(matrix), -1).T, matrix, out.reshape(-1, out.shape[-1]))
