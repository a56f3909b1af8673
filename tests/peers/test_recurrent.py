"""Recurrent layers of PyTorch by their state dicts, and Keras' wrappers, masks and states, to 1e-5."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from dataflow_cli.network.build import network_from_text
from tests.layers.examples import make

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch = pytest.importorskip("torch")
    keras = pytest.importorskip("keras")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
X = np.random.default_rng(3).standard_normal((2, 5, 3)).astype(np.float32)


class Holding(torch.nn.Module):
    """A module under the name that a layer has here."""

    def __init__(self, name, module):
        super().__init__()
        self.add_module(name, module)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize(("module", "kind"), [("LSTM", "lstm"), ("GRU", "gru"), ("RNN", "simple_rnn")])
def test_a_state_dict_of_pytorch_gives_its_numbers(module, kind, both, bias, tmp_path):
    peer = getattr(torch.nn, module)(3, 4, batch_first=True, bidirectional=both, bias=bias)
    torch.save(Holding("layer", peer).state_dict(), tmp_path / "w.pt")
    one = {"type": kind, "units": 4, "return_sequences": True, "use_bias": bias}
    layer = {"type": "bidirectional", "layer": one} if both else one
    text = {"dftrace": 1, "input": [5, 3], "weights": "w.pt", "layers": [layer | {"name": "layer"}]}
    found = network_from_text(json.dumps(text), folder=tmp_path).trace(X).output
    expected = peer(torch.from_numpy(X))[0].detach().numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def as_ours(peer, prefixes=("",)):
    """Keras' weights by our names, in its order."""
    count = len(peer.weights) // len(prefixes)
    names = [f"{prefix}{weight.name}" for prefix in prefixes for weight in peer.weights[:count]]
    return dict(zip(names, peer.get_weights(), strict=True))


CELLS = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "SimpleRNN"}


@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave"])
@pytest.mark.parametrize("kind", CELLS)
def test_bidirectional_is_keras(kind, mode, sequences):
    fields = {"units": 4, "return_sequences": sequences}
    peer = keras.layers.Bidirectional(getattr(keras.layers, CELLS[kind])(**fields), merge_mode=mode)
    expected = peer(X).detach().numpy()
    ours = make("bidirectional", {"layer": {"type": kind} | fields, "merge_mode": mode})
    np.testing.assert_allclose(ours([X], as_ours(peer, ("forward_", "backward_"))), expected, atol=1e-5)


@pytest.mark.parametrize("kind", CELLS)
def test_states_start_and_end_as_in_keras(kind):
    """What `return_state` gives there are inner tensors here, and `initial_state` further inputs."""
    peer = getattr(keras.layers, CELLS[kind])(4, return_state=True)
    ours = make(kind, {"units": 4})
    start = [np.random.default_rng(7 + n).standard_normal((2, 4)).astype(np.float32) for n in range(len(ours.states))]
    expected = [one.detach().numpy() for one in peer(X, initial_state=start)]
    names = ["", *(f"final_{name}" for name in ours.states)]
    for name, value in zip(names, expected, strict=True):
        layer = ours.inside(name) if name else ours
        np.testing.assert_allclose(layer([X, *start], as_ours(peer)), value, atol=1e-5)


@pytest.mark.parametrize("wrapped", [("Dense", {"units": 4}), ("Conv1D", {"filters": 2, "kernel_size": 2})])
def test_time_distributed_is_keras(wrapped):
    kind, fields = wrapped
    peer = keras.layers.TimeDistributed(getattr(keras.layers, kind)(**fields))
    x = X if kind == "Dense" else np.stack([X, X + 1, X * 2], axis=1)
    expected = peer(x).detach().numpy()
    ours = make("time_distributed", {"layer": {"type": kind.lower()} | fields})
    np.testing.assert_allclose(ours([x], as_ours(peer)), expected, atol=1e-5)
