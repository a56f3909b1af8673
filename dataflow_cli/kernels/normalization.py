"""Normalization: shifting and scaling by mean and variance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.kernels.elementwise import COST
from dataflow_cli.kernels.running.epilogue import Epilogue, Stage
from dataflow_cli.kernels.running.job import Job, result
from dataflow_cli.kernels.running.tiles import tiles
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.shapes import Array


ELEMENTS = 2**16
"""Elements of a tile."""


def scaling(
    *, mean: Array, variance: Array, gamma: Array | None, beta: Array | None, epsilon: float
) -> tuple[Array, Array]:
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta as x * scale + shift, worked out in float64."""
    scale = 1 / np.sqrt(variance.astype(np.float64) + epsilon)
    if gamma is not None:
        scale = scale * gamma
    shift = -mean * scale if beta is None else beta - mean * scale
    return scale.astype(mean.dtype), shift.astype(mean.dtype)


def scale_and_shift(x: Array, scale: Array, shift: Array) -> Array:
    """`x` * scale + shift, which broadcast."""
    out: Array = np.multiply(x, scale)
    return np.add(out, shift, out=out)


def scaling_job(
    x: Array,
    scale: Array,
    shift: Array,
    stages: Stages = (),
    out: Array | None = None,
    *,
    engine: Engine | None = None,
) -> Job:
    """The same for vectors (channels,) and a C-contiguous `x` (N, *positions, channels), tile by tile."""
    out = result(out, x.shape, x.dtype)
    epilogue = Epilogue((Stage(shift=shift), *stages), out)
    tasks = []
    for box in tiles(x.shape[:-1], max(ELEMENTS // x.shape[-1], 1)):
        lines, line = epilogue.lines(x[box], scale)
        target, _ = epilogue.lines(out[box], scale)
        tasks.append(epilogue.after(partial(np.multiply, lines, line, target), box))
    return Job(engine, out, tasks, x.size * COST)


def layer_normalize(x: Array, *, axes: Sequence[int], gamma: Array | None, beta: Array | None, epsilon: float) -> Array:
    """`x` with mean 0 and variance 1 over `axes` of every sample, times gamma plus beta (which must broadcast)."""
    axes = tuple(axes)
    result: Array = x - x.mean(axis=axes, keepdims=True)
    variance = np.square(result).mean(axis=axes, keepdims=True)
    if _beyond(variance + epsilon):
        result = _standardized(x, axes, epsilon)
    else:
        result /= np.sqrt(variance + epsilon)
    if gamma is not None:
        result *= gamma
    if beta is not None:
        result += beta
    return result


def _beyond(variance: Array) -> bool:
    """Whether squares were too large or too small for the type."""
    limits = np.finfo(variance.dtype)
    return not ((variance > limits.tiny) & (variance < np.inf)).all()


def _standardized(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    """(x - mean) / sqrt(variance + epsilon), of numbers that are at most 1 once they are divided by the largest."""
    scale = np.abs(x).max(axis=axes, keepdims=True)
    scale[scale == 0] = 1
    small = x / scale
    small -= small.mean(axis=axes, keepdims=True)
    variance = np.square(small).mean(axis=axes, keepdims=True)
    result: Array = small / np.sqrt(variance + epsilon / scale / scale)
    return result


def rms_normalize(x: Array, axes: Sequence[int], scale: Array, epsilon: float) -> Array:
    """`x` over the root of its mean square along `axes` of every sample, times scale (which must broadcast)."""
    mean = np.square(x, dtype=np.float64).mean(axis=tuple(axes), keepdims=True)
    result: Array = x * (1 / np.sqrt(mean + epsilon)).astype(x.dtype)
    return np.multiply(result, scale, out=result)


def unit_normalize(x: Array, axes: Sequence[int], smallest: float) -> Array:
    """`x` over its length along `axes` of every sample, which is taken for at least `smallest`."""
    length = np.sqrt(np.square(x, dtype=np.float64).sum(axis=tuple(axes), keepdims=True))
    result: Array = x / np.maximum(length, smallest).astype(x.dtype)
    return result


def respond(x: Array, size: int, alpha: float, beta: float, k: float) -> Array:
    """`x` (..., channels) over (k + alpha / size * sum of squares of `size` neighbouring channels) ** beta."""
    before, channels = (size - 1) // 2, x.shape[-1]
    squares = np.square(x, dtype=np.float64)
    sums = np.zeros_like(squares)
    for shift in range(max(-before, 1 - channels), min(size - before, channels)):
        first, last = max(-shift, 0), min(channels - shift, channels)
        sums[..., first:last] += squares[..., first + shift : last + shift]
    result: Array = (x / np.power(k + alpha / size * sums, beta)).astype(x.dtype)
    return result
