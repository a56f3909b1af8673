"""What is done to every tile of a result while it is still in the cache: adding a bias, an activation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dataflow_cli.kernels.elementwise import Function

    Array = NDArray[Any]

Finish = Callable[["Array"], None]
"""Overwrites a tile of a result with what it is to become."""


def finisher(bias: Array | None, activation: Function | None, rows: int = 1) -> Finish:
    """One function that adds a bias (channels,) along the last axis, then applies an activation.

    It is fastest on whole tiles (..., rows, channels).
    """
    if bias is None:
        return _leave if activation is None else partial(_activate, activation)
    return partial(_finish, np.tile(bias, rows), activation)


def _finish(bias: Array, activation: Function | None, tile: Array) -> None:
    if tile.flags.c_contiguous and tile.size % bias.size == 0:
        lines = tile.reshape(-1, bias.size)  # long rows: NumPy's inner loop is one row
        np.add(lines, bias, out=lines)
    else:
        np.add(tile, bias[: tile.shape[-1]], out=tile)
    if activation is not None:
        activation(tile, tile)


def _activate(activation: Function, tile: Array) -> None:
    activation(tile, tile)


def _leave(tile: Array) -> None:
    """Nothing is to be done."""
