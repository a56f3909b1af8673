"""Numbers counted in bins of one width, as far as floating point tells one edge from the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


def binned(values: Array, low: float, high: float, count: int) -> tuple[Array, Array]:
    """How many of some finite numbers, all from `low` to `high`, lie in each bin, and the edges of the bins.

    There are `count` of them, fewer where so many edges are no different numbers: between 1/3 and the next one.
    """
    halves = np.linspace(low / 2, high / 2, count + 1)  # the whole width may overflow
    edges = np.unique(np.clip([low, *(2 * halves[1:-1]), high], low, high))
    return np.histogram(values, edges)
