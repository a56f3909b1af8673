"""Transposed convolution: every input element adds a scaled copy of the kernel to a larger array.

This is the gradient of a convolution with respect to its input, and what grows the axes in decoders.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from dataflow_cli.kernels.method import beside
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.shapes import Array

    Meeting = tuple[int, slice, slice]
    """A tap, the elements of the input whose copy of it lies in the result, and where these lie."""


def conv_transpose(
    x: Array,
    kernel: Array,
    *,
    strides: Sequence[int],
    crops: Sequence[tuple[int, int]],
    dilations: Sequence[int],
    groups: int = 1,
    bias: Array | None = None,
) -> Array:
    """`x` (N, *spatial, channels) by `kernel` (*sizes, filters // groups, channels): (N, *lengths, filters).

    A spatial axis grows to (length - 1) * stride + dilation * (size - 1) + 1 elements, of which `crops` are then cut
    off (before, after). A negative number after adds zeros instead. What is cut off is never there.
    """
    *sizes, filters, channels = kernel.shape
    axes = list(map(_Axis, x.shape[1:-1], sizes, strides, dilations, crops))
    result = np.zeros((len(x), *(axis.length for axis in axes), filters * groups), np.result_type(x, kernel))
    for group in range(groups):
        some = slice(group * channels // groups, (group + 1) * channels // groups)
        into = result[..., group * filters : (group + 1) * filters]
        _add_copies(x[..., some], kernel[..., some], axes, into)
    if bias is not None:
        result += bias
    return result


def _add_copies(x: Array, kernel: Array, axes: Sequence[_Axis], result: Array) -> None:
    """Add what the channels of one group give to its filters of the result."""
    filters, channels = kernel.shape[-2:]
    rows = x.reshape(-1, channels)
    for meetings in product(*(axis.meetings() for axis in axes)):
        taps, sources, targets = zip(*meetings, strict=True)
        copies = (rows @ kernel[taps].T).reshape(*x.shape[:-1], filters)
        target = result[(slice(None), *targets)]
        np.add(target, copies[(slice(None), *sources)], out=target)


def conv_transpose_method(places: int, filters: int) -> Method:
    """How so many input positions are computed: by one product a tap."""
    return beside(places * filters)


@dataclass(frozen=True)
class _Axis:
    """One spatial axis: `count` elements that grow."""

    count: int
    size: int
    stride: int
    dilation: int
    crop: tuple[int, int]

    @property
    def length(self) -> int:
        """How many elements it grows to."""
        return max((self.count - 1) * self.stride + self.dilation * (self.size - 1) + 1 - sum(self.crop), 0)

    def meetings(self) -> list[Meeting]:
        """The taps that reach the result from any element."""
        return [meeting for tap in range(self.size) for meeting in self._meeting(tap)]

    def _meeting(self, tap: int) -> list[Meeting]:
        start = tap * self.dilation - self.crop[0]  # where the first element's copy has this tap
        first, last = max(-(start // self.stride), 0), min((self.length - 1 - start) // self.stride, self.count - 1)
        if first > last:
            return []
        step = self.stride if last > first else 1
        target = slice(start + first * self.stride, start + last * self.stride + 1, step)
        return [(tap, slice(first, last + 1), target)]
