"""What recurrent layers do step by step. Arrays have the steps in front, (steps, n, ...): one step lies in one piece.

What the inputs of all steps give, a matrix product, is worked out before; a step adds what the state before it gives.
Where `held` (steps, n, 1) says so, a step is padding and hands the state before it on.

A step takes so few operations of so few numbers that calling NumPy is most of what it costs. So all steps work in the
same memory, a row with all tensors of a step side by side, which every call is bound to once. What is wanted of a row
is copied to the result: its last columns, as many as the result has.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.dense import dense_job
from dataflow_cli.kernels.panels import multiplier
from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.kernels.running.epilogue import Stage
from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.task import Function, Task
    from dataflow_cli.shapes import Array

SAMPLES = 32
"""Samples that go along the sequence together: so many rows keep a matrix product busy."""


@dataclass(frozen=True, eq=False)
class Functions:
    """What is applied to the sums of gates, and to those of candidates and states."""

    gate: Function
    state: Function
    smooth: bool = False
    """Whether they are the sigmoid and the hyperbolic tangent: (1 + tanh(x / 2)) / 2 is the sigmoid, so that one call
    does all gates of a step. The sums of gates are halved for that."""


class Times:
    """Multiplies the states of `samples` samples at most by a kernel (units, columns)."""

    def __init__(self, kernel: Array, samples: int, engine: Engine | None = None) -> None:
        packed = (engine or PLAIN_ENGINE).packed
        self._kernel = kernel
        self._multiplier = multiplier(kernel, slice(0, kernel.shape[-1]), min(samples, SAMPLES), packed)

    def task(self, state: Array, out: Array) -> Task:
        """Fills `out` with the product, whatever the state is then."""
        if state.ndim == 1:
            return partial(np.dot, state, self._kernel, out)
        return self._multiplier.task(state, out)


class _Row:
    """The memory of a step: (n, columns · units), or (columns · units,) for one sample, as NumPy is faster then."""

    def __init__(self, sums: Array, columns: int, units: int) -> None:
        front = sums.shape[1:-1] if sums.ndim > 2 else ()
        self.whole = np.empty((*front, columns * units), sums.dtype)
        self.given = np.empty((*front, sums.shape[-1]), sums.dtype)
        """What the state before gives to the sums."""
        self.blocks = self.whole.reshape(*front, columns, units)
        self._units = units

    def __call__(self, first: int, stop: int) -> Array:
        """Some tensors side by side."""
        return self.whole[..., first * self._units : stop * self._units]

    def walk(
        self,
        sums: Array,
        enter: Callable[[Array], object],
        tasks: Sequence[Task],
        out: Array,
        *,
        states: Array,
        held: Array | None,
    ) -> None:
        """All steps: `enter` takes the sums of a step in, the `tasks` change what is in the row, and its last columns
        come out. Where a step is held, `states`, a part of the row, are again as they were.
        """
        found = self.whole[..., self.whole.shape[-1] - out.shape[-1] :]
        before = states.copy()
        for step, (some, place) in enumerate(zip(sums, out, strict=True)):
            enter(some)
            for task in tasks:
                task()
            if held is not None:
                np.copyto(states, before, where=held[step])
                np.copyto(before, states)
            place[...] = found


def projected(x: Array, kernel: Array, bias: Array | None, engine: Engine | None = None) -> Array:
    """`x` (n, steps, features) times `kernel` (features, columns) plus `bias`: (steps, n, columns), in scratch."""
    samples, steps, features = x.shape
    rows = np.ascontiguousarray(x.swapaxes(0, 1)).reshape(steps * samples, features)
    stages = () if bias is None else (Stage(shift=bias),)
    out = scratch("sums by step", (steps * samples, kernel.shape[-1]), np.result_type(x, kernel))
    return dense_job(rows, kernel, stages, out, engine=engine).done().reshape(steps, samples, -1)


def halved(array: Array, units: int, engine: Engine | None = None) -> Array:
    """A kernel or biases (..., columns) that give half of every sum but the third, the candidate's."""

    def fill(made: Array) -> None:
        np.multiply(array, _but_candidate(0.5, 1, array.shape[-1], units, array.dtype), out=made)

    if array.ndim > 1 and engine is not None and engine.packed.keep:
        return engine.packed.get("halved", array, array.shape, fill)
    made = np.empty_like(array)
    fill(made)
    return made


