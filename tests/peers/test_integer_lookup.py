"""Whole numbers looked up in a vocabulary, as ONNX Runtime's LabelEncoder does; and as Keras where TensorFlow is there.

Keras' own layer needs TensorFlow, whatever computes the others; what it gave once stands in the layers' examples.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from tests.layers.examples import make

pytestmark = pytest.mark.peers
KNOWN = [12, 36, 1138, 42, -5]
X = np.array([[12, 1138, 42, -5], [0, 7, 36, 10**12], [-7, 12, 0, 42]])
SETTINGS = [
    {},
    {"num_oov_indices": 3},
    {"mask_token": 0},
    {"mask_token": 0, "num_oov_indices": 2},
    {"output_mode": "one_hot", "mask_token": 0},
    {"output_mode": "multi_hot"},
    {"output_mode": "count", "mask_token": 0, "num_oov_indices": 2},
    {"output_mode": "count", "max_tokens": 9, "pad_to_max_tokens": True},
]


def ours(**fields):
    written = {name: "null" if one is None else str(one).lower() for name, one in fields.items()}
    return make("integer_lookup", {"vocabulary": list(map(str, KNOWN)), **written})([X], {})


@pytest.mark.parametrize("mask", [None, 0])
def test_one_index_for_all_others_is_a_label_encoder(mask):
    first = 1 + (mask is not None)
    keys = [*KNOWN, *([] if mask is None else [mask])]
    places = [*range(first, first + len(KNOWN)), *([] if mask is None else [0])]
    encoder = helper.make_node(
        "LabelEncoder",
        ["x"],
        ["y"],
        domain="ai.onnx.ml",
        keys_tensor=helper.make_tensor("keys", onnx.TensorProto.INT64, [len(keys)], keys),
        values_tensor=helper.make_tensor("values", onnx.TensorProto.INT64, [len(keys)], places),
        default_tensor=helper.make_tensor("default", onnx.TensorProto.INT64, [1], [first - 1]),
    )
    infos = [helper.make_tensor_value_info(name, onnx.TensorProto.INT64, X.shape) for name in "xy"]
    graph = helper.make_graph([encoder], "lookup", infos[:1], infos[1:])
    opsets = [helper.make_opsetid("ai.onnx.ml", 4), helper.make_opsetid("", 20)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    (wanted,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": X})
    np.testing.assert_array_equal(ours(mask_token=mask), wanted)


@pytest.mark.parametrize("fields", SETTINGS)
def test_keras_on_tensorflow(fields):
    pytest.importorskip("tensorflow")
    import keras

    wanted = np.asarray(keras.layers.IntegerLookup(vocabulary=KNOWN, **fields)(X))
    np.testing.assert_array_equal(ours(**fields), wanted)
