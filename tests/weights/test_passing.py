"""Weights that pass through memory are those that are loaded."""

from contextlib import ExitStack

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import WeightsError
from dataflow_cli.network.build import network_from_text
from dataflow_cli.trace.fingerprints import weights_fingerprint
from dataflow_cli.weights import passing
from dataflow_cli.weights.load import load_weights
from dataflow_cli.weights.passing import passing_weights
from tests.contract.shell import ROOT

SHARED = """dftrace: 1
input: [6]
layers:
  - {type: dense, name: a, units: 6}
  - {type: dense, name: b, units: 6, weights: {kernel: {share: a/kernel, transpose: true}}}
  - {type: dense, name: c, units: 2, weights: {bias: [1, 0.1]}}
"""


@pytest.mark.parametrize("kept", [0, 2**26])
@pytest.mark.parametrize("dtype", ["float64", "float16"])
@pytest.mark.parametrize("name", ["mnist-cnn", "mnist-vit", "shared"])
def test_they_are_those_that_are_loaded(name, dtype, kept, monkeypatch):
    monkeypatch.setattr(passing, "KEPT", kept)
    network = network_from_text(SHARED, "s") if name == "shared" else load_network(ROOT / f"configs/{name}.yaml")
    given = {"init": "he_normal", "seed": 3} if name == "shared" else {}
    wanted = load_weights(network, dtype=dtype, **given)
    with ExitStack() as held:
        found = passing_weights(held, network, dtype=dtype, **given)
        assert weights_fingerprint(found) == weights_fingerprint(wanted)
        assert (found.source, found.init, found.types) == (wanted.source, wanted.init, wanted.types)
        for node in network.nodes:
            for each in (found.of(node.name), found.once(node.name)):
                assert list(each) == list(wanted.of(node.name))
                assert all(np.array_equal(each[key], array) for key, array in wanted.of(node.name).items())


def test_what_is_wrong_is_said_at_once():
    network = load_network(ROOT / "configs/mnist-vit.yaml")
    with ExitStack() as held, pytest.raises(WeightsError, match="no parameter"):
        passing_weights(held, network, ROOT / "configs/mnist-cnn.npz")
    with ExitStack() as held, pytest.raises(WeightsError, match="has no weights"):
        passing_weights(held, network_from_text(SHARED, "s"))