def along(task: Callable[[slice], None], samples: int, operations: int, engine: Engine | None = None) -> None:
    """A task for some samples at a time, done for all of them."""
    pieces = [slice(start, min(start + SAMPLES, samples)) for start in range(0, samples, SAMPLES)]
    (engine or PLAIN_ENGINE).spread([partial(task, some) for some in pieces], operations)


def simple_rnn(
    sums: Array, times: Times, before: Array, function: Function, out: Array, *, held: Array | None = None
) -> None:
    """Sums (steps, n, units) become states: function(sums + state before · kernel)."""
    sums, out, held, (before,) = _alone(sums, out, held, (before,))
    row = _Row(sums, 1, sums.shape[-1])
    state = row.whole
    state[...] = before
    enter = _entering(times.task(state, row.given), row.given, state)
    row.walk(sums, enter, [partial(function, state, state)], out, states=state, held=held)


def lstm(
    sums: Array,
    times: Times,
    before: Sequence[Array],
    functions: Functions,
    out: Array,
    *,
    held: Array | None = None,
) -> None:
    """Sums (steps, n, 4 units) become input gate, forget gate, candidate, output gate, cell and hidden state.

    `before` is the hidden state and the cell before the first step, (n, units) each.
    """
    sums, out, held, (hidden, cell) = _alone(sums, out, held, before)
    units = sums.shape[-1] // 4
    row = _Row(sums, 6, units)
    gates, cells, hiddens, states = row(0, 4), row(4, 5), row(5, 6), row(4, 6)
    cells[...], hiddens[...] = cell, hidden
    pairs = np.empty_like(row.blocks[..., :2, :])
    tasks: list[Task] = [
        *_opened(functions, gates, slice(2 * units, 3 * units)),
        partial(np.multiply, row.blocks[..., :2, :], row.blocks[..., 2:5:2, :], pairs),
        partial(np.add, pairs[..., 0, :], pairs[..., 1, :], cells),
        partial(functions.state, cells, hiddens),
        partial(np.multiply, hiddens, row(3, 4), hiddens),
    ]
    enter = _entering(times.task(hiddens, row.given), row.given, gates)
    row.walk(sums, enter, tasks, out, states=states, held=held)


def gru(
    sums: Array,
    times: Sequence[Times],
    before: Array,
    functions: Functions,
    out: Array,
    *,
    bias: Array | None = None,
    held: Array | None = None,
) -> None:
    """Sums (steps, n, 3 units) become update gate, reset gate, candidate and hidden state; the reset gate is applied
    after the matrix product, to whose part for the candidate the third part of `bias` (3 units,) is added.

    `before` (n, units) is the hidden state before the first step.
    """
    sums, out, held, (hidden,) = _alone(sums, out, held, (before,))
    units = sums.shape[-1] // 3
    row = _Row(sums, 5, units)
    gates, resets, candidates, hiddens = row(1, 3), row(2, 3), row(3, 4), row(4, 5)
    hiddens[...] = hidden
    given = row.given[..., 2 * units :]
    tasks: list[Task] = [
        times[0].task(hiddens, row.given),
        partial(np.add, gates, row.given[..., : 2 * units], gates),
        *_opened(functions, gates, slice(0, 0)),
        *([] if bias is None else [partial(np.add, given, bias[2 * units :], given)]),
        partial(np.multiply, given, resets, given),
        partial(np.add, candidates, given, candidates),
        *_moved(functions, row),
    ]
    row.walk(sums, partial(row(1, 4).__setitem__, ...), tasks, out, states=hiddens, held=held)


