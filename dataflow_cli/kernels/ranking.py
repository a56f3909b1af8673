"""The order of numbers, NaN among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


def ranked(numbers: Array) -> Array:
    """The places along the last axis, NaN first, then the largest number, of equals the first.

    NaN leads because whoever looks at the first few must not miss it. Nothing is negated: unsigned numbers cannot be.
    """
    backwards: Array = np.argsort(numbers[..., ::-1], axis=-1, kind="stable")[..., ::-1]
    order: Array = numbers.shape[-1] - 1 - backwards
    return order
