"""Depthwise convolution: every channel has kernels of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.windows import padded, taps
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dataflow_cli.kernels.windows import Pads

    Array = NDArray[Any]


def depthwise(
    x: Array,
    kernel: Array,
    *,
    strides: Sequence[int],
    pads: Pads,
    dilations: Sequence[int],
    bias: Array | None = None,
) -> Array:
    """`x` (N, *spatial, channels) by `kernel` (*sizes, channels, multiplier): (N, *positions, channels * multiplier).

    Output channel c * multiplier + m is channel c by its kernel m.
    """
    *sizes, channels, multiplier = kernel.shape
    kernel = kernel.reshape(*sizes, channels * multiplier)
    views = list(taps(padded(x, pads), sizes, strides, dilations))
    result = np.zeros((*views[0][1].shape[:-1], channels * multiplier), np.result_type(x, kernel))
    scratch = np.empty(result.shape[1:], result.dtype)
    for sample, out in enumerate(result):
        for tap, view in views:
            inputs = view[sample] if multiplier == 1 else np.repeat(view[sample], multiplier, axis=-1)
            np.add(out, np.multiply(inputs, kernel[tap], out=scratch), out=out)
    if bias is not None:
        result += bias
    return result
