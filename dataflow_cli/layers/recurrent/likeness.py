"""How like an error of a recurrent layer is to what moving one number of its parameters does, for all numbers at once.

To first order a step makes of a little more in a state A times that, and of a little more in a sum B times that: both
are seen by moving each state and each bias in every step at once. What a sum of step t does to an output of step T is
then A[T] · A[T-1] ... A[t+1] · B[t], followed back from the outputs that are looked at. A number of the kernel is in
all steps, times its input there; one of the recurrent kernel times its state; a bias times 1.

A layer is any whose states are vectors, which imports this.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape

MOVED = 1e-5
"""By how much states and sums are moved, both ways."""
ROWS = 6
"""States that are looked at, each of one sample and one step."""
LEAST = 1e-6
"""Of the largest squared error of a step: what errs less tells nothing."""
MOST_WORK = 6e9
"""Multiply-accumulates that this may take."""


def likeness(
    layer: Any, inputs: Arrays, parameters: Parameters, error: Array, gain: Array | None = None
) -> dict[str, Array] | None:
    """By parameter, for each of its numbers the cosine between the error (n, *shape) and what moving it does. `gain`,
    of that shape, is what the output is multiplied by afterwards.

    None for what is too large.
    """
    rows = _within_bounds(layer, inputs[0].shape[1:], error)
    if not rows:
        return None
    one = replace(layer, use_bias=True)
    shape = one.parameters([x.shape[1:] for x in inputs])["bias"].shape
    given = {"bias": np.zeros(shape), **parameters}
    found = {name: np.zeros((2, *array.shape)) for name, array in given.items()}
    size = 0.0
    for sample in sorted({sample for sample, _ in rows}):
        run = _Linear.of(one, [x[sample : sample + 1] for x in inputs], given)
        for step in (step for each, step in rows if each == sample):
            at = (sample, step) if layer.all_steps else (sample,)
            size += float(error[at] @ error[at])
            for name, more in run.numbers(step, error[at], np.ones(layer.units) if gain is None else gain[at]):
                found[name] += more
    with np.errstate(all="ignore"):
        return {
            name: np.nan_to_num(np.abs(product) / np.sqrt(square * size))
            for name, (product, square) in found.items()
            if name in parameters
        }


def _within_bounds(layer: Any, shape: Shape, error: Array) -> list[tuple[int, int]]:
    """As many samples and steps to look at as is not too much work."""
    steps, features = shape
    for most in range(ROWS, 0, -1):
        rows = _rows(layer, steps, error, most)
        samples = len({sample for sample, _ in rows})
        if samples * steps * _work(layer, features, math.ceil(len(rows) / (samples or 1))) <= MOST_WORK:
            return rows
    return []


def _work(layer: Any, features: int, rows: int) -> float:
    """Multiply-accumulates a step: what moves each state and sum, and what follows the outputs of some rows back."""
    state, columns = len(layer.states) * layer.units, layer.gates * layer.units
    sums = sum(2 if layer.moves_its_unit(gate) else layer.units for gate in range(layer.gates))
    moved = 2 * (state + sums) * (features + layer.units) * columns
    return float(moved + rows * layer.units * (state * (state + columns) + columns * (features + layer.units)))


def _rows(layer: Any, steps: int, error: Array, most: int) -> list[tuple[int, int]]:
    """The samples and steps that are looked at: of those that err some from the first to the last."""
    if not layer.all_steps:
        size = np.sum(error**2, axis=1)
        return [(int(sample), steps - 1) for sample in np.argsort(-size, kind="stable")[:most] if size[sample] > 0]
    off = np.argwhere(np.sum(error**2, axis=2) > LEAST * np.max(np.sum(error**2, axis=2)))
    chosen = np.unique(np.linspace(0, len(off) - 1, min(most, len(off))).astype(int))
    return [(int(sample), int(step)) for sample, step in off[chosen]]


@dataclass(frozen=True, eq=False)
class _Linear:
    """One sample's run along a sequence, to first order."""

    layer: Any
    x: Array
    """(steps, features), in turn."""
    fed: Sequence[Array]
    """What the recurrent kernel is multiplied with, by gate: (steps, units)."""
    states: Array
    """A, (steps, state, state): what a state before a step gives to one after it."""
    sums: Array
    """B, (steps, rows of biases, columns, state): what a sum gives to a state."""

    @classmethod
    def of(cls, layer: Any, inputs: Arrays, parameters: Parameters) -> _Linear:
        x = np.ascontiguousarray(inputs[0][0][::-1] if layer.go_backwards else inputs[0][0])
        every = replace(layer, ends=layer.bundle)
        held = layer.held(inputs)
        run = every.by_step(x[np.newaxis], layer.starts(inputs), parameters, held=held)
        before = [
            np.concatenate([start, run[name][:-1, 0]])
            for name, start in zip(layer.states, layer.starts(inputs), strict=True)
        ]
        one = _Step(every, x[:, np.newaxis], before, parameters)
        states, sums = one.of_states(), one.of_sums()
        if held is not None:
            states[held.ravel()], sums[held.ravel()] = np.eye(states.shape[-1]), 0.0
        fed = [layer.fed(gate, {name: run[name][:, 0] for name in run}, before[0]) for gate in range(layer.gates)]
        return cls(layer, x, fed, states, sums)

    def numbers(self, last: int, error: Array, gain: Array) -> Iterator[tuple[str, Array]]:
        """By parameter, for each of its numbers the product of the error of a step's state (units,), times a gain, with
        what moving the number does to that, and the square of it: (2, *shape).
        """
        steps, units = last + 1, self.layer.units
        carried = np.zeros((units, self.states.shape[-1]))
        carried[:, :units] = np.diag(gain)
        of_sums = np.empty((steps, units, *self.sums.shape[1:3]))
        for step in reversed(range(steps)):
            of_sums[step] = np.tensordot(carried, self.sums[step], (1, 2))
            carried = carried @ self.states[step]
        first, inner = of_sums[:, :, 0], of_sums[:, :, -1]
        yield "kernel", _both(self.x[:steps], first, error)
        gates = np.split(inner, self.layer.gates, axis=-1)
        parts = [_both(fed[:steps], some, error) for fed, some in zip(self.fed, gates, strict=True)]
        yield "recurrent_kernel", np.concatenate(parts, axis=-1)
        biases = of_sums.sum(0)
        squeezed = biases if biases.shape[1] > 1 else biases[:, 0]
        yield "bias", np.stack([np.tensordot(error, squeezed, 1), np.sum(squeezed**2, axis=0)])


