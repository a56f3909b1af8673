"""Weights that layers have in common: counted once, computed alike, and every mistake in its place."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.counts.counting import summary
from dataflow_cli.errors import NetworkError
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.memory import needed_bytes
from dataflow_cli.weights.load import load_weights

HEAD = "dftrace: 1\ninputs: {left: [4], right: [4]}\nweights: {init: glorot_uniform, seed: 5}\n"
TOWERS = (
    HEAD
    + """\
layers:
  - {type: dense, name: one, units: 2, inputs: left, activation: tanh}
  - {type: dense, name: two, units: 2, inputs: right, activation: tanh, weights: {share: one}}
  - {type: subtract, inputs: [one, two]}
  - {type: dense, name: back, units: 4, use_bias: false, weights: {kernel: {share: two/kernel, transpose: true}}}
"""
)
BLOCKS = (
    HEAD
    + """\
blocks:
  tower:
    layers:
      - {type: dense, name: a, units: 4}
      - relu
      - {type: dense, name: b, units: 4, use_bias: false}
layers:
  - {type: block, use: tower, inputs: left, repeat: 3, share: true}
  - {type: block, use: tower, inputs: right, share: tower_1}
  - {type: subtract, inputs: [tower_3, tower_4]}
"""
)
LEFT, RIGHT = np.array([[1.0, -2, 3, 4]]), np.array([[0.5, 0, -1, 2]])
X = {"left": LEFT, "right": RIGHT}


def test_shared_weights_are_counted_once_wherever_they_are_counted():
    network = network_from_text(TOWERS)
    weights = load_weights(network)
    assert network.parameter_count == network.trainable_count == summary(network).totals.parameters == 10
    assert [node.parameter_count for node in network.nodes] == [10, 0, 0, 0]
    assert network.trace(X).parameter_count == 10
    assert weights.nbytes == 40
    alone = network_from_text(TOWERS.replace("{share: one}", "{}").replace("{share: two/kernel, transpose: true}", "0"))
    assert needed_bytes(alone, 1, "float32") - needed_bytes(network, 1, "float32") == 4 * (10 + 8)


def test_towers_compute_alike_and_what_is_transposed_with_the_same_numbers():
    trace, weights = network_from_text(TOWERS).trace(X, keep="all"), load_weights(network_from_text(TOWERS))
    kernel, bias = weights.of("one")["kernel"], weights.of("one")["bias"]
    one, two = np.tanh(LEFT @ kernel + bias), np.tanh(RIGHT @ kernel + bias)
    np.testing.assert_allclose(trace.value("two"), two, rtol=1e-5)
    np.testing.assert_allclose(trace.value("back"), (one - two) @ kernel.T, rtol=1e-5)


def test_blocks_share_with_their_first_use_or_with_one_above():
    network = network_from_text(BLOCKS)
    assert network.parameter_count == 20 + 16
    assert {node.shared["kernel"].full for node in network.nodes if node.shared} == {
        "tower_1/a/kernel",
        "tower_1/b/kernel",
    }
    trace, one = network.trace(X, keep="all"), load_weights(network).of
    a, b = one("tower_1/a"), one("tower_1/b")["kernel"]

    def tower(x):
        return np.maximum(x @ a["kernel"] + a["bias"], 0) @ b

    np.testing.assert_allclose(trace.value("tower_3/b"), tower(tower(tower(LEFT))), rtol=1e-5)
    np.testing.assert_allclose(trace.value("tower_4/b"), tower(RIGHT), rtol=1e-5)


@pytest.mark.parametrize("text", [TOWERS, BLOCKS], ids=["towers", "blocks"])
def test_what_is_written_is_read_as_the_same(text):
    network = network_from_text(text)
    again = network_from_text(network.text())
    assert again.text() == network.text()
    for one, other in zip(network.nodes, again.nodes, strict=True):
        assert {name: str(share) for name, share in one.shared.items()} == {
            name: str(share) for name, share in other.shared.items()
        }


def test_a_layer_is_explained_without_the_one_whose_weights_it_has():
    account = network_from_text(TOWERS).explain("two", (1,), X)
    assert account.agrees
    assert "kernel is one/kernel" in str(account)


def test_a_file_has_a_shared_tensor_once(tmp_path):
    network = network_from_text(TOWERS)
    one = load_weights(network).of("one")
    np.savez(tmp_path / "w.npz", **{"one/kernel": one["kernel"], "one/bias": one["bias"]})
    loaded = load_weights(network, tmp_path / "w.npz")
    assert loaded.warnings == ()
    np.testing.assert_array_equal(loaded.of("back")["kernel"], one["kernel"].T)
    assert loaded.of("two")["kernel"] is loaded.of("one")["kernel"]


@pytest.mark.parametrize(
    ("layer", "code", "said", "hint"),
    [
        ("{type: dense, units: 3, weights: {share: one}}", "E152", "is (4, 3), and one/kernel (4, 2)", "same fields"),
        ("{type: dense, units: 2, weights: {share: nobody}}", "E130", "'nobody' is not defined above", "one"),
        ("{type: dense, units: 2, weights: {share: left}}", "E152", "'left' is no layer", "name a layer above"),
        (
            "{type: dense, name: d, units: 2, weights: {share: d}}",
            "E152",
            "cannot have its weights from itself",
            "above",
        ),
        ("{type: relu, weights: {share: one}}", "E152", "has no weights to share", "leave `weights` out"),
        (
            "{type: dense, units: 2, weights: {kernle: {share: one/kernel}}}",
            "E151",
            "no parameter 'kernle'",
            "'kernel'",
        ),
        (
            "{type: dense, units: 2, weights: {kernel: {share: one/kernle}}}",
            "E152",
            "no parameter 'kernle'",
            "'kernel'",
        ),
        (
            "{type: dense, units: 2, weights: {kernel: {share: kernel}}}",
            "E112",
            "is no layer's parameter",
            "embedding_1/",
        ),
        ("{type: dense, units: 2, weights: {kernel: {transpose: true}}}", "E110", "without `share`", "{share: "),
        ("{type: dense, units: 2, weights: {share: 'one:sum'}}", "E152", "'one:sum' is no layer", "name a layer above"),
        ("{type: dense, name: one, units: 2}", "E131", "the name 'one' is taken", "`weights: {share: one}`"),
        ("{type: dense, units: 2, weights: {kernel: one/kernel}}", "E150", "expected a list", "`{share: one/kernel}`"),
    ],
)
def test_a_weight_that_cannot_be_shared(layer, code, said, hint):
    layer = layer.replace("{", "{inputs: right, ", 1)
    body = f"layers:\n  - {{type: dense, name: one, units: 2, inputs: left}}\n  - {layer}\n"
    with pytest.raises(NetworkError) as caught:
        network_from_text(HEAD + body)
    problem = caught.value.problems[0]
    assert problem.code == code
    assert said in problem.message
    assert hint in problem.hint
    assert problem.place.line == 6


def test_the_hint_for_a_turned_kernel_is_right_word_for_word():
    head = (
        "dftrace: 1\ninput: {shape: [5], dtype: int32}\nlayers:\n  - {type: embedding, input_dim: 7, output_dim: 3}\n"
    )
    tied = head + "  - {type: dense, units: 7, use_bias: false, weights: {kernel: KERNEL}}\n"
    with pytest.raises(NetworkError) as caught:
        network_from_text(tied.replace("KERNEL", "{share: embedding_1/embeddings}"))
    written = caught.value.problems[0].hint.split("`")[1]
    assert network_from_text(tied.replace("KERNEL", written)).parameter_count == 21


@pytest.mark.parametrize(
    ("use", "said", "hint"),
    [
        (
            "{type: block, use: tower, inputs: right, share: tower_9}",
            "'tower_9' is no use of block 'tower' above",
            "tower_1",
        ),
        ("{type: block, use: tower, inputs: right, share: [1]}", "expected true, false or a name", ""),
    ],
)
def test_a_use_that_cannot_be_shared(use, said, hint):
    with pytest.raises(NetworkError) as caught:
        network_from_text(BLOCKS.replace("{type: block, use: tower, inputs: right, share: tower_1}", use))
    assert said in caught.value.problems[0].message
    assert hint in caught.value.problems[0].hint
