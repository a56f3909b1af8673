"""Kernels in the form that a method wants them: transformed once, used for every minibatch.

The cache belongs to one run. It holds on to the arrays that it was made from, so that an entry can never be taken for
that of another array at the same place in memory. Parameters are not changed while a network runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.running.scratch import lasting, scratch
from dataflow_cli.kernels.running.scratch import made as fresh

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.shapes import Array


class PackedWeights:
    """Transformed kernels by what they were made from. Keeps nothing unless told to."""

    def __init__(self, *, keep: bool = False) -> None:
        self.keep = keep
        lasting(self, on=keep)
        self._entries: dict[tuple[Any, ...], tuple[Array, Array]] = {}

    def get(self, form: str, source: Array, shape: tuple[int, ...], fill: Callable[[Array], None]) -> Array:
        """An array of this shape that `fill` filled from `source`, now or before.

        If nothing is kept, it is valid until the calling thread prepares another kernel.
        """
        if not self.keep:
            made = scratch("kernel", shape, source.dtype)
            fill(made)
            return made
        key = (form, shape, source.ctypes.data, source.shape, source.strides, source.dtype.str)
        if key not in self._entries:
            made = fresh(shape, source.dtype)
            fill(made)
            self._entries[key] = (source, made)
        return self._entries[key][1]

    def clear(self) -> None:
        """Let go of everything, and keep nothing from now on."""
        self._entries.clear()
        lasting(self, on=False)
