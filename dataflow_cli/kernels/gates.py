"""What recurrent layers with sigmoid and tanh do step by step for many samples that go along the sequence together.

What the inputs and the state give to the gates of a step is one product, of both beside each other with both kernels on
top of each other, in panels. Gates lie one after the other, (gates, n, units), so that what is done to several is one
call. The sums of gates are halved: (1 + tanh(x / 2)) / 2 is the sigmoid of x.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.kernels.panels import FEWEST_ROWS, SMALL, WIDTH, divides, in_panels
from dataflow_cli.kernels.running.epilogue import Epilogue
from dataflow_cli.kernels.running.job import Job
from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.kernels.running.packed import PackedWeights
    from dataflow_cli.shapes import Array

HALF = 0.5
Gates = tuple[tuple[int, float], ...]
"""Which gates of a kernel, in what order, and what their sums are multiplied by."""
LSTM: Gates = ((0, HALF), (1, HALF), (3, HALF), (2, 1.0))
"""Input, forget and output gate, which are sigmoids, and the candidate."""
GRU: Gates = ((0, HALF), (1, HALF))
"""Update and reset gate."""
CANDIDATE: Gates = ((2, 1.0),)


def pays(samples: int, features: int, units: int, engine: Engine | None) -> bool:
    """Whether so many samples at a time are enough, and kernels are kept, whose products are small."""
    if engine is None or not engine.packed.keep or samples < FEWEST_ROWS:
        return False
    return divides(units) and samples * (features + units) * WIDTH <= SMALL


def job(
    task: Callable[[slice], None],
    samples: int,
    each: int,
    stages: Stages,
    out: Array,
    *,
    engine: Engine | None,
    operations: int,
) -> Job:
    """A task that fills `out` (n, ..., units) for so many samples at a time, and what is done to them then."""
    epilogue = Epilogue(stages, out)
    pieces = [slice(start, min(start + each, samples)) for start in range(0, samples, max(each, 1))]
    return Job(engine, out, [epilogue.after(partial(task, some), (some,)) for some in pieces], operations)


def lstm(
    x: Array, kernels: Sequence[Array], bias: Array | None, before: Sequence[Array], packed: PackedWeights
) -> Array:
    """The states (steps, n, units) of inputs (n, steps, features), from the hidden state and the cell before.

    They are in scratch. All arrays are of one type.
    """
    hidden, cell_before = before
    samples, units = hidden.shape
    kernel, added = _panels(kernels, LSTM, units, packed), _spread(bias, LSTM, samples, units)
    rows = np.empty((5, samples, units), x.dtype)
    gates, opened, let, kept, shown, cell = rows[:4], rows[:3], rows[:2], rows[3:], rows[2], rows[4]
    halves, pairs, sums = np.full_like(opened, HALF), np.empty_like(let), _by_panel(gates)
    cell[...] = cell_before
    both, states = _along(x, hidden)
    for inputs, state in zip(both, states[1:], strict=True):
        np.matmul(inputs, kernel, sums)
        if added is not None:
            np.add(gates, added, gates)
        np.tanh(gates, gates)
        np.multiply(opened, halves, opened)
        np.add(opened, halves, opened)
        np.multiply(let, kept, pairs)
        np.add(pairs[0], pairs[1], cell)
        np.multiply(np.tanh(cell, pairs[0]), shown, state)
    return states[1:]


def gru(x: Array, kernels: Sequence[Array], biases: Array | None, before: Array, packed: PackedWeights) -> Array:
    """The same of a layer whose reset gate is applied after the product; `biases` are those of inputs and of states."""
    samples, units = before.shape
    features = x.shape[-1]
    of_gates = _panels(kernels, GRU, units, packed)
    of_inputs, of_states = (_panels([kernel], CANDIDATE, units, packed) for kernel in kernels)
    rows = np.empty((4, samples, units), x.dtype)
    gates, update, reset, new, given = rows[:2], rows[0], rows[1], rows[2], rows[3]
    sums, sums_of_inputs, sums_of_states = (_by_panel(some) for some in (gates, rows[2:3], rows[3:]))
    added = _of_gru(biases, samples, units)
    halves, apart = np.full_like(gates, HALF), np.empty_like(new)
    both, states = _along(x, before)
    for inputs, state, after in zip(both, states[:-1], states[1:], strict=True):
        np.matmul(inputs, of_gates, sums)
        np.matmul(inputs[:, :features], of_inputs, sums_of_inputs)
        np.matmul(state, of_states, sums_of_states)
        if added is not None:
            np.add(rows, added, rows)
        np.tanh(gates, gates)
        np.multiply(gates, halves, gates)
        np.add(gates, halves, gates)
        np.multiply(given, reset, given)
        np.add(new, given, new)
        np.tanh(new, new)
        np.subtract(state, new, apart)
        np.multiply(apart, update, apart)
        np.add(apart, new, after)
    return states[1:]


def _along(x: Array, state: Array) -> tuple[Iterator[Array], Array]:
    """By step its inputs with the state before beside them, (n, features + units); and where the states go, the first
    of which is there: (steps + 1, n, units).
    """
    samples, steps, features = x.shape
    both = scratch("inputs beside states", (steps + 1, samples, features + state.shape[-1]), x.dtype)
    both[:-1, :, :features] = x.swapaxes(0, 1)
    states = both[..., features:]
    states[0] = state
    return iter(both[:-1]), states


def _of_gru(biases: Array | None, samples: int, units: int) -> Array | None:
    """What is added to the gates' sums, and to what inputs and states give to the candidate: (4, n, units)."""
    if biases is None:
        return None
    first, second = biases
    parts = (first + second, GRU), (first, CANDIDATE), (second, CANDIDATE)
    return np.concatenate([_spread(bias, gates, samples, units) for bias, gates in parts])


def _spread(bias: Array | None, gates: Gates, samples: int, units: int) -> Array | None:
    """Biases (gates · units,) for all samples: (gates, n, units)."""
    if bias is None:
        return None
    return np.repeat(np.stack(list(_parts(bias, gates, units)))[:, np.newaxis], samples, axis=1)


def _panels(kernels: Sequence[Array], gates: Gates, units: int, packed: PackedWeights) -> Array:
    """Kernels (inputs, columns) on top of each other, gate by gate in panels: (gates, panels, inputs, WIDTH)."""
    inputs = sum(map(len, kernels))

    def fill(made: Array) -> None:
        for number, part in enumerate(_parts(np.concatenate(kernels), gates, units)):
            made[number] = in_panels(part)

    form = f"gates {gates} beside {kernels[0].ctypes.data}"
    return packed.get(form, kernels[-1], (len(gates), units // WIDTH, inputs, WIDTH), fill)


def _parts(array: Array, gates: Gates, units: int) -> Iterator[Array]:
    """The columns (..., units) of the gates, multiplied as they are to be."""
    for gate, scale in gates:
        yield array[..., gate * units : (gate + 1) * units] * array.dtype.type(scale)


def _by_panel(gates: Array) -> Array:
    """A view (gates, panels, n, WIDTH) of (gates, n, units)."""
    count, samples, units = gates.shape
    return gates.reshape(count, samples, units // WIDTH, WIDTH).swapaxes(1, 2)
