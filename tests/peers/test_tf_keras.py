"""Every layer that Keras 2 has, saved by tf_keras in both of its formats; where that and TensorFlow are installed."""

from __future__ import annotations

import math
import os
import sys
import warnings

import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import NetworkError
from dataflow_cli.importing.files import import_to_files
from dataflow_cli.importing.keras import held_against as held_layers
from fuzz.making.kerasfiles import counted_h5, keras_zip, layer, sequential
from tests.peers.keras_cases import (
    CASES,
    PICTURE,
    SIGNAL,
    VECTOR,
    WRAPPED,
    application,
    classes_of,
    held_against,
    made,
    table,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # what TensorFlow itself calls Keras
    keras = pytest.importorskip("tf_keras", reason="not here: what Keras 2 writes (pip install tf_keras tensorflow)")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
pytest.importorskip("h5py")

FOUND: dict[str, dict[str, list[float | str]]] = {}
GATED = [
    fields | {"recurrent_activation": "hard_sigmoid"} for fields in ({"units": 3}, {"units": 2, "activation": "elu"})
]
OURS = CASES | {
    "LeakyReLU": [({}, VECTOR), ({"alpha": 0.05}, VECTOR)],
    "ThresholdedReLU": [({"theta": 0.4}, VECTOR)],
    **{
        name: [case for case in CASES[name] if case[0]["output_mode"] != "one_hot"]
        for name in ("CategoryEncoding", "Discretization")
    },
    "RandomHeight": [({"factor": 0.1}, PICTURE)],
    "RandomWidth": [({"factor": 0.1}, PICTURE)],
    "LocallyConnected1D": [({"filters": 3, "kernel_size": 3}, SIGNAL)],
    "LocallyConnected2D": [({"filters": 3, "kernel_size": 3}, PICTURE)],
    "LSTM": [*CASES["LSTM"], *((fields, SIGNAL) for fields in GATED)],
    "GRU": [*CASES["GRU"], *((fields, SIGNAL) for fields in GATED)],
    "MultiHeadAttention": [case for case in CASES["MultiHeadAttention"] if "use_gate" not in case[0]],
    "Attention": [({"score_mode": mode}, *[SIGNAL] * count) for mode in ("dot", "concat") for count in (2, 3)],
}
"""What Keras 2 alone has, or calls otherwise."""
CELLS = {
    "RNN": [
        lambda layers: layers.RNN(layers.LSTMCell(3)),
        lambda layers: layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)], return_sequences=True),
        lambda layers: layers.RNN(layers.StackedRNNCells([layers.SimpleRNNCell(3), layers.SimpleRNNCell(2)])),
    ]
}


@pytest.mark.parametrize("name", classes_of(keras))
def test_a_layer_is_read_as_keras_2_saved_it_or_refused_by_its_name(name, tmp_path):
    if name == "InputLayer":
        return
    if name in OURS or name in WRAPPED or name in CELLS:
        held_against(keras, made(keras, name, OURS, WRAPPED | CELLS), tmp_path, FOUND.setdefault(name, {}))
        return
    model = sequential(layer("InputLayer", "i", batch_shape=[None, 4]), layer(name, "one"))
    (tmp_path / "m.keras").write_bytes(keras_zip(model, counted_h5({})))
    with pytest.raises(NetworkError, match="'one'") as caught:
        load_network(tmp_path / "m.keras")
    FOUND[name] = {form: [caught.value.message] for form in ("keras", "h5")}


def test_the_table(capsys):
    with capsys.disabled():
        sys.stdout.write(table(f"tf_keras {keras.__version__}", FOUND))


@pytest.mark.parametrize("form", ["keras", "h5"])
@pytest.mark.parametrize("name", ["MobileNet", "MobileNetV2", "ResNet50", "DenseNet121", "EfficientNetB0", "Xception"])
def test_every_layer_of_an_application_is_what_keras_2_computes(name, form, tmp_path):
    model, _ = application(keras, name)
    model.save(tmp_path / f"m.{form}")
    written = import_to_files(tmp_path / f"m.{form}", tmp_path / "out", force=True)
    counters = sum(math.prod(each.shape) for each in model.weights if each.name.split("/")[-1].startswith("count"))
    assert sum(node.parameter_count for node in written.network.nodes) == model.count_params() - counters
    assert "at most" in held_layers(model, written)
