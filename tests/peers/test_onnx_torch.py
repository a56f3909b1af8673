"""What PyTorch's two exporters write, read and held against ONNX Runtime, layer by layer."""

from __future__ import annotations

import importlib.util
import logging

import pytest

from dataflow_cli.importers.open import import_model
from tests.peers.onnx_values import CLOSE, held_against, onnx
from tests.peers.torch_models import EXPORTERS, MODELS, exported

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]


WITH_HEADS = ("vit", "decoder", "encoder")
"""Models of two blocks with attention, each of which is one layer."""


@pytest.fixture(autouse=True)
def quiet():
    """The exporter tells what it does."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_pytorch_has_the_values_of_onnx_runtime(name, exporter, tmp_path):
    if exporter == "dynamo" and importlib.util.find_spec("onnxscript") is None:
        pytest.skip("PyTorch's newer exporter takes the package onnxscript, which is not installed")
    path = tmp_path / "m.onnx"
    x = exported(name, exporter, path)
    found = held_against(path, {onnx.load(path, load_external_data=False).graph.input[0].name: x})
    worst = max(found, key=found.get)
    assert found[worst] <= CLOSE, f"{worst}: {found[worst]:.1e}, of {len(found)} tensors"
    heads = [layer for layer in import_model(path).layers if layer.kind == "multi_head_attention"]
    assert len(heads) == (2 if name in WITH_HEADS else 0)


@pytest.mark.parametrize("name", ["cnn", "u-net", "encoder"])
def test_a_model_of_half_precision_is_near_by_a_unit_in_the_last_place(name, tmp_path):
    """It is computed in float32 here, where ONNX Runtime rounds in between."""
    x = exported(name, "torchscript", tmp_path / "m.onnx", half=True)
    found = held_against(tmp_path / "m.onnx", {"x": x})
    worst = max(found, key=found.get)
    assert found[worst] <= 2**-10, f"{worst}: {found[worst]:.1e}, of {len(found)} tensors"
