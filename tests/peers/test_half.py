"""Half precision beside PyTorch's own layers of it: within a step of the type."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.files.float8 import as_float32
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

TEXT = """\
dftrace: 1
framework: torch
input: [3, 9, 8]
data_format: channels_first
weights: {init: he_normal, seed: 3}
layers:
  - {type: conv2d, name: conv, filters: 4, kernel_size: 3, activation: relu}
  - {type: max_pooling2d, name: pool}
  - {type: reshape, name: row, target_shape: [-1]}
  - {type: dense, name: dense, units: 5}
  - {type: softmax, name: out}
"""


@pytest.mark.parametrize(("dtype", "step"), [("float16", 2.0**-10), ("bfloat16", 2.0**-7)])
def test_layers_of_pytorch_are_within_a_step(dtype, step):
    network = network_from_text(TEXT)
    weights = load_weights(network, dtype=dtype)
    kind = getattr(torch, dtype)
    x = np.random.default_rng(1).normal(size=(4, 3, 9, 8)).astype("f4")
    trace = run(network, weights, [{"input": x}], keep=network.by_name)
    conv, dense = (
        {name: torch.tensor(np.array(values)).to(kind) for name, values in weights.of(layer).items()}
        for layer in ("conv", "dense")
    )
    given = {name: torch.tensor(np.array(trace.value(name))).to(kind) for name in ("conv", "pool", "row", "dense")}
    functional = torch.nn.functional
    theirs = {
        "conv": functional.conv2d(torch.tensor(x).to(kind), conv["kernel"].permute(3, 2, 0, 1), conv["bias"]).relu(),
        "pool": functional.max_pool2d(given["conv"], 2),
        "row": given["pool"].flatten(1),
        "dense": given["row"] @ dense["kernel"] + dense["bias"],
        "out": functional.softmax(given["dense"], -1),
    }
    for name, expected in theirs.items():
        found, wanted = trace.value(name), expected.float().numpy()
        scale = np.abs(wanted).max() if name == "dense" else np.abs(wanted)  # theirs rounds before the bias
        assert (np.abs(found - wanted) <= step * scale + 1e-7).all(), name


@pytest.mark.parametrize("name", ["float8_e4m3", "float8_e5m2"])
def test_every_byte_is_the_number_that_it_is_in_pytorch(name):
    codes = np.arange(256, dtype=np.uint8)
    kind = getattr(torch, {"float8_e4m3": "float8_e4m3fn"}.get(name, name))
    np.testing.assert_array_equal(as_float32(codes, name), torch.tensor(codes).view(kind).float().numpy())
