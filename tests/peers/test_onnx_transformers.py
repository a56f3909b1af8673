"""BERT and ViT of transformers, small, as PyTorch's two exporters write them, held against ONNX Runtime.

Attention is one layer, in both of the ways that transformers computes it.
"""

from __future__ import annotations

import logging

import pytest

from dataflow_cli.importers.open import import_model
from tests.peers.onnx_values import CLOSE, held_against, onnx

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

SIZES = {"hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 20}
ATTENTION = ("multi_head_attention", "scaled_dot_product_attention")


class Alone(torch.nn.Module):
    """A model that takes nothing but its input: TorchScript's exporter fills up the others, and gets them wrong."""

    def __init__(self, model):
        super().__init__()
        self.model = model.eval()

    def forward(self, x):
        return tuple(self.model(x, return_dict=False))


def bert(way):
    config = transformers.BertConfig(vocab_size=29, max_position_embeddings=16, attn_implementation=way, **SIZES)
    return Alone(transformers.BertModel(config)), torch.randint(0, 29, (2, 7))


def vit(way):
    config = transformers.ViTConfig(image_size=16, patch_size=4, attn_implementation=way, **SIZES)
    return Alone(transformers.ViTModel(config)), torch.randn(2, 3, 16, 16)


def write(model, x, path, exporter):
    """The model with its batch open."""
    if exporter == "dynamo":
        pytest.importorskip("onnxscript")
        shapes = ({0: torch.export.Dim("N", min=1, max=64)},)
        torch.onnx.export(model, (x,), str(path), dynamo=True, dynamic_shapes=shapes, verbose=False)
    else:
        names = {"input_names": ["x"], "output_names": ["y", "z"], "dynamic_axes": {"x": {0: "N"}}}
        torch.onnx.export(model, (x,), str(path), dynamo=False, **names)


@pytest.fixture(autouse=True)
def quiet():
    """The exporter tells what it does."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("exporter", ["dynamo", "torchscript"])
@pytest.mark.parametrize("way", ["sdpa", "eager"])
@pytest.mark.parametrize("make", [bert, vit])
def test_attention_is_one_layer_with_the_values_of_onnx_runtime(make, way, exporter, tmp_path):
    torch.manual_seed(3)
    model, x = make(way)
    model.eval()
    path = tmp_path / "m.onnx"
    write(model, x, path, exporter)
    read = import_model(path)
    kinds = [layer.kind for layer in read.layers]
    assert read.missing == ()
    assert sum(kind in ATTENTION for kind in kinds) == SIZES["num_hidden_layers"]
    assert not {"softmax", "matmul"} & {*kinds}
    name = onnx.load(path, load_external_data=False).graph.input[0].name
    found = held_against(path, {name: x.numpy()})
    worst = max(found, key=found.get)
    assert found[worst] <= CLOSE, f"{worst}: {found[worst]:.1e}, of {len(found)} tensors"
