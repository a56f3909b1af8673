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

from dataflow_cli.kernels.conv.im2col import im2col_step
from dataflow_cli.kernels.conv.winograd_blocks import Block, Placing, Pooling, blocks
from dataflow_cli.kernels.panels import SMALL, WIDTH, divides, in_panels, products
from dataflow_cli.kernels.running.scratch import LARGEST, scratch, workspace
from dataflow_cli.kernels.windows import seen_in_phases, sliding
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflow_cli.kernels.conv.convolution import Convolution
    from dataflow_cli.kernels.running.epilogue import Epilogue
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.shapes import Array

    Matrix = tuple[tuple[float, ...], ...]
    Call = tuple[Callable[..., Any], Array, Array, Array]
    """A function of NumPy, two arrays, and where the result goes."""

COLUMNS = SMALL // (4 * 16)
"""So many are a small product with a matrix of 4 x 16, several times as fast as a large one."""
_G = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))
_BT = ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1))
_AT = ((1, 1, 1, 0), (0, 1, -1, -1))


def by_winograd(work: Convolution) -> list[Task]:
    """Fill the result, some rows of blocks at a time."""
    return block_tasks(work, 2, _steps(work))


def largest_by_winograd(work: Convolution, before: Epilogue) -> list[Task]:
    """Fill the result with the largest of every two by two outputs, which are the outputs of one block.

    `before` is what is done to all outputs before that.
    """
    step = _steps(work)
    tasks = []
    for number, block in enumerate(blocks(work, 2)):
        pooling = Pooling(work, block, before, number)
        if pooling.out.size:
            filled = partial(_placed, step(block), pooling, pooling.instead)
            tasks.append(work.epilogue.after(filled, pooling.place, number))
    return tasks


def block_tasks(work: Convolution, side: int, step: Callable[[Block], Callable[[], Array]]) -> list[Task]:
    """Tasks that place the outputs of each block; by im2col where they are not finite."""
    tasks = []
    for block in blocks(work, side):
        piece = block.piece
        instead = im2col_step(work, piece.tile, work.multiplier_as_it_is(piece.filters), work.out[piece.place])
        filled = partial(_placed, step(block), Placing(work, block, side), instead)
        tasks.append(work.epilogue.after(filled, piece.place))
    return tasks


def _placed(step: Callable[[], Array], placing: Placing | Pooling, instead: Task) -> None:
    outputs = step()
    flat = outputs.reshape(-1)
    if math.isfinite(np.dot(flat, flat)):
        placing(outputs)
    else:
        instead()


def _steps(work: Convolution) -> Callable[[Block], Callable[[], Array]]:
    """What computes the outputs of a block, for any block."""
    kernels = transformed_kernels(work, _G)
    return lambda block: _step(work, block, kernels)


def _step(work: Convolution, block: Block, kernels: Array) -> Callable[[], Array]:
    """The outputs (2, 2, blocks, filters) of some blocks."""
    under = seen_in_phases(work.x, block.tile, work.slide, (1, 2))
    some = of_filters(kernels, block.piece.filters)
    key = ("winograd 2", block.shape, *some.shape[1:], work.out.dtype)

    def outputs() -> Array:
        seen = under()
        fresh = seen.nbytes > LARGEST  # it is other memory every time
        space = _Workspace(seen, block, some) if fresh else workspace(key, lambda: _Workspace(seen, block, some))
        space.transform()
        for inputs, into in space.products:
            np.matmul(inputs, some, into)
        return space.outputs()

    return outputs


def transformed_kernels(work: Convolution, matrix: Matrix) -> Array:
    """G g Gᵀ of every channel and filter, (places, channels, filters), or in panels of filters where that is faster."""
    kernel = work.kernel.reshape(9, *work.kernel.shape[-2:])
    both = np.kron(matrix, matrix).astype(kernel.dtype)
    given = in_panels(kernel) if divides(kernel.shape[-1]) else kernel[:, None]

    def fill(made: Array) -> None:
        each = made if made.ndim > kernel.ndim else made[:, None]
        for panel in range(given.shape[1]):
            np.matmul(both, given[:, panel].reshape(9, -1), each[:, panel].reshape(len(both), -1))

    shape = (len(both), *(given if given.shape[1] > 1 else kernel).shape[1:])
    return work.packed.get("winograd", work.kernel, shape, fill)


def of_filters(kernels: Array, filters: slice) -> Array:
    """The transformed kernels of some filters; in panels if these are whole ones."""
    if kernels.ndim == 3:
        return kernels[:, :, filters]
    return kernels[:, filters.start // WIDTH : filters.stop // WIDTH]


def multiplied(inputs: Array, kernels: Array, out: Array) -> Iterator[tuple[Array, Array]]:
    """What is to be multiplied by transformed kernels, in panels or not, and where that goes."""
    return products(inputs, kernels, out) if kernels.ndim > out.ndim else iter([(inputs, out)])


class _Workspace:
    """A thread's memory for some blocks, seen in all the ways that the transforms need."""

    def __init__(self, seen: Array, block: Block, kernels: Array) -> None:
        _, _, samples, height, width, channels = seen.shape
        dtype = seen.dtype
        inward, outward = _matrices(dtype)
        rows = scratch("rows", (4, samples, height, width - 1, channels), dtype)
        both = scratch("columns", (4, 4 * samples, height // 2 - 1, (width - 1) * channels), dtype)
        before, after = seen[0, ..., :-1, :], seen[0, ..., 1:, :]
        fours = sliding(rows.reshape(4 * samples, height, -1), (4,), (2,), (1,))
        self._inward: list[Call] = [
            (np.subtract, before, after, rows[::3]),
            (np.add, before[1], after[0], rows[1]),
            (np.subtract, after[0], before[1], rows[2]),
            (np.matmul, inward, fours, np.moveaxis(both, 0, 2)),
        ]
        whole = scratch("products", (16, block.count, block.width), dtype)
        self.products = list(multiplied(both.reshape(16, -1, channels), kernels, whole))
        """Some of Bᵀ d B of every block and channel, and where they go when they are multiplied."""
        self._result = scratch("outputs", (2, 2, block.count, block.width), dtype)
        parts = _in_parts(whole.reshape(16, -1)), _in_parts(self._result.reshape(4, -1))
        self._outward: Call = (np.matmul, outward, *parts)

    def transform(self) -> None:
        """Bᵀ d B: along rows first, then along columns, where Bᵀ meets four rows of which two are new.

        Even and odd columns lie apart, so that an addition runs over a whole row.
        """
        for function, one, other, out in self._inward:
            function(one, other, out)

    def outputs(self) -> Array:
        """Aᵀ M A of every block and filter, (2, 2, blocks, filters), from what the products are."""
        function, one, other, out = self._outward
        function(one, other, out)
        return self._result


def _in_parts(array: Array) -> Array:
    """Columns in equal parts, (parts, rows, columns / parts), so that a product of 16 rows of a part is a small one."""
    rows, length = array.shape
    fewest = -(-length // COLUMNS)
    parts = next((number for number in range(fewest, 16 * fewest) if length % number == 0), 1)
    return array.reshape(rows, parts, -1).swapaxes(0, 1)


@cache
def _matrices(dtype: Any) -> tuple[Array, Array]:
    """Bᵀ, and Aᵀ from both sides as one matrix, (4, 16)."""
    return np.array(_BT, dtype), np.kron(_AT, _AT).astype(dtype)
