"""Winograd's F(2 x 2, 3 x 3): 3 x 3 windows, two by two outputs at a time with 16 products instead of 36.

    Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A

d: 4 x 4 inputs of a channel; g: the 3 x 3 kernel; Y: 2 x 2 outputs. Summed over the channels, the products are 16
matrix products, one a place in the 4 x 4. Source: Lavin and Gray, "Fast algorithms for convolutional neural networks",
2016.

It mixes neighbours: a NaN or an infinity would spread to outputs whose window does not see it, and huge numbers
overflow. A piece whose result is not finite is computed once more by im2col.
"""

from __future__ import annotations

import math
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.conv.blocks import Block, Placing, blocks
from dataflow_cli.kernels.conv.im2col import im2col_step
from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.finish import Finisher, Stage
from dataflow_cli.kernels.scratch import LARGEST, scratch, workspace
from dataflow_cli.kernels.windows import seen_in_phases
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dataflow_cli.kernels.conv.convolution import Convolution
    from dataflow_cli.kernels.job import Task

    Array = NDArray[Any]
    Call = tuple[Callable[..., Any], Array, Array, Array]
    """A function of NumPy, two arrays, and where the result goes."""

IN_CACHE = 2**18
"""Elements of the products up to which Aᵀ M A is fastest as one matrix product."""
_G = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))
_AT = ((1, 1, 1, 0), (0, 1, -1, -1))


def by_winograd(work: Convolution) -> list[Task]:
    """Fill the result, some rows of blocks at a time."""
    channels, filters = work.kernel.shape[-2:]
    kernels = current().prepared.get(
        "winograd 2", work.kernel, (16, channels, filters), lambda made: transform_kernel(work.kernel, _G, made)
    )
    return block_tasks(work, 2, lambda block: _step(work, block, kernels))


def block_tasks(work: Convolution, side: int, step: Callable[[Block], Callable[[], Array]]) -> list[Task]:
    """Tasks that place the outputs of each block; by im2col where they are not finite."""
    bias, finisher = work.finisher.without_shift()
    tasks = []
    for block in blocks(work, side):
        instead = Finisher((Stage(shift=bias),), work.out).after(im2col_step(work, block.piece), block.piece.place)
        filled = partial(_placed, step(block), Placing(work, block, side, bias), instead)
        tasks.append(finisher.after(filled, block.piece.place))
    return tasks


def _placed(step: Callable[[], Array], placing: Placing, instead: Task) -> None:
    outputs = step()
    flat = outputs.reshape(-1)
    if math.isfinite(np.dot(flat, flat)):
        placing(outputs)
    else:
        instead()


def _step(work: Convolution, block: Block, kernels: Array) -> Callable[[], Array]:
    """The outputs (2, 2, blocks, filters) of some blocks."""
    under = seen_in_phases(work.x, block.tile, work.slide, 2)
    some = kernels[:, :, block.piece.filters]
    key = ("winograd 2", block.shape, *some.shape[1:], work.out.dtype)

    def outputs() -> Array:
        seen = under()
        fresh = seen.nbytes > LARGEST  # it is other memory every time
        space = _Workspace(seen, block) if fresh else workspace(key, lambda: _Workspace(seen, block))
        space.transform()
        np.matmul(space.inputs, some, space.products)
        return space.outputs()

    return outputs


def transform_kernel(kernel: Array, matrix: tuple[tuple[float, ...], ...], made: Array) -> None:
    """G g Gᵀ for every channel and filter, as one matrix product."""
    both = np.kron(matrix, matrix).astype(kernel.dtype)
    np.matmul(both, kernel.reshape(9, -1), out=made.reshape(len(both), -1))


class _Workspace:
    """A thread's memory for some blocks, seen in all the ways that the transforms need."""

    def __init__(self, seen: Array, block: Block) -> None:
        halves, samples, height, width, channels = seen.shape
        high, dtype = height // 2 - 1, seen.dtype
        rows = scratch("rows", (4, halves, samples, high, width, channels), dtype)
        columns = scratch("columns", (4, 4, samples, high, width - 1, channels), dtype)
        pairs = np.moveaxis(seen.reshape(halves, samples, high + 1, 2, width, channels), 3, 0)
        self._along_rows = _combining(pairs[:, :, :, :-1], pairs[:, :, :, 1:], rows)
        pairs = rows.swapaxes(0, 1)
        self._along_columns = _combining(pairs[..., :-1, :], pairs[..., 1:, :], columns.swapaxes(0, 1))
        self.inputs = columns.reshape(16, -1, channels)
        """Bᵀ d B of every block and channel, (16, blocks, channels)."""
        self.products = scratch("products", (16, block.count, block.width), dtype)
        self._result = scratch("outputs", (2, 2, block.count, block.width), dtype)
        self._outputs = self._outward()

    def transform(self) -> None:
        """Fill `inputs`: rows first, then columns.

        Even and odd columns are taken apart, so that every addition runs along whole rows.
        """
        for function, one, other, out in self._along_rows + self._along_columns:
            function(one, other, out)

    def outputs(self) -> Array:
        """Aᵀ M A of every block and filter, (2, 2, blocks, filters), from `products`."""
        for function, one, other, out in self._outputs:
            function(one, other, out)
        return self._result

    def _outward(self) -> list[Call]:
        products, result = self.products, self._result
        if products.size <= IN_CACHE:
            return [(np.matmul, _both_sides(products.dtype), products.reshape(16, -1), result.reshape(4, -1))]
        half = scratch("rows", (2, 4, *products.shape[1:]), products.dtype)
        along_rows = _gathering(products.reshape(4, 4, *products.shape[1:]), half)
        return along_rows + _gathering(half.swapaxes(0, 1), result.swapaxes(0, 1))


def _combining(before: Array, after: Array, out: Array) -> list[Call]:
    """Bᵀ along one axis: of places 0 and 1 (`before`), 2 and 3 (`after`) the four of `out`, by the first axis."""
    return [
        (np.subtract, before, after, out[::3]),
        (np.add, before[1], after[0], out[1]),
        (np.subtract, after[0], before[1], out[2]),
    ]


def _gathering(parts: Array, out: Array) -> list[Call]:
    """Aᵀ along the first axis."""
    return [
        (np.add, parts[0], parts[1], out[0]),
        (np.add, out[0], parts[2], out[0]),
        (np.subtract, parts[1], parts[2], out[1]),
        (np.subtract, out[1], parts[3], out[1]),
    ]


@cache
def _both_sides(dtype: Any) -> Array:
    """Aᵀ from both sides as one matrix, (4, 16)."""
    return np.kron(_AT, _AT).astype(dtype)
