"""Models of keras.applications with random weights, saved by Keras and read here: every layer's values are its own."""

from __future__ import annotations

import math
import warnings

import pytest

from dataflow_cli.importing.files import import_to_files
from dataflow_cli.importing.keras import held_against
from tests.peers.keras_cases import SMALLEST, application

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
pytest.importorskip("h5py")


@pytest.mark.parametrize("form", ["keras", "h5"])
@pytest.mark.parametrize("name", SMALLEST)
def test_every_layer_of_an_application_is_what_keras_computes(name, form, tmp_path):
    model, _ = application(keras, name)
    model.save(tmp_path / f"m.{form}")
    written = import_to_files(tmp_path / f"m.{form}", tmp_path / "out", force=True)
    counters = sum(math.prod(each.shape) for each in model.weights if each.name == "count")  # samples that were seen
    assert sum(node.parameter_count for node in written.network.nodes) == model.count_params() - counters
    assert "at most" in held_against(model, written)
