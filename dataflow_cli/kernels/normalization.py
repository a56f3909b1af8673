"""Normalization: shifting and scaling by mean and variance."""

from __future__ import annotations

import math
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.elementwise import COST
from dataflow_cli.kernels.running.epilogue import Epilogue, Stage
from dataflow_cli.kernels.running.job import Job, result
from dataflow_cli.kernels.running.tiles import tiles
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.kernels.running.task import Task
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


def layer_normalize(
    x: Array,
    *,
    axes: Sequence[int],
    gamma: Array | None = None,
    beta: Array | None = None,
    epsilon: float,
    engine: Engine | None = None,
) -> Array:
    """`x` with mean 0 and variance 1 over `axes` of every sample, times gamma plus beta (which have these axes)."""
    there = range(x.ndim - len(axes), x.ndim)
    last = np.moveaxis(x, axes, there)
    rows = np.ascontiguousarray(last).reshape(-1, math.prod(last.shape[there.start :]))
    learned = [None if vector is None else vector.reshape(-1) for vector in (gamma, beta)]
    found = normalizing_job(rows, learned[0], learned[1], epsilon=epsilon, engine=engine).done()
    return np.moveaxis(found.reshape(last.shape), there, axes)


def normalizing_job(
    rows: Array,
    gamma: Array | None,
    beta: Array | None,
    stages: Stages = (),
    out: Array | None = None,
    *,
    epsilon: float,
    engine: Engine | None = None,
) -> Job:
    """Each row (n, numbers) with mean 0 and variance 1, times gamma plus beta (numbers,), tile by tile."""
    out = result(out, rows.shape, rows.dtype)
    epilogue = Epilogue((Stage(scale=gamma, shift=beta), *stages), out)
    tasks = [
        epilogue.after(_normalizing(rows[box], out[box], epsilon), box)
        for box in tiles(rows.shape[:1], max(ELEMENTS // rows.shape[-1], 1))
    ]
    return Job(engine, out, tasks, rows.size * COST)


def _normalizing(x: Array, out: Array, epsilon: float) -> Task:
    """What gives rows mean 0 and variance 1, in memory that is bound once: of a few short ones, calls are most of it.

    Sums are matrix products: NumPy adds up short rows slowly.
    """
    rows, length = x.shape
    ones = np.ones(length, x.dtype)
    lengths, epsilons = np.full(rows, length, x.dtype), np.full(rows, epsilon, x.dtype)
    mean, variance = np.empty((2, rows), x.dtype)
    means, deviations = mean[:, np.newaxis], variance[:, np.newaxis]
    smallest, largest = _limits(x.dtype)

    def task() -> None:
        np.matmul(x, ones, mean)
        np.divide(mean, lengths, mean)
        np.subtract(x, means, out)
        np.einsum("ij,ij->i", out, out, out=variance)
        np.divide(variance, lengths, variance)
        np.add(variance, epsilons, variance)
        if np.minimum.reduce(variance) > smallest and np.maximum.reduce(variance) < largest:
            np.sqrt(variance, variance)
            np.reciprocal(variance, variance)
            np.multiply(out, deviations, out)
        else:  # squares were too large or too small for the type
            out[...] = _standardized(x, epsilon)

    return task


@cache
def _limits(dtype: Any) -> tuple[float, float]:
    """The smallest number of a type that has all its digits, and infinity."""
    return float(np.finfo(dtype).tiny), math.inf


def _standardized(x: Array, epsilon: float) -> Array:
    """(x - mean) / sqrt(variance + epsilon), of numbers that are at most 1 once they are divided by the largest."""
    scale = np.abs(x).max(axis=1, keepdims=True)
    scale[scale == 0] = 1
    small = x / scale
    small -= small.mean(axis=1, keepdims=True)
    variance = np.square(small).mean(axis=1, keepdims=True)
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
