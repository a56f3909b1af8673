"""Recurrent layers beside their formulas, written down once more: alone, together, with steps that do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dataflow_cli.kernels.running.engine import running
from dataflow_cli.kernels.running.epilogue import Stage
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.activated import function
from dataflow_cli.layers.tiling import Work

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

STEPS, FEATURES, UNITS = 3, 2, 32
SETTINGS = [
    ("simple_rnn", {}),
    ("lstm", {}),
    ("lstm", {"activation": "relu", "recurrent_activation": "hard_sigmoid"}),
    ("gru", {}),
    ("gru", {"reset_after": False}),
    ("gru", {"activation": "relu", "recurrent_activation": "hard_sigmoid"}),
    ("gru", {"use_bias": False}),
]


def functions(fields: dict[str, object]) -> tuple[object, object]:
    if "activation" in fields:
        return (lambda x: np.clip(x + 3, 0, 6) / 6), (lambda x: np.maximum(x, 0))
    return (lambda x: 1 / (1 + np.exp(-x))), np.tanh


def states(kind: str, fields: dict[str, object], x: Array, given: dict[str, Array], counts: Array) -> Array:
    """The states after all steps of one sample."""
    gate, state = functions(fields)
    bias = np.atleast_2d(given.get("bias", np.zeros(given["kernel"].shape[1])))
    recurrent = given["recurrent_kernel"]
    hidden, cell, found = np.zeros(UNITS), np.zeros(UNITS), []
    for step, does in zip(x, counts, strict=True):
        outer = np.split(step @ given["kernel"] + bias[0], given["kernel"].shape[1] // UNITS)
        inner = np.split(hidden @ recurrent + (bias[1] if len(bias) > 1 else 0), len(outer))
        if not does:
            found.append(hidden)
            continue
        if kind == "simple_rnn":
            hidden = state(outer[0] + inner[0])
        elif kind == "lstm":
            let_in, kept, new, out = (a + b for a, b in zip(outer, inner, strict=True))
            cell = gate(kept) * cell + gate(let_in) * state(new)
            hidden = gate(out) * state(cell)
        else:
            update, reset = gate(outer[0] + inner[0]), gate(outer[1] + inner[1])
            after = fields.get("reset_after", True)
            through = reset * inner[2] if after else (reset * hidden) @ recurrent[:, 2 * UNITS :]
            hidden = update * hidden + (1 - update) * state(outer[2] + through)
        found.append(hidden)
    return np.array(found)


@pytest.mark.parametrize(("kind", "fields"), SETTINGS)
@pytest.mark.parametrize("samples", [1, 2, 33])
def test_states_are_those_of_the_formulas_however_many_samples_go_together(
    kind: str, fields: dict[str, object], samples: int
) -> None:
    rng = np.random.default_rng(samples)
    read = {name: function(value) if isinstance(value, str) else value for name, value in fields.items()}
    layer = KINDS[kind](units=UNITS, return_sequences=True, **read).masked((0,))
    given = {
        name: rng.standard_normal(parameter.shape) / 3
        for name, parameter in layer.parameters([(STEPS, FEATURES), (STEPS,)]).items()
    }
    x, counts = rng.standard_normal((samples, STEPS, FEATURES)), np.ones((samples, STEPS))
    counts[0, 1] = 0
    expected = np.array([states(kind, fields, some, given, does) for some, does in zip(x, counts, strict=True)])
    for keep in (False, True):
        with running(keep=keep) as engine:
            for _ in range(2):
                np.testing.assert_allclose(layer([x, counts], given, engine), expected, rtol=1e-12, atol=1e-12)
    whole = layer.inside("steps")([x, counts], given)
    np.testing.assert_allclose(whole[..., -UNITS:], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "fields"), [("lstm", {}), ("lstm", {"use_bias": False}), ("gru", {}), ("gru", {"use_bias": False})]
)
@pytest.mark.parametrize("samples", [1, 2, 5, 33])
@pytest.mark.parametrize("turned", [False, True])
def test_states_go_where_they_are_wanted(kind: str, fields: dict[str, object], samples: int, *, turned: bool) -> None:
    """One product a step of inputs and states beside each other, where kernels are kept and there are many; or a vector
    times the states' kernel, where there is one sample; and what is done to them.
    """
    rng = np.random.default_rng(samples)
    for whole in (False, True):
        layer = KINDS[kind](units=UNITS, return_sequences=whole, go_backwards=turned, **fields)
        shapes = [(STEPS, FEATURES)]
        given = {name: rng.standard_normal(parameter.shape) / 3 for name, parameter in layer.parameters(shapes).items()}
        x, other = rng.standard_normal((samples, STEPS, FEATURES)), rng.standard_normal((samples, STEPS, UNITS))
        other = other if whole else other[:, 0].copy()
        in_turn = x[:, ::-1] if turned else x
        every = np.ones(STEPS)
        expected = np.array([states(kind, fields, some, given, every) for some in in_turn])
        expected = (expected if whole else expected[:, -1]) + other
        with running(threads=2, keep=True) as engine:
            job = layer.tiling(shapes).make(Work([x], given, [Stage(other=other)], engine=engine))
            for _ in range(2):
                np.testing.assert_allclose(job.done(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("samples", [1, 33])
def test_a_walk_begins_anew_with_what_stands_in_its_arrays(kind: str, samples: int) -> None:
    """It is bound once: inputs and first states are read in every run, and threads change no bit."""
    rng = np.random.default_rng(samples)
    layer = KINDS[kind](units=UNITS, return_sequences=True)
    starts = 2 if kind == "lstm" else 1
    shapes = [(STEPS, FEATURES), *[(UNITS,)] * starts]
    parameters = layer.parameters(shapes[:1]).items()
    given = {name: rng.standard_normal(parameter.shape, np.float32) / 3 for name, parameter in parameters}
    inputs = [np.empty((samples, *shape), np.float32) for shape in shapes]
    with running(threads=1, keep=True) as alone, running(threads=3, keep=True) as shared:
        jobs = [layer.tiling(shapes).make(Work(inputs, given, engine=engine)) for engine in (alone, shared)]
        for _ in range(2):
            for array in inputs:
                array[...] = rng.standard_normal(array.shape, np.float32)
            one, three = (job.done().copy() for job in jobs)
            np.testing.assert_array_equal(one, three)
            np.testing.assert_allclose(one, layer(inputs, given), rtol=1e-5, atol=1e-6)
        assert len(jobs[1].tasks) == (3 if samples > 1 else 1)
