"""A long short-term memory whose states are pictures. Arrays have the steps in front: (steps, n, *positions, filters).

What the inputs of all steps give, a convolution, is worked out before; a step adds what the state before it gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.kernels.recurrent import Functions
    from dataflow_cli.shapes import Array

GATES = 4


def conv_lstm(
    sums: Array,
    carried: Callable[[Array], Array],
    before: Sequence[Array],
    functions: Functions,
    held: Array | None = None,
) -> list[Array]:
    """Input gate, forget gate, candidate, output gate, cell and hidden state by step, from sums (..., 4 filters).

    `carried` gives what a state adds to the sums of the next step; `before` are the hidden state and the cell before
    the first. Where `held` (steps, n, 1, ...) says so, a step is padding and hands its states on.
    """
    filters = sums.shape[-1] // GATES
    found = [np.empty((*sums.shape[:-1], filters), sums.dtype) for _ in range(GATES + 2)]
    hidden, cell = before
    for step, given in enumerate(sums):
        gates = given + carried(hidden)
        *opened, cells, hiddens = (one[step] for one in found)
        for number, (gate, part) in enumerate(zip(opened, np.split(gates, GATES, axis=-1), strict=True)):
            gate[...] = part
            (functions.state if number == 2 else functions.gate)(gate, gate)
        entered, kept, candidate, shown = opened
        np.multiply(kept, cell, out=cells)
        cells += entered * candidate
        functions.state(cells, hiddens)
        hiddens *= shown
        if held is not None:
            np.copyto(cells, cell, where=held[step])
            np.copyto(hiddens, hidden, where=held[step])
        hidden, cell = hiddens, cells
    return found
