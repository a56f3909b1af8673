"""Masks beside Keras: who hands one on, and what the layers that use it make of the steps that count."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from dataflow_cli.layers import KINDS
from dataflow_cli.network.build import network_from_text
from tests.peers.keras_classes import class_of

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.filterwarnings("ignore:Layer .* does not support masking:UserWarning", "ignore::UserWarning")

X = np.array([[1, 2, 0, 4], [3, 0, 0, 0]])
HEAD = "dftrace: 1\ninput: {shape: [4], dtype: int32}\nweights: {init: glorot_uniform, seed: 3}\nlayers:\n"
EMBEDDING = "  - {type: embedding, input_dim: 9, output_dim: 3, mask_zero: true}\n"
ARGUMENTS = {
    "dense": {"units": 2},
    "dropout": {"rate": 0.5},
    "spatial_dropout1d": {"rate": 0.5},
    "alpha_dropout": {"rate": 0.5},
    "gaussian_noise": {"stddev": 0.5},
    "gaussian_dropout": {"rate": 0.5},
    "rescaling": {"scale": 2.0},
    "activation": {"activation": "tanh"},
    "conv1d": {"filters": 2, "kernel_size": 1},
    "zero_padding1d": {},
    "cropping1d": {},
    "reshape": {"target_shape": (6, 2)},
    "permute": {"dims": (2, 1)},
}
ALONE = ("flatten", "batch_normalization", "layer_normalization", "group_normalization", "rms_normalization")
ALONE += (
    "unit_normalization",
    "relu",
    "leaky_relu",
    "elu",
    "prelu",
    "identity",
    "max_pooling1d",
    "global_max_pooling1d",
)
ALONE += ("activity_regularization", "global_average_pooling1d")


@pytest.mark.parametrize("kind", sorted({*ARGUMENTS, *ALONE}))
def test_a_mask_is_handed_on_where_keras_does(kind):
    fields = ARGUMENTS.get(kind, {})
    fields = fields | ({"groups": 1} if kind == "group_normalization" else {})
    embedded = keras.layers.Embedding(9, 3, mask_zero=True)(keras.Input((4,), dtype="int32"))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        theirs = keras.src.backend.get_keras_mask(class_of(kind)(**fields)(embedded)) is not None
    written = "".join(
        f", {name}: {list(value) if isinstance(value, tuple) else value}" for name, value in fields.items()
    )
    network = network_from_text(f"{HEAD}{EMBEDDING}  - {{type: {kind}{written}}}\n")
    assert network.nodes[-1].layer.hands_mask_on == theirs
    told = any("does not support masking" in str(one.message) for one in said)
    assert [one.code for one in network.warnings] == ["W135"] * told


@pytest.mark.parametrize("kind", ["add", "subtract", "average", "multiply", "maximum", "minimum", "concatenate"])
def test_masks_that_meet_are_joined_as_keras_joins_them(kind):
    words = keras.Input((4,), dtype="int32")
    first, second = keras.layers.Embedding(9, 3, mask_zero=True), keras.layers.Masking()
    rows = keras.Input((4, 3))
    met = class_of(kind)()([first(words), second(rows)])
    model = keras.Model([words, rows], [met, keras.layers.GlobalAveragePooling1D()(met)])
    text = f"""\
dftrace: 1
inputs: {{words: {{shape: [4], dtype: int32}}, rows: [4, 3]}}
layers:
  - {{type: embedding, inputs: words, input_dim: 9, output_dim: 3, mask_zero: true}}
  - {{type: masking, inputs: rows}}
  - {{type: {kind}, inputs: [embedding_1, masking_1]}}
  - {{type: global_average_pooling1d}}
outputs: [{kind}_1, global_average_pooling1d_1]
"""
    y = np.random.default_rng(1).standard_normal((2, 4, 3)).astype("float32")
    y[0, 2:], y[1, 1:] = 0, 0
    network = network_from_text(text)
    from dataflow_cli.weights.model import Weights

    weights = Weights({"embedding_1": {"embeddings": np.asarray(first.embeddings.value.detach())}})
    trace = network.trace({"words": X, "rows": y}, weights, keep="all")
    for name, expected in zip(network.outputs, model([X, y]), strict=True):
        np.testing.assert_allclose(trace.value(name), np.asarray(expected.detach()), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["multiply", "maximum", "minimum"])
@pytest.mark.parametrize("masked", [(0, 1, 2), (0, 2), (1,), (2,)])
def test_what_three_inputs_make_of_steps_that_some_leave_out(kind, masked):
    rng = np.random.default_rng(3)
    inputs = [rng.standard_normal((2, 5, 2)).astype("float32") for _ in range(3)]
    masks = [rng.integers(0, 2, (2, 5)) for _ in masked]
    tensors = [keras.ops.convert_to_tensor(x) for x in inputs]
    for number, mask in zip(masked, masks, strict=True):
        keras.src.backend.set_keras_mask(tensors[number], keras.ops.convert_to_tensor(mask.astype(bool)))
    expected = np.asarray(class_of(kind)()(tensors).detach())
    found = KINDS[kind]().masked(masked)([*inputs, *(mask.astype("float32") for mask in masks)], {})
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_softmax_of_what_counts():
    x, mask = np.array([[1.0, 5, 2], [3, 1, 0]], "float32"), np.array([[1, 0, 1], [0, 0, 0]])
    theirs = keras.layers.Softmax()(x, mask=mask.astype(bool))
    layer = KINDS["softmax"]().masked((-1,))
    np.testing.assert_allclose(layer([x, mask.astype("float32")], {}), np.asarray(theirs), rtol=1e-5)
