"""Activation functions of one array, element by element or along axes.

Every function returns a new array of the dtype of `x`, and none overflows where its result is finite.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.kernels.elementwise import applied, by_parts, clip_into, relu_into
from dataflow_cli.kernels.erf import erfc
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.task import Function
    from dataflow_cli.shapes import Array


SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
"""The fixed point of Klambauer et al., "Self-normalizing neural networks", 2017."""


def rectify(x: Array, *, negative_slope: float, threshold: float, max_value: float | None) -> Array:
    """`x` above the threshold but at most `max_value`; elsewhere negative_slope · (x - threshold)."""
    if x.dtype.kind != "f":
        x = x.astype(np.result_type(x, np.float32))
    function = rectifier(negative_slope=negative_slope, threshold=threshold, max_value=max_value)
    if function is not None:
        return applied(function, x)
    result = np.where(x <= threshold, 0, x)  # NaN stays
    if max_value is not None:
        np.minimum(result, max_value, out=result)
    if negative_slope:
        result += negative_slope * np.minimum(x - threshold, 0)
    return result


def rectifier(*, negative_slope: float, threshold: float, max_value: float | None) -> Function | None:
    """The same as a function that can overwrite its argument, if it is one of the usual two."""
    if negative_slope or threshold:
        return None
    return relu_into if max_value is None else partial(clip_into, max_value)


def leaky(x: Array, slope: Array | float) -> Array:
    """`x` where it is positive, slope · x where it is not. `slope` is a number or broadcasts against `x`."""
    return np.where(x > 0, x, x * slope)


def elu(x: Array, alpha: float) -> Array:
    """`x` where it is positive, alpha · (exp(x) - 1) where it is not."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def selu(x: Array) -> Array:
    """`elu` with the alpha and the scale that keep mean 0 and variance 1."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


def erf(x: Array) -> Array:
    """The error function, as 1 - erfc(|x|) with the sign of `x`."""
    result: Array = np.copysign(1 - erfc(np.abs(x)), x)
    return result


def gelu(x: Array) -> Array:
    """`x · Φ(x)` with the normal distribution's Φ(x) = erfc(-x / √2) / 2."""
    if x.dtype != np.float32:
        return x * (0.5 * erfc(x * -math.sqrt(0.5)))
    from dataflow_cli.kernels.gelu import gelu_in_single

    out = np.empty_like(x)
    by_parts(gelu_in_single, x, out)
    return out


def gelu_by_tanh(x: Array) -> Array:
    """`x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`."""
    from dataflow_cli.kernels.gelu import gelu_by_exponential

    if x.dtype.kind != "f":
        x = x.astype(np.result_type(x, np.float32))
    out = np.empty_like(x)
    by_parts(gelu_by_exponential, x, out)
    return out


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), by the exponential of -|x|, which cannot overflow."""
    small = np.exp(-np.abs(x))
    result: Array = np.where(x >= 0, 1, small) / (1 + small)
    return result


def silu(x: Array) -> Array:
    """`x · sigmoid(x)`."""
    return x * sigmoid(x)


def hard_sigmoid(x: Array) -> Array:
    """min(max(x + 3, 0), 6) / 6."""
    result: Array = np.clip(x + 3, 0, 6) / 6
    return result


def hard_silu(x: Array) -> Array:
    """`x · hard_sigmoid(x)`."""
    return x * hard_sigmoid(x)


def tanh(x: Array) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(x)


def softplus(x: Array) -> Array:
    """log(1 + exp(x)), as max(x, 0) + log(1 + exp(-|x|))."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def log_sigmoid(x: Array) -> Array:
    """-log(1 + exp(-x))."""
    return -softplus(-x)


def mish(x: Array) -> Array:
    """`x · tanh(softplus(x))`."""
    result: Array = x * np.tanh(softplus(x))
    return result


def celu(x: Array, alpha: float) -> Array:
    """`x` where it is positive, alpha · (exp(x / alpha) - 1) where it is not."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))


def squareplus(x: Array, b: float) -> Array:
    """(x + sqrt(x² + b)) / 2; below 0 as b / 2 / (sqrt(x² + b) - x), where nothing cancels."""
    root = np.hypot(x, x.dtype.type(math.sqrt(b)))
    below = np.abs(np.minimum(x, 0)) + root
    return np.where(x > 0, x / 2 + root / 2, b / 2 / np.where(below == 0, 1, below))


def sparse_plus(x: Array) -> Array:
    """`x` from 1 on, (x + 1)² / 4 from -1 to 1, 0 below."""
    return np.where(x < 1, np.square(np.clip(x, -1, 1) + 1) / 4, x)  # NaN stays


def tanh_shrink(x: Array) -> Array:
    """`x - tanh(x)`."""
    result: Array = x - np.tanh(x)
    return result


def softsign(x: Array) -> Array:
    """`x / (1 + |x|)`."""
    result: Array = x / (1 + np.abs(x))
    return result


def softmax(x: Array, axes: Sequence[int]) -> Array:
    """exp(x) / Σ exp(x), summed over `axes`; the largest is subtracted first, so nothing overflows."""
    result: Array = x - x.max(axis=tuple(axes), keepdims=True)
    result = np.exp(result, out=result if result.dtype.kind == "f" else None)
    result /= result.sum(axis=tuple(axes), keepdims=True)
    return result


def log_softmax(x: Array, axes: Sequence[int]) -> Array:
    """`x - log(Σ exp(x))`, summed over `axes`; the largest is subtracted first."""
    result: Array = x - x.max(axis=tuple(axes), keepdims=True)
    shifted: Array = result - np.log(np.exp(result).sum(axis=tuple(axes), keepdims=True))
    return shifted


def as_held(x: Array, dtype: str) -> Array:
    """The numbers as a type holds them, in the type that they have: cut off at the ends, whole, or rounded.

    NaN is 0 where there are whole numbers alone.
    """
    if dtype == "bool":
        truth: Array = (x != 0).astype(x.dtype)
        return truth
    if dtype == "bfloat16":
        return _as_bfloat16(x)
    with np.errstate(all="ignore"):
        if dtype.startswith("float"):
            rounded: Array = x.astype(dtype).astype(x.dtype)
            return rounded
        ends = np.iinfo(dtype)
        held: Array = np.clip(np.trunc(x), x.dtype.type(ends.min), x.dtype.type(ends.max))
        return np.where(np.isnan(x), x.dtype.type(0), held)


def as_stored(x: Array, dtype: str) -> Array:
    """The numbers as a type of half precision holds them; whole ones stay."""
    return as_held(x, dtype) if x.dtype.kind == "f" else x


def _as_bfloat16(x: Array) -> Array:
    """Rounded to the nearest number of which 8 bits stay, the even one of two that are as near."""
    with np.errstate(all="ignore"):
        bits = x.astype(np.float32).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
    held: Array = np.where(np.isnan(x), x, rounded.view(np.float32)).astype(x.dtype)
    return held
