"""Every network of configs/ in every engine and type, by that engine's own layers: diff finds no difference.

The large ones are smaller here: fewer pixels, channels, words and blocks. tools/measure_own_errors.py has their sizes.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
import yaml

from dataflow_cli.diff.captured import Captured
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.run import Run
from dataflow_cli.network.build import network_from_text
from tests.contract.shell import ROOT
from tests.peers.reduced import smaller

torch = pytest.importorskip("torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")
pytest.importorskip("onnxruntime")
sys.path.insert(0, str(ROOT / "tools"))
from layer_engines import ENGINES, captured  # noqa: E402  needs the folder

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

WORDS = {128: 9, 30522: 50, 512: 20, 50257: 50, 1024: 20, 49152: 50}
BLOCKS = {("repeat", n): 1 for n in (3, 4, 5, 6, 12, 30)}
PICTURE = {224: 32, 4096: 40, 512: 24, 1000: 10} | BLOCKS
SMALLER = {
    "bert-base": WORDS | {768: 24, ("num_heads", 12): 3, ("key_dim", 64): 8, 3072: 40},
    "minilm-l6": WORDS | {384: 24, ("num_heads", 12): 3, ("key_dim", 32): 8, 1536: 40},
    "gpt2": WORDS | BLOCKS | {768: 24, ("num_heads", 12): 3, ("key_dim", 64): 8, 3072: 96},
    "llama-smollm-135m": WORDS
    | BLOCKS
    | {576: 24, ("num_query_heads", 9): 6, ("num_key_value_heads", 3): 2, 64: 4, 1536: 40},
    "vit-base-16": BLOCKS | {224: 32, 196: 4, 197: 5, 768: 24, ("num_heads", 12): 3, ("key_dim", 64): 8, 3072: 40},
    "lstm-imdb": {200: 12, 20000: 50, 128: 9, 64: 5},
    "unet": {388: 116, 64: 2, 128: 3, 256: 4, 512: 6, 1024: 8},
    "vgg16": PICTURE,
    "resnet50": PICTURE,
    "mobilenetv2": PICTURE,
    "conv2d-raccoon": {512: 40},
    "rgb-picture": {427: 30, 640: 40},
}
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))


def inputs(network):
    """Numbers around 0, or of words, the last two of them padding."""
    rng, given = np.random.default_rng(0), {}
    for spec in network.inputs:
        shape = (2, *spec.shape)
        given[spec.name] = rng.integers(1, 7, shape) if spec.indices else rng.normal(size=shape).astype(np.float32)
        if spec.indices:
            given[spec.name][:, -2:] = 0
            given[spec.name] = np.minimum(given[spec.name], 1) if spec.name == "types" else given[spec.name]
    return given


@pytest.fixture(scope="module", params=CONFIGS, ids=lambda path: path.stem)
def ours(request):
    """A network with its weights, the inputs as they go in, and its run in float64."""
    document = yaml.safe_load(request.param.read_text())
    sizes = SMALLER.get(request.param.stem, {})
    for one in document.get("inputs", {"input": document.get("input")}).values():
        one.pop("example", None)
    network = network_from_text(yaml.safe_dump(smaller(document, sizes)), folder=request.param.parent)
    given = inputs(network)
    trace = network.trace(given)
    weights = trace.origin[1]
    exact = network.trace(given, weights, dtype="float64")
    return network, weights, {name: trace.values[name] for name in given}, exact


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", ENGINES)
def test_what_another_engine_makes_of_a_network_is_no_difference(ours, engine, dtype):
    """Keras on PyTorch computes products of matrices in float32, ONNX a layer normalization's moments, whatever
    they call them: diff says that alone.
    """
    network, weights, given, exact = ours
    tensors = captured(ENGINES[engine], network, weights, given, dtype)
    run = Run(network, weights, exact)
    found = compared(run, Captured("there", {name: x.shape for name, x in tensors.items()}, tensors.__getitem__))
    if engine in {"Keras", "ONNX Runtime"} and dtype == "float64" and found.first is not None:
        assert "it was computed in that" in found.cause.found
        return
    assert found.first is None, f"{found.first.name}: {found.first.own}, {found.cause}"
    assert len(tensors) > len(given) or (engine, dtype) == ("ONNX Runtime", "float64")  # which has no convolution
