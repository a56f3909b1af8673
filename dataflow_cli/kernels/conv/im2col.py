"""Any convolution: the windows of a tile are copied side by side into a matrix, and one product makes the outputs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.kernels.conv.plan import im2col_places
from dataflow_cli.kernels.running.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.kernels.conv.convolution import Convolution
    from dataflow_cli.kernels.panels import Panels, Whole
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.kernels.running.tiles import Tile
    from dataflow_cli.kernels.windows import Seen
    from dataflow_cli.shapes import Array


def by_im2col(work: Convolution) -> list[Task]:
    """Fill the result tile by tile."""
    return im2col_tasks(work, work.multiplier)


def im2col_tasks(work: Convolution, multiplier_of: Callable[[slice], Whole | Panels]) -> list[Task]:
    """The same with something else to multiply by some filters."""
    tasks = []
    for piece in work.pieces(im2col_places(len(work.matrix))):
        step = im2col_step(work, piece.tile, multiplier_of(piece.filters), work.out[piece.place])
        tasks.append(work.epilogue.after(step, piece.place))
    return tasks


def im2col_step(work: Convolution, tile: Tile, multiplier: Whole | Panels, out: Array) -> Task:
    """Fills `out` (n, *positions, filters) with the outputs of the multiplier's filters at a tile."""
    shape = (*out.shape[:-1], *work.slide.sizes, work.x.shape[-1])
    return partial(_fill, work.windows_at(tile), shape, multiplier, out.reshape(-1, out.shape[-1]))


def _fill(windows: Seen, shape: tuple[int, ...], multiplier: Whole | Panels, out: Array) -> None:
    columns = scratch("columns", shape, out.dtype)
    columns[...] = windows()
    multiplier.task(columns.reshape(len(out), -1), out)()
