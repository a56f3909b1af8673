"""Normalization: shifting and scaling by mean and variance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]


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
    result: Array = x * scale.astype(x.dtype)
    result += shift.astype(x.dtype)
    return result


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
