"""Winograd's F(2 x 1, 3 x 3): two outputs, one below the other, at a time with 12 products instead of 18.

    Y = Aᵀ [ (G g) ⊙ (Bᵀ d) ]

d: 4 x 3 inputs of a channel; g: the 3 x 3 kernel; Y: 2 x 1 outputs. Only columns are transformed, whole rows at a time,
and what lies under the taps of a row is side by side in memory as it is. Where channels are few, transforming rows as
well takes longer than the products that it saves. See `winograd` for the source, and for what is done about results
that are not finite.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.conv.plan import column_blocks
from dataflow_cli.kernels.conv.winograd import (
    AT,
    BT,
    G,
    block_tasks,
    multiplied,
    of_filters,
    pooled_tasks,
    transformed_kernels,
)
from dataflow_cli.kernels.conv.winograd_blocks import Pooling, blocks
from dataflow_cli.kernels.running.scratch import scratch, workspace
from dataflow_cli.kernels.windows import sliding
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.kernels.conv.convolution import Convolution
    from dataflow_cli.kernels.conv.winograd_blocks import Block
    from dataflow_cli.kernels.running.epilogue import Epilogue
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.shapes import Array


def by_winograd_columns(work: Convolution) -> list[Task]:
    """Fill the result, some rows of blocks at a time."""
    return block_tasks(work, _blocks(work), partial(_step, work, _kernels(work)), partial(_Placing, work))


def largest_by_winograd_columns(work: Convolution, before: Epilogue) -> list[Task]:
    """Fill the result with the largest of every two by two outputs. `before` is what is done to all outputs before."""
    return pooled_tasks(work, _blocks(work), partial(_step, work, _kernels(work)), partial(_Pooling, work, before))


def _blocks(work: Convolution) -> list[Block]:
    """Pieces of whole blocks of 2 x 2 outputs, so that they can be pooled."""
    return blocks(work, 2, column_blocks(*work.kernel.shape[-2:]))


def _kernels(work: Convolution) -> Array:
    return transformed_kernels(work, np.array(G))


def _step(work: Convolution, kernels: Array, block: Block) -> Callable[[], Array]:
    """The outputs (samples, rows, columns, filters) of some blocks."""
    under = work.under(block.tile)
    some = of_filters(kernels, block.piece.filters)
    inward, _ = _matrices(work.out.dtype)
    key = ("winograd columns", block.shape, *some.shape[1:], work.out.dtype)

    def outputs() -> Array:
        seen = _in_rows(under())
        space = workspace(key, lambda: _Workspace(seen.shape, block, some))
        np.matmul(inward, sliding(seen.reshape(*seen.shape[:2], -1), (4,), (2,), (1,)), space.transformed)
        return space.outputs(some)

    return outputs


def _in_rows(seen: Array) -> Array:
    """What lies under some windows (samples, rows, columns, channels), each row in one piece."""
    if seen.strides[2:] == (seen.shape[3] * seen.itemsize, seen.itemsize):
        return seen
    copy = scratch("under", seen.shape, seen.dtype)
    copy[...] = seen
    return copy


class _Workspace:
    """A thread's memory for some blocks, seen in all the ways that the transforms need."""

    def __init__(self, seen: tuple[int, ...], block: Block, kernels: Array) -> None:
        samples, height, width, channels = seen
        rows, dtype = height // 2 - 1, kernels.dtype
        whole = scratch("rows", (4, samples, rows, width * channels), dtype)
        self.transformed = np.moveaxis(whole, 0, 2)
        """Bᵀ d (samples, rows, 4, columns * channels), which is to be filled."""
        beside = whole.reshape(4, samples * rows, width, channels)
        self._windows = sliding(beside, (1, 3), (1, 1), (1, 1))[:, :, :, 0]
        self._columns = scratch("columns", self._windows.shape, dtype)
        products = scratch("products", (4, 2 * block.count, block.width), dtype)
        self._products = list(multiplied(self._columns.reshape(4, -1, 3 * channels), kernels, products))
        self._by_row = products.reshape(4, samples * rows, -1).swapaxes(0, 1)
        self._result = scratch("outputs", (samples, 2 * rows, width - 2, block.width), dtype)
        self._pairs = self._result.reshape(samples * rows, 2, -1)
        _, self._outward = _matrices(dtype)

    def outputs(self, kernels: Array) -> Array:
        """Aᵀ [(G g) ⊙ (Bᵀ d)], summed over channels and the taps of a row: (samples, rows, columns, filters)."""
        self._columns[...] = self._windows
        for inputs, into in self._products:
            np.matmul(inputs, kernels, into)
        np.matmul(self._outward, self._by_row, self._pairs)
        return self._result


class _Placing:
    """Where the outputs of a block go."""

    def __init__(self, work: Convolution, block: Block) -> None:
        self._out = work.out[block.piece.place]

    def __call__(self, outputs: Array) -> None:
        """Write them, without what is beyond the ends."""
        _, height, width, _ = self._out.shape
        self._out[...] = outputs[:, :height, :width]


class _Pooling(Pooling):
    """Where the largest of every 2 x 2 outputs go, which lie as in a picture."""

    def _reduce(self, outputs: Array) -> None:
        samples, high, wide, filters = self.out.shape
        both = outputs[:, : 2 * high].reshape(samples, high, 2, outputs.shape[2], filters)
        rows = scratch("pooled", (samples, high, outputs.shape[2], filters), outputs.dtype)
        np.maximum(both[:, :, 0], both[:, :, 1], out=rows)
        pairs = rows.reshape(samples, high, -1, 2, filters)[:, :, :wide]
        np.maximum(pairs[:, :, :, 0], pairs[:, :, :, 1], out=self.out)


@cache
def _matrices(dtype: Any) -> tuple[Array, Array]:
    """Bᵀ and Aᵀ."""
    return np.array(BT, dtype), np.array(AT, dtype)
