"""A 1 x 1 convolution: at every position the same matrix product of the channels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.kernels.conv.plan import POSITIONS
from dataflow_cli.kernels.running.scratch import scratch

if TYPE_CHECKING:
    from dataflow_cli.kernels.conv.convolution import Convolution, Piece
    from dataflow_cli.kernels.panels import Panels, Whole
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.shapes import Array


def by_pointwise(work: Convolution) -> list[Task]:
    """Fill the result tile by tile, straight from the input; positions that a stride leaves out are stepped over."""
    return [work.epilogue.after(_step(work, piece), piece.place) for piece in work.pieces(POSITIONS)]


def _step(work: Convolution, piece: Piece) -> Task:
    multiplier = work.multiplier(piece.filters)
    out = work.out[piece.place]
    strides = (slice(None, None, stride) for stride in work.slide.strides)
    seen = work.under(piece.tile)()[(slice(None), *strides)]  # nothing is padded, so it is a view
    rows = out.reshape(-1, out.shape[-1])
    if seen.flags.c_contiguous:
        return multiplier.task(seen.reshape(-1, seen.shape[-1]), rows)
    return partial(_gathered, seen, multiplier, rows)


def _gathered(seen: Array, multiplier: Whole | Panels, out: Array) -> None:
    rows = scratch("columns", seen.shape, out.dtype)
    rows[...] = seen
    multiplier.task(rows.reshape(-1, seen.shape[-1]), out)()
