"""Winograd's F(4 x 4, 3 x 3): 36 products instead of 144, ten times the rounding error. Only when asked for.

All three transforms are matrix products with Kronecker squares of Bᵀ, G and Aᵀ; see `winograd` for the formula.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.conv.blocks import Block, blocks, place
from dataflow_cli.kernels.conv.im2col import im2col_piece
from dataflow_cli.kernels.conv.winograd import transform_kernel
from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.scratch import scratch
from dataflow_cli.kernels.windows import sliding
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataflow_cli.kernels.conv.convolution import Convolution

    Array = NDArray[Any]

_BT = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_G = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_AT = ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1))


def by_winograd_fast(work: Convolution) -> None:
    """Fill the result, some rows of blocks at a time."""
    channels, filters = work.kernel.shape[-2:]
    kernels = current().prepared.get(
        "winograd 4", work.kernel, (36, channels, filters), lambda made: transform_kernel(work.kernel, _G, made)
    )
    dtype = work.out.dtype
    inward, outward = (np.kron(matrix, matrix).astype(dtype) for matrix in (_BT, _AT))

    def fill(block: Block) -> None:
        seen = work.under(block.tile)
        windows = sliding(seen, (6, 6), (4, 4), (1, 1))
        gathered = scratch("columns", (6, 6, *block.shape, channels), dtype)
        gathered[...] = np.moveaxis(windows, (3, 4), (0, 1))
        inputs = scratch("rows", (36, block.count, channels), dtype)
        np.matmul(inward, gathered.reshape(36, -1), out=inputs.reshape(36, -1))
        products = scratch("products", (36, block.count, block.width), dtype)
        np.matmul(inputs, kernels[:, :, block.piece.filters], out=products)
        outputs = scratch("outputs", (4, 4, block.count, block.width), dtype)
        np.matmul(outward, products.reshape(36, -1), out=outputs.reshape(16, -1))
        if np.isfinite(np.dot(outputs.reshape(-1), outputs.reshape(-1))):
            place(work, block, outputs, 4)
        else:
            im2col_piece(work, block.piece)

    current().spread(fill, blocks(work, 4), work.macs)
