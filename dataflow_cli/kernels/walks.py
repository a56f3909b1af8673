"""Recurrent layers step by step: what gives the sums of every step, for which a cell has memory, and so the states.

For many samples that is a product of inputs and states beside each other; a 1 beside them makes a bias one more row of
the kernel. For one sample, whose product is bound by reading the kernel, what the inputs of all steps give is worked
out before, and added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.kernels.cells import Cell
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.shapes import Array

    Walk = Callable[[Sequence[Array]], Array]
    """From the states before the first step, (n, units) each, to those after every step, (steps, n, units)."""
    Product = tuple[slice, Array, Array]
    """Which columns of a step's rows meet a kernel in panels, and a view by panel of where the product goes."""


def together(x: Array, both: Array, products: Sequence[Product], cell: Cell) -> Walk:
    """Many samples (n, steps, features); `both` is memory (n, steps + 1, 1 + features + units + 1)."""
    features = x.shape[-1]
    rows = both.swapaxes(0, 1)
    states = rows[..., features + 1 : -1]
    matmul, step = np.matmul, cell.step

    def walk(before: Sequence[Array]) -> Array:
        both[..., 0] = both[..., -1] = 1
        both[:, :-1, 1 : features + 1] = x
        _begin(before, (states[0], *cell.others))
        for some, state, after in zip(rows[:-1], states[:-1], states[1:], strict=True):
            for columns, panels, sums in products:
                matmul(some[:, columns], panels, sums)
            step(state, after)
        return states[1:]

    return walk


def alone(outer: Job, kernel: Array, states: Array, cell: Cell) -> Walk:
    """One sample, whose inputs give `outer` (steps, columns); its states go to `states` (steps, units).

    The product of the state before gives something to the first columns, as many as the `kernel` has.
    """
    sums = cell.sums.reshape(-1)
    inner, first = np.zeros_like(sums), np.empty_like(states[0])
    given = inner[: kernel.shape[1]]
    dot, add, step = np.dot, np.add, cell.step

    def walk(before: Sequence[Array]) -> Array:
        _begin(before, (first, *cell.others))
        state = first
        for some, after in zip(outer.done(), states, strict=True):
            dot(state, kernel, given)
            add(inner, some, sums)
            step(state, after)
            state = after
        return states[:, np.newaxis]

    return walk


def _begin(before: Sequence[Array], places: Sequence[Array]) -> None:
    for place, given in zip(places, before, strict=True):
        place[...] = given
