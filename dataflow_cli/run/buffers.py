"""Memory for tensors: taken when one is made, given back after its last reader, used again for the next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.running.scratch import aligned
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.shapes import Array


class Buffers:
    """Memory that one run takes, piece by piece; new memory only where none of the free pieces is large enough."""

    def __init__(self) -> None:
        self._free: list[Array] = []

    def take(self, shape: Sequence[int], dtype: Any) -> tuple[Array, Array]:
        """An array of any content, and the memory that it is in, to be given back."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        fitting = [number for number, memory in enumerate(self._free) if memory.size >= size]
        best = min(fitting, key=lambda number: self._free[number].size, default=None)
        memory = aligned(size) if best is None else self._free.pop(best)
        return memory[:size].view(dtype).reshape(shape), memory

    def copied(self, array: Array) -> tuple[Array, Array]:
        """A copy whose axes lie in memory as those of the original do, and its memory."""
        order = sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
        moved = array.transpose(order)
        copy, memory = self.take(moved.shape, array.dtype)
        copy[...] = moved
        return copy.transpose(sorted(range(array.ndim), key=order.__getitem__)), memory

    def trim(self, size: int) -> None:
        """Let the system have what is free and larger than anything to come, which takes `size` bytes at most."""
        self._free = [memory for memory in self._free if memory.size <= size]

    def give(self, memory: Array) -> None:
        """Let the memory be used again."""
        self._free.append(memory)
