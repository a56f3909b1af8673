"""Asks a classifier of two values all over the plane that they span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.lazy import np
from dataflow_cli.run.recorder import run
from dataflow_cli.sizes import computed_in
from dataflow_cli.trace.prediction import classes_of, classified
from dataflow_cli.trace.regions import Regions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.network.model import Network
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.regions import Corner
    from dataflow_cli.weights.model import Weights

STEPS = 240
"""Cells of the grid along each axis."""
_ROWS = 16
"""Rows of the grid that go through the network at once."""


def decision_regions(
    network: Network, weights: Weights, low: Corner, high: Corner, *, dtype: str, steps: int = STEPS
) -> Regions | None:
    """The classes between two corners; None if the network is no classifier of two values alone.

    Raises LimitError if so many samples as go through at once would not fit into memory.
    """
    if len(network.inputs) != 1 or network.inputs[0].shape != (2,):
        return None
    (spec,) = network.inputs
    batches = ({spec.name: rows} for rows in _grid(low, high, dtype, steps))
    try:
        trace = classified(run(network, weights, batches))
    except InputError:
        return None
    return Regions(low, high, classes_of(trace).reshape(steps, steps))


def _grid(low: Corner, high: Corner, dtype: str, steps: int) -> Iterator[Array]:
    """The middles of the cells (n, 2), some rows at a time, from the upper left."""
    part = (np.arange(steps) + 0.5) / steps
    across, up = (start * (1 - part) + end * part for start, end in zip(low, high, strict=True))
    for first in range(0, steps, _ROWS):
        rows = up[::-1][first : first + _ROWS]
        cells = np.stack(np.meshgrid(across, rows), axis=-1)
        yield cells.reshape(-1, 2).astype(computed_in(dtype))
