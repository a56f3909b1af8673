"""Masks: who makes, uses, joins, hands on and drops them, as Keras has it; and what a layer says itself."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.errors import NetworkError
from dataflow_cli.network.build import network_from_text

WORDS = "{type: embedding, name: words, input_dim: 9, output_dim: 3, mask_zero: true}"
POOL = "{type: global_average_pooling1d, name: pool}"
X = np.array([[1, 2, 0, 4], [3, 0, 0, 0]])
COUNTED = np.array([[1, 1, 0, 1], [1, 0, 0, 0]], bool)


def built(*layers, more=""):
    lines = "".join(f"\n  - {layer}" for layer in layers)
    inputs = "inputs: {ids: {shape: [4], dtype: int32}, steps: [4], rows: [4, 3], short: [3]}"
    head = f"dftrace: 1\n{inputs}\nweights: {{init: glorot_uniform, seed: 3}}\nlayers:"
    return network_from_text(f"{head}\n  - {WORDS.replace('name: words', 'name: words, inputs: ids')}{lines}\n{more}")


def run(network, **keep):
    given = {"ids": X, "steps": [[1, 0, 0, 1], [0, 1, 1, 1]], "rows": np.ones((2, 4, 3)), "short": np.ones((2, 3))}
    return network.trace({name: np.asarray(x) for name, x in given.items()}, **keep)


def mean(x, counted):
    return (x * counted[..., np.newaxis]).sum(1) / counted.sum(1)[:, np.newaxis]


@pytest.mark.parametrize(
    ("layers", "taken"),
    [
        ([POOL], "words:mask"),
        (["{type: dense, units: 2}", "{type: dropout, rate: 0.5}", "layer_normalization", POOL], "words:mask"),
        (["{type: conv1d, filters: 2, kernel_size: 1}", POOL], None),
        (["rms_normalization", POOL], None),
        (["relu", "{type: add, inputs: [relu_1, words]}", POOL], "words:mask"),
        (["relu", "{type: add, inputs: [relu_1, rows]}", POOL], None),
        (["{type: masking, inputs: rows}", "{type: add, inputs: [masking_1, words]}", POOL], "add_1:mask"),
        (["{type: concatenate, axis: 1, inputs: [rows, words]}", POOL], "concatenate_1:mask"),
        (["{type: concatenate, inputs: [rows, words]}", POOL], None),
        (["{type: relu, mask: none}", POOL], None),
        (["{type: relu, mask: steps}", POOL], "steps"),
        ([POOL.replace("name", "mask: steps, name")], "steps"),
        ([POOL.replace("name", "mask: none, name")], None),
    ],
    ids=str,
)
def test_which_mask_reaches_the_pooling(layers, taken):
    network = built(*layers)
    node = network.node("pool")
    assert node.inputs[1:] == (() if taken is None else (taken,))
    trace = run(network)
    x = trace.value(node.inputs[0])
    counted = np.ones(x.shape[:2]) if taken is None else trace.value(taken) != 0
    np.testing.assert_allclose(trace.value("pool"), mean(x, counted), rtol=1e-5)
    written = network_from_text(network.text())
    assert written.node("pool").inputs == node.inputs
    assert written.text() == network.text()


def test_masks_are_tensors_like_others():
    network = built("{type: masking, inputs: rows}", "{type: add, inputs: [masking_1, words]}")
    assert {"words:mask", "masking_1:mask", "add_1:mask"} < set(network.tensors)
    trace = run(network, keep=["words:mask", "add_1:mask", "masking_1:mask"])
    np.testing.assert_array_equal(trace.value("words:mask"), COUNTED)
    np.testing.assert_array_equal(trace.value("add_1:mask"), np.ones((2, 4)))
    assert "words:mask" not in [step.name for step in run(network).steps]


def test_steps_one_after_the_other_keep_their_masks():
    network = built("{type: concatenate, axis: 1, inputs: [rows, words]}", POOL, more="outputs: ['concatenate_1:mask']")
    np.testing.assert_array_equal(run(network).output, np.hstack([np.ones((2, 4)), COUNTED]))


def test_a_mask_is_explained_where_it_acts():
    account = built(POOL).explain("pool", (1,), {"ids": X[:1], **{name: np.zeros((1, *s)) for name, s in SHAPES}})
    assert account.agrees
    assert {(operand.name) for operand in account.operands} == {"words", "words:mask"}
    assert account.explanation.sources() == [(0, 1), (1, 1), (3, 1)]
    assert len(account.explanation.candidates(1)) == 4


SHAPES = (("steps", (4,)), ("rows", (4, 3)), ("short", (3,)))


@pytest.mark.parametrize(
    ("layer", "code", "said", "hint"),
    [
        (POOL.replace("name", "mask: short, name"), "E135", "shape (3,), and the steps are (4,)", "one number a step"),
        (POOL.replace("name", "mask: rows, name"), "E135", "shape (4, 3), and the steps are (4,)", "one number a step"),
        ("{type: relu, mask: short}", "E135", "shape (3,), and the steps are (4,)", "one number a step"),
        ("{type: conv1d, filters: 2, kernel_size: 1, mask: steps}", "E135", "no use for a mask", "leave `mask` out"),
        ("{type: relu, mask: wrods}", "E130", "'wrods' is not defined above", "did you mean 'words'?"),
        ("{type: relu, mask: 'words:maks'}", "E130", "no inner tensor 'maks'", "did you mean 'mask'?"),
    ],
)
def test_a_mask_that_does_not_fit(layer, code, said, hint):
    with pytest.raises(NetworkError) as caught:
        built(layer)
    (problem,) = caught.value.problems
    assert problem.code == code
    assert said in problem.message
    assert hint in problem.hint
    assert problem.place.text[problem.place.column - 1 :].split(",")[0].strip("}'") in layer
