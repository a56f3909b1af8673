"""A few samples at a time through the front of a network, and all through the rest: what all at once give."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.errors import LimitError
from dataflow_cli.kernels.running.engine import running
from dataflow_cli.network.build import network_from_text
from dataflow_cli.network.front import divided, together
from dataflow_cli.network.opened import opened
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.parted import PartedProgram, check_parts
from dataflow_cli.run.program import Program
from dataflow_cli.weights.load import load_weights

HEAD = "dftrace: 1\ninput: [6, 6, 2]\nweights: {init: he_normal, seed: 3}\n"
CHAIN = """layers:
  - {type: conv2d, filters: 5, kernel_size: 3, activation: relu}
  - {type: max_pooling2d, pool_size: 2}
  - flatten
  - {type: dense, units: 4, activation: tanh}
  - {type: dense, units: 3, activation: softmax}
"""
AROUND = """layers:
  - {type: conv2d, name: a, filters: 2, kernel_size: 3, padding: same, activation: relu}
  - {type: global_average_pooling2d, name: b}
  - {type: global_average_pooling2d, name: c, inputs: [input]}
  - {type: add, name: d, inputs: [b, c]}
outputs: [d, a]
"""


@pytest.fixture(params=[CHAIN, AROUND])
def network(request):
    found = network_from_text(HEAD + request.param)
    return opened(found, found.tensors_matching(["*:sum"]))


@pytest.mark.parametrize("large", [0, 8, 30, 10_000])
def test_every_tensor_is_that_of_all_samples_at_once(network, large, monkeypatch):
    """Cut before everything, within and behind everything; minibatches of one size, of another, and of one sample."""
    monkeypatch.setattr("dataflow_cli.network.front.LARGE", large)
    monkeypatch.setattr("dataflow_cli.network.front.CACHED", 200)
    weights = load_weights(network)
    with running(keep=True) as engine:
        parted = PartedProgram(network, weights, engine)
        for seed, samples in enumerate([5, 5, 9, 1]):
            x = np.random.default_rng(seed).normal(size=(samples, 6, 6, 2)).astype(np.float32)
            seen, expected = {}, {}
            outputs = parted.run({"input": x}, noting(seen))
            whole = Program(network, weights, keep=network.outputs, whole=network.by_name.keys())
            for name, array in whole.run({"input": x}, noting(expected)).items():
                np.testing.assert_allclose(outputs[name], array, rtol=1e-5, atol=1e-6)
            assert list(seen) == list(expected)
            for name, (parts, source) in seen.items():
                assert source == expected[name][1]
                np.testing.assert_allclose(np.concatenate(parts), expected[name][0][0], rtol=1e-5, atol=1e-6)


def noting(seen):
    def note(unit):
        seen.setdefault(unit.nodes[-1].name, ([], unit.source))[0].append(unit.array.copy())

    return note


def test_large_tensors_are_the_front_and_an_inner_tensor_stays_with_its_layer(monkeypatch):
    network = network_from_text(HEAD + CHAIN)
    monkeypatch.setattr("dataflow_cli.network.front.LARGE", 19)
    monkeypatch.setattr("dataflow_cli.network.front.CACHED", 4 * 4 * 5 * 9)
    front, rest = divided(network)
    assert [node.name for node in front.nodes] == ["conv2d_1", "max_pooling2d_1", "flatten_1"]
    assert [spec.name for spec in rest.inputs] == ["flatten_1"]
    assert together(front) == 8
    monkeypatch.setattr("dataflow_cli.network.front.LARGE", 79)
    front, rest = divided(opened(network, ["conv2d_1:sum"]))
    assert [node.name for node in front.nodes] == ["conv2d_1:sum", "conv2d_1"]


def test_memory_is_that_of_the_samples_that_are_together():
    """A picture of this network takes 51 MB in a tensor: 128 of them would take seven times what is allowed."""
    head = "dftrace: 1\ninput: [448, 448, 1]\nweights: {init: zeros}\n"
    text = head + "layers: [{type: conv2d, filters: 64, kernel_size: 1}]"
    network, computing = network_from_text(text), Computing(max_memory=1e9, repeated=True)
    check_parts(network, 128, "float32", computing=computing)
    with pytest.raises(LimitError, match="for 1 sample"):
        check_parts(network, 128, "float32", computing=Computing(max_memory=5e7, repeated=True))
