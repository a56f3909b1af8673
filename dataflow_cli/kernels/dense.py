"""Matrix products with a bias."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


def dense(x: Array, kernel: Array, bias: Array | None = None) -> Array:
    """`x` (..., inputs) times `kernel` (inputs, units) plus `bias` (units,): (..., units)."""
    rows = x.reshape(-1, x.shape[-1])
    result = rows @ kernel
    if bias is not None:
        result += bias
    return result.reshape(*x.shape[:-1], kernel.shape[-1])
