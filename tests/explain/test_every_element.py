"""The tool that explains every element of a run, and goes from each back to the input."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pytest

from dataflow_cli import network_from_text

spec = importlib.util.spec_from_file_location("every", Path(__file__).parents[2] / "tools/explain_every_element.py")
EVERY = importlib.util.module_from_spec(spec)
spec.loader.exec_module(EVERY)

TEXT = """\
dftrace: 1
input: [3, 4]
weights: {init: glorot_uniform, seed: 3}
layers:
  - {type: lstm, name: along, units: 2, return_sequences: true}
  - {type: multi_head_attention, name: look, num_heads: 2, key_dim: 2}
  - {type: add, name: both, inputs: [along, look]}
  - {type: layer_normalization, name: norm}
"""


@pytest.fixture(scope="module")
def found():
    network = network_from_text(TEXT)
    x = [[[0.5, -1, 2, 1], [1, 0.25, -1, 3], [-2, 1, 0.5, 0.75]]]
    trace = network.trace(x, keep=network.tensors)
    *_, (_, found) = EVERY.explained_by_layer(network, trace)
    return network, x, found


def test_every_element_of_every_tensor_is_explained_and_leads_to_the_input(found):
    network, _, all_ = found
    shapes = [network.node(name).output_shape for name in network.tensors if name != "input"]
    assert all_.count == sum(map(math.prod, shapes))
    assert all_.failed == []
    assert EVERY.ends(all_, ["input"]) == {"input": all_.count}


def test_a_way_goes_to_what_carries_most():
    """x = (1, 1, 1) times (1, -5, 2): the second, whatever its sign."""
    network = network_from_text(
        "dftrace: 1\ninput: [3]\nlayers:\n- {type: dense, units: 1, weights: {kernel: [[1], [-5], [2]], bias: [0]}}"
    )
    *_, (_, found) = EVERY.explained_by_layer(network, network.trace([[1, 1, 1]], keep=network.tensors))
    assert found.next["dense_1:sum", (0,)] == ("input", (1,))


def test_a_wrong_number_is_told(found):
    network, x, _ = found
    trace = network.trace(x, keep=network.tensors)
    trace.values["both"][0, 2, 1] += 0.5
    *_, (_, all_) = EVERY.explained_by_layer(network, trace)
    assert any(line.startswith("both[2, 1]: ") for line in all_.failed)


def test_what_decides_on_a_mask_leads_back_too():
    network = network_from_text(
        "dftrace: 1\ninput: {shape: [3], dtype: int32}\nweights: {init: glorot_uniform}\nlayers:\n"
        "- {type: embedding, name: words, input_dim: 5, output_dim: 2, mask_zero: true}\n"
        "- {type: global_average_pooling1d, mask: 'words:mask'}"
    )
    trace = network.trace([[1, 2, 0]], keep=network.tensors)
    *_, (_, found) = EVERY.explained_by_layer(network, trace)
    assert EVERY.ends(found, ["input"]) == {"input": found.count}
