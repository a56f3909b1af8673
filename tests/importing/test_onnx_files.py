"""An ONNX model as a network file that a person would have written."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import UnknownName
from dataflow_cli.importing.files import import_to_files
from fuzz.making.onnxfiles import graph, model, node, value

rng = np.random.default_rng(8)
WEIGHTS = {
    "stem.weight": (4, 3, 3, 3),
    **{f"stage.{k}.conv.weight": (4, 4, 3, 3) for k in "01"},
    **{f"stage.{k}.norm.{each}": (4,) for k in "01" for each in ("weight", "bias", "mean", "var")},
    "head.weight": (5, 4),
    "head.bias": (5,),
}
TEXT = """\
dftrace: 1
name: m
data_format: channels_first
input: [3, 8, 8]
weights: m.safetensors
blocks:
  stage:
    layers:
      - {type: conv2d, name: conv, filters: 4, kernel_size: 3, padding: 1, use_bias: false}
      - {type: batch_normalization, name: norm, epsilon: 1e-5}
      - {type: relu, name: act}
layers:
  - {type: conv2d, name: stem, filters: 4, kernel_size: 3, strides: 2, padding: same, use_bias: false, activation: relu}
  - {type: block, name: stage.0, use: stage}
  - {type: block, name: stage.1, use: stage}
  - {type: global_average_pooling2d, name: pool}
  - {type: dense, name: head, units: 5, activation: softmax}
"""


def nodes():
    yield node("Conv", ["x", "stem.weight"], ["s"], "/stem/Conv", strides=[2, 2], auto_pad="SAME_UPPER")
    yield node("Relu", ["s"], ["h"], "/relu/Relu")
    before = "h"
    for k in "01":
        name, path = f"stage.{k}", f"/stage/stage.{k}"
        yield node("Conv", [before, f"{name}.conv.weight"], [f"c{k}"], f"{path}/conv/Conv", pads=[1] * 4)
        moments = [f"{name}.norm.{each}" for each in ("weight", "bias", "mean", "var")]
        yield node("BatchNormalization", [f"c{k}", *moments], [f"n{k}"], f"{path}/norm/BatchNormalization")
        yield node("Relu", [f"n{k}"], [f"r{k}"], f"{path}/act/Relu")
        before = f"r{k}"
    yield node("GlobalAveragePool", [before], ["p"], "/pool/GlobalAveragePool")
    yield node("Flatten", ["p"], ["f"], "/Flatten")
    yield node("Gemm", ["f", "head.weight", "head.bias"], ["g"], "/head/Gemm", transB=1)
    yield node("Softmax", ["g"], ["y"], "/Softmax", axis=-1)


@pytest.fixture
def path(tmp_path):
    tensors = {name: np.abs(rng.normal(size=shape)).astype("f4") for name, shape in WEIGHTS.items()}
    content = graph(list(nodes()), [value("x", ["N", 3, 8, 8])], ["y"], tensors)
    (tmp_path / "m.onnx").write_bytes(model(content))
    return tmp_path / "m.onnx"


def test_the_file_reads_as_a_person_would_have_written_it(path):
    """Three layers of a block are three short lines, written once; names are those of PyTorch's modules."""
    written = import_to_files(path, path.parent / "m.yaml")
    assert (path.parent / "m.yaml").read_text() == TEXT
    x = rng.normal(size=(2, 3, 8, 8)).astype("f4")
    direct = load_network(path)
    trace, read = direct.trace(x, keep="all"), written.network.trace(x, keep="all")
    for layer in direct.nodes:
        assert (trace.value(layer.name) == read.value(layer.name)).all(), layer.name


@pytest.mark.parametrize("name", ["stage.1/conv", "stage.1.conv", "c1"])
def test_until_takes_our_name_theirs_or_the_tensors(path, name):
    try:
        written = import_to_files(path, path.parent / "part.yaml", until=name)
    except UnknownName as error:
        pytest.fail(str(error))
    assert [node.layer.type for node in written.network.nodes][-1] == "conv2d"
    assert len(written.network.nodes) == 5
