"""Recurrent layers with sigmoid and tanh as work that is bound once: their kernels in the order that cells want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels import cells
from dataflow_cli.kernels.dense import dense_job
from dataflow_cli.kernels.panels import FEWEST_ROWS, SMALL, WIDTH, divides, in_panels
from dataflow_cli.kernels.recurrent import SAMPLES
from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.kernels.running.epilogue import Epilogue, Stage
from dataflow_cli.kernels.running.job import Job
from dataflow_cli.kernels.walks import alone, together
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.epilogue import Stages
    from dataflow_cli.kernels.running.task import Task
    from dataflow_cli.kernels.walks import Product, Walk
    from dataflow_cli.shapes import Array, Shape

HALF = cells.HALF
Gates = tuple[tuple[int, float], ...]
"""Which gates of a kernel, in what order, and what their sums are multiplied by."""
LSTM: Gates = ((0, HALF), (1, HALF), (3, HALF), (2, 1.0))
"""Input, forget and output gate, which are sigmoids, and the candidate."""
GRU: Gates = ((0, HALF), (1, HALF))
"""Update and reset gate."""
CANDIDATE: Gates = ((2, 1.0),)
NOTHING: Gates = ((2, 0.0),)
"""Zeros in the place of a candidate."""


def pays(samples: int, features: int, units: int, engine: Engine | None) -> bool:
    """Whether it is for so many samples: for one; for many where kernels are kept, whose products are small then."""
    if samples == 1:
        return True
    if engine is None or not engine.packed.keep or samples < FEWEST_ROWS:
        return False
    return divides(units) and min(samples, SAMPLES) * (features + units + 2) * WIDTH <= SMALL


def pieces(samples: int, engine: Engine | None) -> list[slice]:
    """Which samples go along the sequence together: SAMPLES at most, and so few that all threads have something to do.

    What becomes of one depends on none of the others; only one by itself is worked out in another way.
    """
    threads = 1 if engine is None else engine.threads
    count = max(-(-samples // SAMPLES), min(threads, samples // FEWEST_ROWS), 1)
    return [slice(samples * number // count, samples * (number + 1) // count) for number in range(count)]


def job(
    task: Callable[[slice], Task],
    pieces: Sequence[slice],
    stages: Stages,
    out: Array,
    *,
    engine: Engine | None,
    operations: int,
) -> Job:
    """Tasks that fill `out` (n, ..., units) for some samples each, and what is done to these then."""
    epilogue = Epilogue(stages, out)
    return Job(engine, out, [epilogue.after(task(some), (some,)) for some in pieces], operations)


@dataclass(frozen=True, eq=False)
class Along:
    """What a layer goes along, and what it has learned: arrays of one type."""

    x: Array
    """(n, steps, features)"""
    kernels: tuple[Array, Array]
    """Of the inputs and of the states: (features, gates · units), (units, gates · units)."""
    biases: tuple[Array | None, Array | None]
    """Of the inputs, and what the states have of their own: (gates · units,)."""
    engine: Engine | None = None
    states: Array | None = None
    """Where those of one sample go, (steps, units), if that is anywhere."""
    number: int = 0
    """No two that are done side by side have the same: each has memory of its own."""

    @property
    def _keeping(self) -> Engine:
        return self.engine or PLAIN_ENGINE

    @property
    def units(self) -> int:
        """Numbers of a state."""
        return len(self.kernels[1])

    @property
    def shape(self) -> Shape:
        """That of a state of all samples."""
        return (self.units,) if len(self.x) == 1 else (len(self.x), self.units)

    def beside(self, array: Array, gates: Gates) -> Array:
        """The columns (..., gates · units) of these gates, multiplied as they are to be."""
        return np.concatenate(list(self._parts(array, gates)), axis=-1)

    def panels(self, gates: Gates, parts: Sequence[Array | None]) -> Array:
        """Kernels (inputs, columns) and biases (columns,) on top of each other, gate by gate in panels: (gates, panels,
        all rows, WIDTH). A bias that is not there is zeros.
        """
        kernel = self.kernels[0]
        none = np.zeros(kernel.shape[1], kernel.dtype)
        rows = [np.atleast_2d(none if part is None else part) for part in parts]

        def fill(made: Array) -> None:
            for number, columns in enumerate(self._parts(np.concatenate(rows), gates)):
                made[number] = in_panels(columns)

        places = [0 if part is None else part.ctypes.data for part in parts]
        shape = (len(gates), self.units // WIDTH, sum(map(len, rows)), WIDTH)
        return self._keeping.packed.get(f"gates {gates} of {places}", kernel, shape, fill)

    def _parts(self, array: Array, gates: Gates) -> Iterator[Array]:
        for gate, scale in gates:
            part = array[..., gate * self.units : (gate + 1) * self.units]
            yield part * array.dtype.type(scale) if scale else np.zeros_like(part)

    def alone(self, gates: tuple[Gates, Gates], bias: Array | None, cell: cells.Cell) -> Walk:
        """The walk of one sample. Its inputs give something to the first gates, its states to the second."""
        x, (outer, inner) = self.x[0], map(self.beside, self.kernels, gates)
        stages = () if bias is None else (Stage(shift=bias),)
        rows = np.ascontiguousarray(x)
        out = self._keeping.memory("sums by step", (len(x), outer.shape[1]), x.dtype)
        given = dense_job(rows, outer, stages, out, engine=self.engine)
        states = np.empty((len(x), self.units), x.dtype) if self.states is None else self.states
        return alone(given, inner, states, cell)

    def together(self, products: Sequence[Product], cell: cells.Cell) -> Walk:
        """The walk of many."""
        samples, steps, features = self.x.shape
        name, shape = f"inputs beside states {self.number}", (samples, steps + 1, features + self.units + 2)
        return together(self.x, self._keeping.memory(name, shape, self.x.dtype), products, cell)


def lstm(along: Along) -> Walk:
    """From the hidden state and the cell before."""
    cell, bias = cells.lstm(along.shape, along.x.dtype), along.biases[0]
    if len(along.x) == 1:
        return along.alone((LSTM, LSTM), None if bias is None else along.beside(bias, LSTM), cell)
    panels = along.panels(LSTM, [bias, *along.kernels])
    return along.together([(slice(None, -1), panels, in_panels(cell.sums))], cell)


def gru(along: Along) -> Walk:
    """From the hidden state before; the reset gate is applied after the product."""
    cell, (first, second) = cells.gru(along.shape, along.x.dtype), along.biases
    if len(along.x) == 1:
        bias = None
        if first is not None and second is not None:
            parts = (first + second, GRU), (second, CANDIDATE), (first, CANDIDATE)
            bias = np.concatenate([along.beside(*part) for part in parts])
        return along.alone((GRU + NOTHING + CANDIDATE, GRU + CANDIDATE), bias, cell)
    inputs, states = along.kernels
    from_states = along.x.shape[-1] + 1
    products = [
        (slice(None), along.panels(GRU, [first, inputs, states, second]), in_panels(cell.sums[:2])),
        (slice(None, from_states), along.panels(CANDIDATE, [first, inputs]), in_panels(cell.sums[3:])),
        (slice(from_states, None), along.panels(CANDIDATE, [states, second]), in_panels(cell.sums[2:3])),
    ]
    return along.together(products, cell)
