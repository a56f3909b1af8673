"""What everything that computes is written in: the shapes of samples, and arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Arrays = Sequence[Array]
    Parameters = Mapping[str, Array]
    """The parameters of one layer, by name."""

Shape = tuple[int, ...]
Shapes = Sequence[Shape]


def written(shape: Sequence[int]) -> str:
    """A shape as people write it: `(28, 28, 1)`, `(10,)`."""
    return f"({shape[0]},)" if len(shape) == 1 else "(" + ", ".join(map(str, shape)) + ")"
