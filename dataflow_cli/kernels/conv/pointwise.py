"""A 1 x 1 convolution: at every position the same matrix product of the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.conv.plan import POSITIONS
from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.scratch import scratch
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.kernels.conv.convolution import Convolution, Piece


def by_pointwise(work: Convolution) -> None:
    """Fill the result tile by tile, straight from the input; positions that a stride leaves out are stepped over."""

    def fill(piece: Piece) -> None:
        matrix = work.matrix[:, piece.filters]
        out = work.out[(*piece.tile, piece.filters)]
        seen = work.under(piece.tile)[(slice(None), *(slice(None, None, stride) for stride in work.slide.strides))]
        if not seen.flags.c_contiguous:
            rows = scratch("columns", seen.shape, out.dtype)
            rows[...] = seen
            seen = rows
        np.matmul(seen.reshape(-1, len(matrix)), matrix, out=out.reshape(-1, out.shape[-1]))
        piece.finish(out)

    current().spread(fill, work.pieces(POSITIONS), work.macs)