def _both(x: Array, moved: Array, error: Array) -> Array:
    """Of x (steps, numbers) and what sums move (steps, units, columns): (2, numbers, columns)."""
    product = x.T @ np.tensordot(moved, error, (1, 0))
    square = sum(np.square(x.T @ moved[:, unit]) for unit in range(moved.shape[1]))
    return np.stack([product, square])


@dataclass(frozen=True, eq=False)
class _Step:
    """All steps of a run beside one another, as if each were a sample of one step."""

    layer: Any
    x: Array
    before: Sequence[Array]
    parameters: Parameters

    def after(self, before: Sequence[Array], parameters: Parameters) -> Array:
        """The states after every step, (steps, state)."""
        run = self.layer.by_step(self.x, before, parameters)
        return np.concatenate([run[name][0] for name in self.layer.states], axis=-1)

    def of_states(self) -> Array:
        """What each number of a state before a step gives to those after it: (steps, state after, state before)."""
        sizes = [state.shape[1] for state in self.before]
        whole = np.concatenate(self.before, axis=1)

        def after(moved: Array) -> Array:
            return self.after(np.split(whole + moved, np.cumsum(sizes)[:-1], axis=1), self.parameters)

        return np.stack([self._slope(after, one) for one in np.eye(sum(sizes))], axis=-1)

    def of_sums(self) -> Array:
        """What each sum gives to the states: (steps, rows of biases, columns, state)."""
        bias, units = self.parameters["bias"], self.layer.units
        rows = bias.reshape(-1, bias.shape[-1])
        found = np.zeros((len(self.x), *rows.shape, units * len(self.before)))
        own = np.tile(np.eye(units), len(self.before))

        def after(moved: Array) -> Array:
            return self.after(self.before, {**self.parameters, "bias": bias + moved.reshape(bias.shape)})

        for row, gate in np.ndindex(len(rows), self.layer.gates):
            some = slice(gate * units, (gate + 1) * units)
            moved = np.zeros((units, *rows.shape))
            moved[range(units), row, range(some.start, some.stop)] = 1.0
            if self.layer.moves_its_unit(gate):  # so that all can be moved at once
                found[:, row, some] = own * self._slope(after, moved.sum(axis=0))[:, np.newaxis]
            else:
                found[:, row, some] = np.stack([self._slope(after, one) for one in moved], axis=1)
        return found

    def _slope(self, after: Callable[[Array], Array], one: Array) -> Array:
        return (after(MOVED * one) - after(-MOVED * one)) / (2 * MOVED)
