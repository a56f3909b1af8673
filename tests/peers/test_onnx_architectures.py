"""Architectures of transformers beside BERT and ViT, small, as TorchScript's exporter writes them.

Each is held against ONNX Runtime, tensor by tensor, and against what PyTorch's own hooks capture: no layer differs.
There dropouts are modules, and what PyTorch calls as a function is none.
"""

from __future__ import annotations

import logging

import numpy as np
import pytest

from dataflow_cli.comparing import difference
from dataflow_cli.given import Given
from dataflow_cli.hooks import program
from tests.peers.onnx_values import CLOSE, held_against, onnx

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

TEXT = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24, "vocab_size": 50}
WINDOWS = {"image_size": 16, "patch_size": 2, "embed_dim": 8, "depths": [2], "num_heads": [2], "window_size": 4}
STAGES = {"hidden_sizes": [8, 16, 16, 16], "depths": [1, 1, 1, 1]}
FEATURES = {"conv_dim": [8, 8], "conv_kernel": [10, 3], "conv_stride": [5, 2]}
SOUND = TEXT | FEATURES | {"num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 4}
LEVIT = {"hidden_sizes": [16, 24, 32], "num_attention_heads": [2, 3, 4], "depths": [1, 1, 1], "key_dim": [8, 8, 8]}
ARCHITECTURES = {
    "T5Encoder": ("T5", {"d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 1, "num_heads": 2, "vocab_size": 50}),
    "MPNet": ("MPNet", TEXT),
    "Albert": ("Albert", TEXT | {"embedding_size": 8}),
    "Swinv2": ("Swinv2", WINDOWS),
    "PoolFormer": ("PoolFormer", STAGES),
    "MobileNetV1": ("MobileNetV1", {"depth_multiplier": 0.25}),
    "MobileNetV2": ("MobileNetV2", {"depth_multiplier": 0.35}),
    "Levit": ("Levit", LEVIT | {"image_size": 64}),
    "Wav2Vec2": ("Wav2Vec2", SOUND),
}
INPUTS = {"T5": (12,), "MPNet": (12,), "Albert": (12,), "Swinv2": (3, 16, 16), "Levit": (3, 64, 64), "Wav2Vec2": (400,)}


class First(torch.nn.Module):
    """The first of what a model puts out, of its input alone."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)[0]


def learned(model):
    """Weights and moments of some size: those that a model begins with let many layers give next to nothing."""
    torch.manual_seed(3)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, 0, parameter[0].numel() ** -0.5)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.1)
    return First(model).eval()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_export_is_read_and_is_what_it_was_made_from(name, tmp_path, monkeypatch):
    family, fields = ARCHITECTURES[name]
    monkeypatch.chdir(tmp_path)  # hooks write where they run
    logging.disable(logging.WARNING)
    config = getattr(transformers, f"{family}Config")(attn_implementation="eager", **fields)
    model = learned(getattr(transformers, f"{name}Model")(config))
    shape = INPUTS.get(family, (3, 32, 32))
    x = torch.randn(1, *shape) if len(shape) > 1 or family == "Wav2Vec2" else torch.randint(3, 49, (1, *shape))
    torch.onnx.export(model, (x,), "m.onnx", dynamo=False)
    logging.disable(logging.NOTSET)
    found = held_against(tmp_path / "m.onnx", {onnx.load("m.onnx").graph.input[0].name: x.numpy()})
    worst = max(found, key=found.get)
    assert found[worst] <= CLOSE, f"{worst}: {found[worst]:.1e}, of {len(found)} tensors"
    exec(program("torch"), {"model": model, "x": x})  # noqa: S102  what dftrace prints is what is tested
    np.save("x.npy", x.numpy())
    given = Given(inputs=("x.npy",))
    told = difference("m.onnx", "captured.npz", given, given)
    assert told.first is None, (told.first.name, told.first.partner, told.first.own)
