"""An element of a merge that has masks and an activation: what it sees of the inputs is found through both."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dataflow_cli.network.build import network_from_text


def test_a_merge_with_a_mask_and_an_activation_is_explained():
    inputs = {"a": [3, 2], "b": [3, 2], "m": [3]}
    layers = [
        {"type": "linear", "name": "part", "inputs": "b", "mask": "m"},
        {"type": "multiply", "name": "both", "inputs": ["a", "part"], "activation": "tanh"},
    ]
    network = network_from_text(json.dumps({"dftrace": 1, "inputs": inputs, "layers": layers}))
    x = {"a": np.full((1, 3, 2), 0.5, np.float32), "b": np.full((1, 3, 2), 2, np.float32), "m": np.ones((1, 3), "f4")}
    account = network.trace(x, keep=network.tensors).explain("both", (1, 0))
    assert account.value == pytest.approx(np.tanh(1.0))
    assert {region.input for region in account.regions} == {"a", "b", "m"}
