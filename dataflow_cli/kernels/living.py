"""Which units of a tensor put out anything but zero: exact, found tile by tile, and cheap once all have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.running.scratch import block_of
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array


FEW = 4
"""So many units are faster looked at one by one."""


class Living:
    """The units of a tensor (..., units) that were seen to put out another number than zero. NaN is one."""

    def __init__(self, units: int) -> None:
        self.alive: Array = np.zeros(units, bool)

    def look(self, tile: Array, start: int = 0, *, negative: bool = True) -> None:
        """See a tile whose last axis are units from `start` on; `negative`: numbers below zero may be among them.

        Several threads may look at once: none takes back what another one found.
        """
        part = self.alive[start : start + tile.shape[-1]]
        left = np.flatnonzero(~part)
        if not (tile.size and len(left)):
            return
        rows = tile.reshape(-1, tile.shape[-1])
        if len(left) <= FEW:
            part[[unit for unit in left if rows[:, unit].any()]] = True
        else:
            part[_anything(rows, negative=negative)] = True


def _anything(rows: Array, *, negative: bool) -> Array:
    """Which of the units (units,) have another number than zero in any of the rows."""
    if len(rows) == 1:
        single: Array = rows[0] != 0
        return single
    ones = block_of(1, rows.dtype)[: len(rows)]
    if not negative and len(ones) == len(rows):
        summed: Array = np.dot(ones, rows) != 0  # of numbers from 0 on no sum vanishes; a product is faster than `any`
        return summed
    found: Array = np.maximum.reduce(rows, axis=0) != 0
    if not found.all():
        found |= np.minimum.reduce(rows, axis=0) != 0
    return found
