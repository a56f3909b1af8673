"""What recurrent layers do step by step. Arrays have the steps in front, (steps, n, ...): one step lies in one piece.

What the inputs of all steps give, a matrix product, is worked out before; a step adds what the state before it gives.
Where `held` (steps, n, 1) says so, a step is padding and hands the state before it on.
Everything is overwritten in place: what goes in as the sums of the gates comes out as the gates.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dataflow_cli.kernels.dense import dense_job
from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.kernels.running.epilogue import Stage
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.task import Function
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
    does all gates of a step."""


def projected(x: Array, kernel: Array, bias: Array | None, engine: Engine | None = None) -> Array:
    """`x` (n, steps, features) times `kernel` (features, columns) plus `bias`: (steps, n, columns)."""
    samples, steps, features = x.shape
    rows = np.ascontiguousarray(x.swapaxes(0, 1)).reshape(steps * samples, features)
    stages = () if bias is None else (Stage(shift=bias),)
    return dense_job(rows, kernel, stages, engine=engine).done().reshape(steps, samples, -1)


def along(task: Callable[[slice], None], samples: int, operations: int, engine: Engine | None = None) -> None:
    """A task for some samples at a time, done for all of them."""
    pieces = [slice(start, min(start + SAMPLES, samples)) for start in range(0, samples, SAMPLES)]
    (engine or PLAIN_ENGINE).spread([partial(task, some) for some in pieces], operations)


def simple_rnn(sums: Array, recurrent: Array, before: Array, function: Function, held: Array | None = None) -> None:
    """Sums (steps, n, units) become states: function(sums + state before · recurrent)."""
    given = np.empty_like(before)
    for step, state in enumerate(sums):
        np.matmul(before, recurrent, out=given)
        np.add(state, given, out=state)
        function(state, state)
        if held is not None:
            np.copyto(state, before, where=held[step])
        before = state


def lstm(
    gates: Array,
    recurrent: Array,
    before: Sequence[Array],
    functions: Functions,
    out: Sequence[Array],
    *,
    held: Array | None = None,
) -> None:
    """Sums (steps, n, 4 units) become the input gate, forget gate, candidate and output gate.

    `before` and `out` are the hidden state and the cell: (n, units) before the first step, (steps, n, units).
    """
    units = recurrent.shape[0]
    opened = partial(_one_by_one, functions)
    if functions.smooth:
        scale = _scale(units, gates.dtype)
        gates *= scale
        recurrent, opened = recurrent * scale, partial(_smoothly, scale, 1 - scale)
    (hidden, cell), (hiddens, cells) = before, out
    given, kept = np.empty_like(gates[0]), np.empty_like(cell)
    for step, gate in enumerate(gates):
        np.matmul(hidden, recurrent, out=given)
        np.add(gate, given, out=gate)
        opened(gate)
        np.multiply(gate[:, units : 2 * units], cell, out=kept)
        last = hidden, cell
        hidden, cell = hiddens[step], cells[step]
        np.multiply(gate[:, :units], gate[:, 2 * units : 3 * units], out=cell)
        cell += kept
        functions.state(cell, hidden)
        hidden *= gate[:, 3 * units :]
        if held is not None:
            np.copyto(hidden, last[0], where=held[step])
            np.copyto(cell, last[1], where=held[step])


def _scale(units: int, dtype: Any) -> Array:
    """Half of a gate's sum, all of a candidate's."""
    scale: Array = np.full(4 * units, 0.5, dtype)
    scale[2 * units : 3 * units] = 1
    return scale


def _smoothly(scale: Array, shift: Array, gate: Array) -> None:
    """Gates and candidate from their scaled sums."""
    np.tanh(gate, out=gate)
    gate *= scale
    gate += shift


def _one_by_one(functions: Functions, gate: Array) -> None:
    """Gates and candidate from their sums."""
    units = gate.shape[1] // 4
    for part in (gate[:, : 2 * units], gate[:, 3 * units :]):
        _overwritten(functions.gate, part)
    _overwritten(functions.state, gate[:, 2 * units : 3 * units])


def _overwritten(function: Function, part: Array) -> None:
    """A function of a part that does not lie in one piece."""
    whole = np.ascontiguousarray(part)
    function(whole, whole)
    part[...] = whole


def gru(
    gates: Array,
    recurrent: Array,
    before: Array,
    functions: Functions,
    out: Array,
    *,
    bias: Array | None = None,
    held: Array | None = None,
) -> None:
    """Sums (steps, n, 3 units) become the update gate, reset gate and candidate; the reset gate is applied after the
    matrix product, to which `bias` is added.

    `before` (n, units) is the hidden state before the first step, `out` (steps, n, units) those after every step.
    """
    units = recurrent.shape[0]
    given = np.empty_like(gates[0])
    for step, (gate, hidden) in enumerate(zip(gates, out, strict=True)):
        np.matmul(before, recurrent, out=given)
        if bias is not None:
            given += bias
        both, candidate = gate[:, : 2 * units], gate[:, 2 * units :]
        both += given[:, : 2 * units]
        _opened(functions, both)
        given[:, 2 * units :] *= both[:, units:]
        candidate += given[:, 2 * units :]
        _updated(functions, gate, before, hidden)
        if held is not None:
            np.copyto(hidden, before, where=held[step])
        before = hidden


def gru_reset_before(
    gates: Array, recurrent: Array, before: Array, functions: Functions, out: Array, *, held: Array | None = None
) -> None:
    """The same with the reset gate applied to the state, before the matrix product."""
    units = recurrent.shape[0]
    for step, (gate, hidden) in enumerate(zip(gates, out, strict=True)):
        both, candidate = gate[:, : 2 * units], gate[:, 2 * units :]
        both += before @ recurrent[:, : 2 * units]
        _opened(functions, both)
        candidate += (both[:, units:] * before) @ recurrent[:, 2 * units :]
        _updated(functions, gate, before, hidden)
        if held is not None:
            np.copyto(hidden, before, where=held[step])
        before = hidden


def _opened(functions: Functions, gates: Array) -> None:
    """Gates from their sums."""
    if not functions.smooth:
        _overwritten(functions.gate, gates)
        return
    gates *= 0.5
    np.tanh(gates, out=gates)
    gates *= 0.5
    gates += 0.5


def _updated(functions: Functions, gate: Array, before: Array, hidden: Array) -> None:
    """The state after a step: update · before + (1 - update) · candidate."""
    units = before.shape[-1]
    candidate = gate[:, 2 * units :]
    if functions.smooth:
        np.tanh(candidate, out=candidate)
    else:
        _overwritten(functions.state, candidate)
    update = gate[:, :units]
    np.subtract(1, update, out=hidden)
    hidden *= candidate
    hidden += update * before
