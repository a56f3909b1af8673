"""Transposed convolution: every input element adds a scaled copy of the kernel to a larger array.

This is the gradient of a convolution with respect to its input, and what grows the axes in decoders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.windows import taps
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]


def conv_transpose(
    x: Array,
    kernel: Array,
    *,
    strides: Sequence[int],
    crops: Sequence[tuple[int, int]],
    dilations: Sequence[int],
    bias: Array | None = None,
) -> Array:
    """`x` (N, *spatial, channels) by `kernel` (*sizes, filters, channels): (N, *lengths, filters).

    A spatial axis grows to (length - 1) * stride + dilation * (size - 1) + 1 elements, of which `crops` are then cut
    off (before, after). A negative number after adds zeros instead.
    """
    *sizes, filters, channels = kernel.shape
    axes = zip(x.shape[1:-1], sizes, strides, dilations, strict=True)
    lengths = [(length - 1) * stride + dilation * (size - 1) + 1 for length, size, stride, dilation in axes]
    added = [max(-after, 0) for _, after in crops]
    canvas = np.zeros((x.shape[0], *map(sum, zip(lengths, added, strict=True)), filters), np.result_type(x, kernel))
    reached = canvas[(slice(None), *map(slice, lengths))]
    rows = x.reshape(-1, channels)
    for tap, view in taps(reached, sizes, strides, dilations):
        view[...] += (rows @ kernel[tap].T).reshape(view.shape)
    ends = (length - max(after, 0) for length, (_, after) in zip(canvas.shape[1:-1], crops, strict=True))
    result = canvas[(slice(None), *(slice(before, end) for (before, _), end in zip(crops, ends, strict=True)))]
    if bias is not None:
        result += bias
    return result
