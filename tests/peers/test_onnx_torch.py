"""What PyTorch's two exporters write, read and held against ONNX Runtime, layer by layer."""

from __future__ import annotations

import importlib.util
import logging

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.importers.open import import_model
from tests.peers.onnx_values import CLOSE, held_against, onnx
from tests.peers.torch_models import EXPORTERS, MODELS, exported

torch = pytest.importorskip("torch")

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


def assigned(x, y):
    """Slices, rows and places that are assigned to, and sums by places that data makes."""
    x = x * 2
    x[:, 1:3] = y
    x[:, :, ::2] = 0.5
    x[:, [0, 3]] += y
    x[x > 3] = -1
    places = y.topk(2, dim=1).indices
    return x.scatter_add(1, places, y).index_add(1, torch.tensor([2, 0]), y)


@pytest.mark.parametrize("open_size", [True, False])
@pytest.mark.parametrize("exporter", EXPORTERS)
def test_what_is_assigned_to_is_put_there(exporter, open_size, tmp_path):
    if exporter == "dynamo" and importlib.util.find_spec("onnxscript") is None:
        pytest.skip("PyTorch's newer exporter takes the package onnxscript, which is not installed")

    class Module(torch.nn.Module):
        def forward(self, x, y):
            return assigned(x, y)

    n, rng = 2 if open_size else 1, np.random.default_rng(3)
    x, y = (torch.from_numpy(rng.standard_normal((n, k, 6)).astype(np.float32)) for k in (4, 2))
    sizes = (
        {"dynamic_shapes": ({0: "n"}, {0: "n"})}
        if exporter == "dynamo"
        else {"dynamic_axes": {"x": {0: "n"}, "y": {0: "n"}}}
    )
    said = {"input_names": ["x", "y"], "dynamo": exporter == "dynamo", **(sizes if open_size else {})}
    torch.onnx.export(Module(), (x, y), tmp_path / "m.onnx", **said)
    network = load_network(tmp_path / "m.onnx")
    given = dict(zip([each.name for each in network.inputs], (x.numpy(), y.numpy()), strict=True))
    np.testing.assert_allclose(network.predict(given), assigned(x, y), rtol=1e-6)


@pytest.mark.parametrize("name", ["cnn", "u-net", "encoder"])
def test_a_model_of_half_precision_is_near_by_a_unit_in_the_last_place(name, tmp_path):
    """It is computed in float32 here, where ONNX Runtime rounds in between."""
    x = exported(name, "torchscript", tmp_path / "m.onnx", half=True)
    found = held_against(tmp_path / "m.onnx", {"x": x})
    worst = max(found, key=found.get)
    assert found[worst] <= 2**-10, f"{worst}: {found[worst]:.1e}, of {len(found)} tensors"
