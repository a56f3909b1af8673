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

    def forward(self, x, mask=None):
        given = {} if mask is None else {"attention_mask": mask}
        return tuple(self.model(x, return_dict=False, **given))


def bert(way):
    config = transformers.BertConfig(vocab_size=29, max_position_embeddings=16, attn_implementation=way, **SIZES)
    return Alone(transformers.BertModel(config)), [torch.randint(0, 29, (2, 7))]


def masked_bert(way):
    """The second of two samples is shorter: PyTorch's newer exporter looks its mask up by sample and place."""
    model, (x,) = bert(way)
    return model, [x, torch.tensor([[1] * 7, [1] * 5 + [0] * 2])]


def vit(way):
    config = transformers.ViTConfig(image_size=16, patch_size=4, attn_implementation=way, **SIZES)
    return Alone(transformers.ViTModel(config)), [torch.randn(2, 3, 16, 16)]


def write(model, given, path, exporter):
    """The model with its batch open."""
    if exporter == "dynamo":
        pytest.importorskip("onnxscript")
        batch = torch.export.Dim("N", min=1, max=64)
        shapes = tuple({0: batch} for _ in given)
        torch.onnx.export(model, tuple(given), str(path), dynamo=True, dynamic_shapes=shapes, verbose=False)
    else:
        names = ["x", "mask"][: len(given)]
        fields = {"input_names": names, "output_names": ["y", "z"], "dynamic_axes": {name: {0: "N"} for name in names}}
        torch.onnx.export(model, tuple(given), str(path), dynamo=False, **fields)


@pytest.fixture(autouse=True)
def quiet():
    """The exporter tells what it does."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("exporter", ["dynamo", "torchscript"])
@pytest.mark.parametrize("way", ["sdpa", "eager"])
@pytest.mark.parametrize("make", [bert, masked_bert, vit])
def test_attention_is_one_layer_with_the_values_of_onnx_runtime(make, way, exporter, tmp_path):
    torch.manual_seed(3)
    model, given = make(way)
    model.eval()
    path = tmp_path / "m.onnx"
    write(model, given, path, exporter)
    read = import_model(path)
    kinds = [layer.kind for layer in read.layers]
    assert read.missing == ()
    assert sum(kind in ATTENTION for kind in kinds) == SIZES["num_hidden_layers"]
    assert not {"softmax", "matmul"} & {*kinds}
    names = [each.name for each in onnx.load(path, load_external_data=False).graph.input]
    found = held_against(path, {name: x.numpy() for name, x in zip(names, given, strict=True)})
    worst = max(found, key=found.get)
    assert found[worst] <= CLOSE, f"{worst}: {found[worst]:.1e}, of {len(found)} tensors"
