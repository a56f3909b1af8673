"""Products of many factors, which a zero makes zero however far they overflowed before they met it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


def product(x: Array, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False) -> Array:
    """The products (as NumPy's) along some axes, or of all; 0 where one of finite factors is 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        result: Array = np.prod(x, axis=axis, keepdims=keepdims)
    lost = np.isnan(result)
    if lost.any():
        nothing = (x == 0).any(axis=axis, keepdims=keepdims)
        sound = np.isfinite(x).all(axis=axis, keepdims=keepdims)
        result = np.where(lost & nothing & sound, x.dtype.type(0), result)
    return result
