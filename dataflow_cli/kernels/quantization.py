"""Numbers as whole ones of few bits, and products of these, exact.

    q = round(x / scale) + zero point        within the type's ends, ties to the even one
    x = (q - zero point) · scale

Sums of products are computed in float64, which holds every int32 and every sum on the way as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.activations import as_held
from dataflow_cli.kernels.conv import convolution_job
from dataflow_cli.kernels.running.epilogue import Stage
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.windows import Slide
    from dataflow_cli.shapes import Array

MOST = 255
"""Steps that a dynamic quantization spreads a range over."""


def as_integers(x: Array, dtype: str) -> Array:
    """The numbers cut off to whole ones within the ends of an integer type; 0 for NaN."""
    held = as_held(x, dtype)
    with np.errstate(invalid="ignore"):
        result: Array = held.astype(dtype)
    top = np.iinfo(dtype).max
    result[held >= x.dtype.type(top)] = top  # which floating-point numbers need not have
    return result


def quantized(x: Array, scale: Array, zero_point: Array, dtype: str) -> Array:
    """`x` in steps of `scale`, as whole numbers around the zero point; both broadcast against it. NaN is the lowest."""
    with np.errstate(all="ignore"):
        return _held(np.rint(x / scale), zero_point, dtype)


def requantized(sums: Array, multiplier: Array, zero_point: Array, dtype: str) -> Array:
    """Sums, whole numbers, in steps of another scale: times the old one by the new one."""
    with np.errstate(all="ignore"):
        return _held(np.rint(sums.astype(multiplier.dtype) * multiplier), zero_point, dtype)


def dequantized(q: Array, scale: Array, zero_point: Array) -> Array:
    """What whole numbers stand for, in the type of the scale."""
    with np.errstate(all="ignore"):
        result: Array = (q.astype(np.int64) - zero_point.astype(np.int64)).astype(scale.dtype) * scale
    return result


def _held(steps: Array, zero_point: Array, dtype: str) -> Array:
    """Steps from the zero point, as the type holds them."""
    ends, zero = np.iinfo(dtype), zero_point.astype(np.int64)
    low, high = (np.asarray(end - zero, steps.dtype) for end in (ends.min, ends.max))
    within = np.where(np.isnan(steps), low, np.clip(steps, low, high))
    result: Array = (within.astype(np.int64) + zero).astype(dtype)
    return result


def ranges(x: Array) -> tuple[Array, Array]:
    """The smallest and the largest number of every sample, 0 among them: arrays (N,)."""
    flat = x.reshape(len(x), -1)
    return np.minimum(flat.min(axis=1), 0), np.maximum(flat.max(axis=1), 0)


def dynamic(low: Array, high: Array) -> tuple[Array, Array]:
    """The scale that spreads such a range over uint8, and its zero point; 1 where there is nothing but zeros."""
    with np.errstate(all="ignore"):
        scale = ((high - low) / MOST).astype(low.dtype)
        scale = np.where(scale == 0, scale.dtype.type(1), scale)
        zero = np.clip(np.rint(-low / scale), 0, MOST)
    return scale, np.where(np.isnan(zero), 0, zero).astype(np.uint8)


def integer_convolution(
    x: Array,
    kernel: Array,
    zeros: tuple[Array, Array],
    slide: Slide,
    *,
    groups: int = 1,
    bias: Array | None = None,
    engine: Engine | None = None,
) -> Array:
    """The convolution of whole numbers from which zero points were taken: int32 (N, *positions, filters).

    What is added around `x` (N, *spatial, channels) counts as its zero point does.
    """
    mine, weights = (_shifted(array, zero) for array, zero in zip((x, kernel), zeros, strict=True))
    stages = () if bias is None else (Stage(shift=bias.astype(np.float64)),)
    return as_sums(convolution_job(mine, weights, slide, groups=groups, stages=stages, engine=engine).done())


def integer_product(one: Array, other: Array, zeros: tuple[Array, Array]) -> Array:
    """The matrix product likewise."""
    first, second = (_shifted(array, zero) for array, zero in zip((one, other), zeros, strict=True))
    return as_sums(np.matmul(first, second))


def as_sums(sums: Array) -> Array:
    """Sums of whole numbers in int32, which they are beyond its ends as in every library: modulo 2³²."""
    whole: Any = np.rint(sums).astype(np.int64)
    result: Array = whole.astype(np.int32)
    return result


def _shifted(array: Array, zero: Array) -> Array:
    shifted = array.astype(np.float64)
    shifted -= zero
    return np.ascontiguousarray(shifted)
