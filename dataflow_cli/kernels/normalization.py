"""Normalization: shifting and scaling by mean and variance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.elementwise import COST
from dataflow_cli.kernels.engine import current
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

LINE = 16_384
"""Elements of a line at most: scale and shift are repeated to that length."""
ELEMENTS = 2**17
"""Elements of a tile."""


def batch_normalize(
    x: Array,
    *,
    mean: Array,
    variance: Array,
    gamma: Array | None,
    beta: Array | None,
    epsilon: float,
) -> Array:
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, as one scale and one shift.

    The parameters must broadcast against `x`. Scale and shift are worked out in float64.
    """
    scale = 1 / np.sqrt(variance.astype(np.float64) + epsilon)
    if gamma is not None:
        scale = scale * gamma
    shift = -mean * scale if beta is None else beta - mean * scale
    return scale_and_shift(x, scale.astype(x.dtype), shift.astype(x.dtype))


def scale_and_shift(x: Array, scale: Array, shift: Array) -> Array:
    """`x` · scale + shift, which broadcast; where they go along the last axis, on lines of many positions at a time."""
    out = np.empty_like(x)
    channels = x.shape[-1]
    along_last = scale.size == scale.shape[-1] == channels
    if not (along_last and x.flags.c_contiguous and out.flags.c_contiguous):
        np.multiply(x, scale, out=out)
        np.add(out, shift, out=out)
        return out
    repeats = _divisor(x.size // channels, LINE // channels)
    lines = (x.reshape(-1, repeats * channels), out.reshape(-1, repeats * channels))
    factor, addend = (np.tile(values.reshape(-1), repeats) for values in (scale, shift))

    def fill(rows: slice) -> None:
        source, target = lines[0][rows], lines[1][rows]
        np.multiply(source, factor, out=target)
        np.add(target, addend, out=target)

    height = max(ELEMENTS // factor.size, 1)
    pieces = [slice(start, start + height) for start in range(0, len(lines[0]), height)]
    current().spread(fill, pieces, x.size * COST)
    return out


def _divisor(number: int, most: int) -> int:
    """The largest divisor of a number that is at most so large."""
    return next((each for each in range(min(number, most), 1, -1) if number % each == 0), 1)


def layer_normalize(x: Array, *, axes: Sequence[int], gamma: Array | None, beta: Array | None, epsilon: float) -> Array:
    """`x` with mean 0 and variance 1 over `axes` of every sample, times gamma plus beta (which must broadcast)."""
    result: Array = x - x.mean(axis=tuple(axes), keepdims=True)
    variance = np.square(result).mean(axis=tuple(axes), keepdims=True)
    result /= np.sqrt(variance + epsilon)
    if gamma is not None:
        result *= gamma
    if beta is not None:
        result += beta
    return result
