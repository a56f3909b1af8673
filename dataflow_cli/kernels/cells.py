"""What a recurrent layer with sigmoid and tanh makes of its sums in a step, in as few calls of NumPy as can be.

The sums of gates are halved: (1 + tanh(x / 2)) / 2 is the sigmoid of x. What the same is done to lies side by side, so
that it is one call on one stretch of memory, in which all steps work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.shapes import Array, Shape

HALF = 0.5


@dataclass(frozen=True, eq=False)
class Cell:
    """The memory of a step, and what is done in it once the sums are there."""

    sums: Array
    """(gates, *shape) of a state, in one piece."""
    step: Callable[[Array, Array], object]
    """Reads the state before a step, and writes the one after it."""
    others: tuple[Array, ...] = ()
    """What beside that state goes from step to step, in place."""


def lstm(shape: Shape, dtype: Any) -> Cell:
    """With the sums of input, forget and output gate, and of the candidate."""
    row = np.empty((5, *shape), dtype)
    size, flat = row[0].size, row.reshape(-1)
    sums, opened, let, kept = flat[: 4 * size], flat[: 3 * size], flat[: 2 * size], flat[3 * size :]
    shown, now, pairs = row[2], flat[4 * size :], np.empty((2, *shape), dtype)
    both, first, second, through = pairs.reshape(-1), pairs[0].reshape(-1), pairs[1].reshape(-1), pairs[0]
    halves = np.full_like(opened, HALF)
    tanh, multiply, add = np.tanh, np.multiply, np.add

    def step(_: Array, after: Array) -> None:
        tanh(sums, sums)
        multiply(opened, halves, opened)
        add(opened, halves, opened)
        multiply(let, kept, both)
        add(first, second, now)
        tanh(now, first)
        multiply(through, shown, after)

    return Cell(row[:4], step, (row[4],))


def gru(shape: Shape, dtype: Any) -> Cell:
    """With the sums of update and reset gate, and what states and inputs give to the candidate: the reset gate is
    applied to the first of these.
    """
    row, apart = np.empty((4, *shape), dtype), np.empty(shape, dtype)
    size, flat = apart.size, row.reshape(-1)
    gates, reset, given, new = (flat[first * size : stop * size] for first, stop in ((0, 2), (1, 2), (2, 3), (3, 4)))
    update, candidate, halves = row[0], row[3], np.full_like(gates, HALF)
    tanh, multiply, add, subtract = np.tanh, np.multiply, np.add, np.subtract

    def step(before: Array, after: Array) -> None:
        tanh(gates, gates)
        multiply(gates, halves, gates)
        add(gates, halves, gates)
        multiply(given, reset, given)
        add(new, given, new)
        tanh(new, new)
        subtract(before, candidate, apart)
        multiply(apart, update, apart)
        add(apart, candidate, after)

    return Cell(row, step)
