"""Which places of a tensor are rounded by themselves: under equal windows, as of a blank background, all are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


def distinct(wanted: Array, axis: int) -> tuple[Array, Array]:
    """Of places that have the same channels the first, and how many there are of it.

    `wanted` is what float64 makes of a layer's inputs, (N, *shape), with its channels on `axis`; places are counted
    through all samples, last axis first. A place is told by one number made of all its channels, with so many digits
    as another order of the same sum leaves.
    """
    places = np.moveaxis(wanted, axis, -1).reshape(-1, wanted.shape[axis])
    with np.errstate(all="ignore"):
        told = places @ np.random.default_rng(0).uniform(0.5, 1, places.shape[1])
        _, first, counts = np.unique(told.astype(np.float32), return_index=True, return_counts=True)
    return first, counts


def independent(wanted: Array, axis: int) -> float:
    """How many places are rounded independently: those that are alike are one draw of chance, and not many."""
    _, counts = distinct(wanted, axis)
    return float(counts.sum() ** 2 / (counts**2).sum())
