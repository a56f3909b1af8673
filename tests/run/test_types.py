"""Numbers of any type go in: what is computed is what the same numbers give as float32."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dataflow_cli.api import network_from_text as runnable
from dataflow_cli.explain.parts import explain_traced
from dataflow_cli.layers import KINDS
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.forward import forward
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights
from tests.layers.examples import BY_NUMBER, EXAMPLES
from tests.layers.per_kind import each_kind

ALIKE = [("u1", "u2", "u4", "u8"), ("i1", "i2", "i4", "i8", ">i4"), ("f2", "?", ">f4")]
"""Types; those in a row are given the same numbers."""
ALONE = {example.kind: example for example in reversed(EXAMPLES) if not KINDS[example.kind].parts_only}
"""One example of each kind that is a network by itself."""


def network_of(example, extra=""):
    """A network of one layer."""
    inputs = {f"x{number}": entry for number, entry in enumerate(example.entries)}
    layer = {"type": example.kind, **example.fields, "inputs": list(inputs)}
    return network_from_text(
        f"dftrace: 1\ninputs: {json.dumps(inputs)}\nweights: {{init: glorot_uniform, seed: 3}}\n"
        f"layers:\n  - {json.dumps(layer)}\n{extra}"
    )


def batch_of(network, dtype, samples=3):
    """Whole numbers that every type holds, and of the integers the largest that float16 has, too."""
    rng = np.random.default_rng(1)
    large = {"u": 255, "i": 127}.get(np.dtype(dtype).kind, 1)
    arrays = {}
    for spec in network.inputs:
        array = rng.integers(0, 2, (samples, *spec.shape))
        arrays[spec.name] = (array if spec.indices else array * large).astype(dtype)
    return arrays


@each_kind([kind for kind in ALONE if kind not in BY_NUMBER - {"embedding"}])
def test_the_type_of_the_input_does_not_matter(kind):
    """Run, engine, several minibatches and explanations agree, bit for bit, with the same numbers in float32."""
    network = network_of(ALONE[kind])
    weights = load_weights(network)
    (node,) = network.nodes
    at = tuple(length - 1 for length in node.output_shape)
    for alike in ALIKE:
        floats = {name: array.astype(np.float32) for name, array in batch_of(network, alike[0]).items()}
        expected = run(network, weights, [floats], keep=floats)
        two = explain_traced(network, weights, expected, node.name, at, sample=2)
        for dtype in alike:
            batch = batch_of(network, dtype)
            assert all((batch[name] == floats[name]).all() for name in batch), dtype
            trace = run(network, weights, [batch], keep=batch)
            again = forward(network, weights, [batch, batch], computing=Computing(repeated=True))[node.name]
            np.testing.assert_array_equal(trace.output, expected.output, dtype)
            np.testing.assert_array_equal(again, np.concatenate([expected.output] * 2), dtype)
            assert (trace.dtype, trace.steps[0].statistics) == ("float32", expected.steps[0].statistics), dtype
            one = explain_traced(network, weights, trace, node.name, at, sample=2)
            both = [(each.value, each.explanation.total) for each in (one, two)]
            np.testing.assert_array_equal(*both, dtype)  # NaN for what a function is not defined for
            assert one.agrees, dtype


BYTES = """\
dftrace: 1
input: {shape: [2, 2, 1], dtype: uint8}
layers:
  - {type: average_pooling2d, name: mean}
  - {type: add, name: sum, inputs: [input, input]}
  - {type: sigmoid, name: s, inputs: input}
outputs: [mean, sum, s]
"""


def test_bytes_are_computed_with_as_numbers():
    """By hand: the mean of 200 and 255 is 227.5, 200 + 200 is 400, sigmoid of 1 is 0.731."""
    network = runnable(BYTES)
    x = np.array([[[200], [255]], [[200], [255]]])
    found = network.predict(x)
    assert (found["mean"].item(), found["sum"][0, 0, 0, 0]) == (227.5, 400)
    assert network.predict(np.ones((2, 2, 1)))["s"][0, 0, 0, 0] == pytest.approx(1 / (1 + np.exp(-1)))
    assert network.trace(x).value("sum")[0, 0, 0, 0] == network.explain("sum", (0, 0, 0), x).value == 400


INDICES = """\
dftrace: 1
input: {shape: [2], dtype: int32}
layers:
  - {type: reshape, target_shape: [2, 1], name: column}
  - {type: embedding, name: row, input_dim: 3, output_dim: 1, weights: {embeddings: [[5], [6], [7]]}}
  - {type: dense, name: sum, units: 1, inputs: input, weights: {kernel: [[1], [0.5]], bias: 0}}
outputs: [row, sum, column]
"""


def test_indices_stay_whole_for_the_table_and_become_numbers_for_the_arithmetic():
    network = runnable(INDICES)
    trace = network.trace([2, 1])
    assert [trace.value(name).dtype for name in ("column", "row", "sum")] == [np.int32, np.float32, np.float32]
    assert (trace.value("row").reshape(-1).tolist(), trace.value("sum").item()) == ([7, 6], 2.5)
    assert network.explain("sum", (0,), [2, 1]).agrees
