"""Half precision: computed in float32, rounded where it is stored."""

from __future__ import annotations

import numpy as np

from dataflow_cli.api import network_from_text
from dataflow_cli.explain.parts import explain_traced
from dataflow_cli.kernels.activations import as_held
from dataflow_cli.run.forward import forward
from dataflow_cli.run.recorder import run
from dataflow_cli.trace.saved import load_trace, save_trace
from dataflow_cli.weights.load import load_weights
from tests.layers.examples import whole_numbers
from tests.layers.per_kind import each_kind
from tests.run.test_types import ALONE, batch_of, network_of

TYPES = ["float16", "bfloat16"]
KINDS_ALONE = [kind for kind in ALONE if not ALONE[kind].whole and not whole_numbers(ALONE[kind])]


@each_kind(KINDS_ALONE)
def test_every_tensor_holds_numbers_of_the_type_alone(kind):
    """They are those of float32, rounded; explanations arrive at them; minibatches and the engine agree bit for bit."""
    network = network_of(ALONE[kind])
    (node,) = network.nodes
    for dtype in TYPES:
        weights = load_weights(network, dtype=dtype)
        batch = {name: array * np.float32(0.3) for name, array in batch_of(network, "f4").items()}
        trace = run(network, weights, [batch], keep=batch)
        assert trace.dtype == dtype
        given = {name: trace.value(name) for name in batch}
        for array in (*weights.of(node.name).values(), *given.values(), trace.output):
            if array.dtype.kind == "f":
                np.testing.assert_array_equal(as_held(array, dtype), array)
        plain = load_weights(network, dtype="float32")
        for name, array in plain.of(node.name).items():
            array[...] = weights.of(node.name)[name]
        exact = run(network, plain, [given]).output
        if exact.dtype.kind == "f":
            np.testing.assert_array_equal(trace.output, as_held(exact, dtype))
        np.testing.assert_array_equal(forward(network, weights, [batch])[node.name], trace.output)
        at = tuple(length - 1 for length in node.output_shape)
        assert explain_traced(network, weights, trace, node.name, at, sample=1).agrees


STACK = """\
dftrace: 1
name: stack
input: {shape: [3], dtype: float16, example: [1, 2, 300]}
layers:
  - {type: dense, name: large, units: 1, weights: {kernel: 100, bias: 0.1}}
  - {type: relu, name: out}
"""


def test_the_network_file_says_the_type_and_what_is_too_large_for_it_is_told(tmp_path):
    """By hand: 100 · (1 + 2 + 3) + 0.1 is 600.0 between 599.5 and 600.5; 100 · 900 is beyond 65504."""
    network = network_from_text(STACK)
    trace = network.trace([1, 2, 3])
    assert (trace.dtype, trace.output.item(), load_weights(network).of("large")["bias"].item()) == (
        "float16",
        600.0,
        np.float16(0.1),
    )
    account = network.explain("large", (0,), [1, 2, 3])
    assert [line.name for line in account.explanation.lines][-1] == "stored as float16"
    assert account.agrees
    save_trace(trace, tmp_path / "t.npz")
    assert load_trace(tmp_path / "t.npz").dtype == "float16"
    beyond = network.trace([300, 300, 300])
    assert np.isinf(beyond.output).all()
    assert [problem.hint for problem in beyond.warnings] == ["compute in float32: `--dtype float32`"]
    assert network.trace([300, 300, 300], dtype="bfloat16").output.item() == 90112


def test_half_as_many_bytes_are_counted():
    from dataflow_cli.counts.counting import summary

    counted = summary(network_from_text(STACK))
    assert (counted.data_bytes(*counted.steps), counted.parameter_bytes(*counted.steps)) == (10, 8)
