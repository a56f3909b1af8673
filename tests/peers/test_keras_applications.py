"""Models of keras.applications with random weights, saved by Keras and read here: every layer's values are its own."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from dataflow_cli.importing.files import import_to_files
from dataflow_cli.importing.keras import held_against

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
pytest.importorskip("h5py")

SMALLEST = {
    "MobileNetV2": 32,
    "ResNet50": 32,
    "DenseNet121": 32,
    "EfficientNetB0": 32,
    "Xception": 71,
    "ConvNeXtTiny": 32,
}
"""The shortest side of a picture that the model takes."""


@pytest.mark.parametrize("form", ["keras", "h5"])
@pytest.mark.parametrize("name", SMALLEST)
def test_every_layer_of_an_application_is_what_keras_computes(name, form, tmp_path):
    """Random moments too: batch normalization starts as if it were not there."""
    side = SMALLEST[name]
    keras.utils.set_random_seed(3)
    model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3))
    rng = np.random.default_rng(3)
    for each in model.weights:
        if len(each.shape) == 1:
            each.assign(np.asarray(each) + rng.uniform(0.05, 0.3, each.shape).astype("float32"))
    model.save(tmp_path / f"m.{form}")
    written = import_to_files(tmp_path / f"m.{form}", tmp_path / "out", force=True)
    counters = sum(math.prod(each.shape) for each in model.weights if each.name == "count")  # samples that were seen
    assert sum(node.parameter_count for node in written.network.nodes) == model.count_params() - counters
    assert "at most" in held_against(model, written)
