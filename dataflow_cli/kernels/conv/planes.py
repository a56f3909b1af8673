"""Few input channels: the matrix of windows is filled tap by tap, one long stretch of a channel's plane at a time.

With three channels a window's row is nine numbers, too few to be worth a copy of their own. So the tile is first taken
apart into planes; then the matrix, (taps * channels, positions), is filled row by row.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.kernels.conv.plan import PLANES_ELEMENTS
from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.scratch import scratch
from dataflow_cli.kernels.windows import taps
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.kernels.conv.convolution import Convolution, Piece


def by_planes(work: Convolution) -> None:
    """Fill the result tile by tile."""
    matrix, slide = work.matrix, work.slide

    def fill(piece: Piece) -> None:
        out = work.out[(*piece.tile, piece.filters)]
        seen = work.under(piece.tile)
        channels = seen.shape[-1]
        apart = scratch("planes", (channels, *seen.shape[:-1]), out.dtype)
        apart[...] = np.moveaxis(seen, -1, 0)
        columns = scratch("columns", (math.prod(slide.sizes), channels, *out.shape[:-1]), out.dtype)
        whole = apart.reshape(-1, *apart.shape[2:], 1)
        for row, (_, view) in zip(columns, taps(whole, slide.sizes, slide.strides, slide.dilations), strict=True):
            row.reshape(view.shape[:-1])[...] = view[..., 0]
        np.matmul(columns.reshape(len(matrix), -1).T, matrix[:, piece.filters], out=out.reshape(-1, out.shape[-1]))
        piece.finish(out)

    current().spread(fill, work.pieces(max(PLANES_ELEMENTS // len(matrix), 1)), work.macs)
