"""Any convolution: the windows of a tile are copied side by side into a matrix, and one product makes the outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.conv.plan import im2col_places
from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.scratch import scratch
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.kernels.conv.convolution import Convolution, Piece


def by_im2col(work: Convolution) -> None:
    """Fill the result tile by tile."""
    pieces = work.pieces(im2col_places(len(work.matrix)))
    current().spread(lambda piece: im2col_piece(work, piece), pieces, work.macs)


def im2col_piece(work: Convolution, piece: Piece) -> None:
    """Fill one piece of the result."""
    matrix = work.matrix[:, piece.filters]
    out = work.out[(*piece.tile, piece.filters)]
    windows = work.windows_at(piece.tile)
    columns = scratch("columns", windows.shape, out.dtype)
    columns[...] = windows
    np.matmul(columns.reshape(-1, len(matrix)), matrix, out=out.reshape(-1, out.shape[-1]))
    piece.finish(out)