def gru_reset_before(
    sums: Array,
    times: Sequence[Times],
    before: Array,
    functions: Functions,
    out: Array,
    *,
    held: Array | None = None,
) -> None:
    """The same with the reset gate applied to the state, before the matrix product; `times` are those of the gates, and
    of the candidate.
    """
    sums, out, held, (hidden,) = _alone(sums, out, held, (before,))
    units = sums.shape[-1] // 3
    row = _Row(sums, 5, units)
    gates, candidates, hiddens = row(1, 3), row(3, 4), row(4, 5)
    hiddens[...] = hidden
    of_gates, given, shown = np.empty_like(gates), np.empty_like(hiddens), np.empty_like(hiddens)
    tasks: list[Task] = [
        times[0].task(hiddens, of_gates),
        partial(np.add, gates, of_gates, gates),
        *_opened(functions, gates, slice(0, 0)),
        partial(np.multiply, row(2, 3), hiddens, shown),
        times[1].task(shown, given),
        partial(np.add, candidates, given, candidates),
        *_moved(functions, row),
    ]
    row.walk(sums, partial(row(1, 4).__setitem__, ...), tasks, out, states=hiddens, held=held)


def _alone(
    sums: Array, out: Array, held: Array | None, before: Sequence[Array]
) -> tuple[Array, Array, Array | None, Sequence[Array]]:
    """All of them without the axis of samples, if there is one sample."""
    if sums.shape[1] != 1:
        return sums, out, held, before
    return sums[:, 0], out[:, 0], None if held is None else held[:, 0], [state[0] for state in before]


def _entering(multiply: Task, given: Array, to: Array) -> Callable[[Array], object]:
    """What makes of the sums over a step's inputs, and of what the states give, the sums of the step."""
    add = np.add

    def enter(sums: Array) -> None:
        multiply()
        add(given, sums, to)

    return enter


def _opened(functions: Functions, gates: Array, candidate: slice) -> list[Task]:
    """What makes gates, and the candidate between them, of their sums."""
    if functions.smooth:
        width = gates.shape[-1]
        scale, shift = np.full(width, 0.5, gates.dtype), np.full(width, 0.5, gates.dtype)
        scale[candidate], shift[candidate] = 1, 0
        return [
            partial(np.tanh, gates, gates),
            partial(np.multiply, gates, scale, gates),
            partial(np.add, gates, shift, gates),
        ]
    parts = [gates[..., : candidate.start], gates[..., candidate.stop :]]
    found: list[Task] = [partial(_overwritten, functions.gate, part) for part in parts if part.size]
    some = gates[..., candidate]
    return [*found, partial(_overwritten, functions.state, some)] if some.size else found


def _moved(functions: Functions, row: _Row) -> list[Task]:
    """What makes of a row's 1 to 4, update gate, reset gate, candidate's sum and state, the candidate and the state
    after the step: update · before + (1 - update) · candidate. Row 0 is free.
    """
    ones, products = np.ones_like(row(0, 1)), np.empty_like(row.blocks[..., :2, :])
    candidates = row(3, 4)
    return [
        partial(np.tanh, candidates, candidates)
        if functions.smooth
        else partial(_overwritten, functions.state, candidates),
        partial(np.subtract, ones, row(1, 2), row(0, 1)),
        partial(np.multiply, row.blocks[..., :2, :], row.blocks[..., 3:, :], products),
        partial(np.add, products[..., 0, :], products[..., 1, :], row(4, 5)),
    ]


def _but_candidate(value: float, there: float, columns: int, units: int, dtype: Any) -> Array:
    """A number for every column, and another one for the third part of them."""
    found: Array = np.full(columns, value, dtype)
    found[2 * units : 3 * units] = there
    return found


def _overwritten(function: Function, part: Array) -> None:
    """A function of a part that does not lie in one piece."""
    whole = np.ascontiguousarray(part)
    function(whole, whole)
    part[...] = whole
