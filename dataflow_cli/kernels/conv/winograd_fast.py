"""Winograd's F(4 x 4, 3 x 3): 36 products instead of 144, ten times the rounding error. Only when asked for.

All three transforms are matrix products with Kronecker squares of Bᵀ, G and Aᵀ; see `winograd` for the formula.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.conv.winograd import block_tasks, multiplied, of_filters, transformed_kernels
from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.kernels.windows import sliding
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.kernels.conv.convolution import Convolution
    from dataflow_cli.kernels.conv.winograd_blocks import Block
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.shapes import Array


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


def by_winograd_fast(work: Convolution) -> list[Task]:
    """Fill the result, some rows of blocks at a time."""
    kernels = transformed_kernels(work, _G)
    return block_tasks(work, 4, lambda block: _step(work, block, kernels))


def _step(work: Convolution, block: Block, kernels: Array) -> Callable[[], Array]:
    """The outputs (4, 4, blocks, filters) of some blocks."""
    dtype, channels = work.out.dtype, kernels.shape[-2]
    inward, outward = (np.kron(matrix, matrix).astype(dtype) for matrix in (_BT, _AT))
    under = work.under(block.tile)
    some = of_filters(kernels, block.piece.filters)

    def outputs() -> Array:
        windows = sliding(under(), (6, 6), (4, 4), (1, 1))
        gathered = scratch("columns", (6, 6, *block.shape, channels), dtype)
        gathered[...] = np.moveaxis(windows, (3, 4), (0, 1))
        inputs = scratch("rows", (36, block.count, channels), dtype)
        np.matmul(inward, gathered.reshape(36, -1), inputs.reshape(36, -1))
        products = scratch("products", (36, block.count, block.width), dtype)
        for factor, into in multiplied(inputs, some, products):
            np.matmul(factor, some, into)
        result = scratch("outputs", (4, 4, block.count, block.width), dtype)
        np.matmul(outward, products.reshape(36, -1), result.reshape(16, -1))
        return result

    return outputs
