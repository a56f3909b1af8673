"""Loaded is as good as run: a trace that was saved explains, shows and counts, or says what it lacks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dataflow_cli import Trace, load_network, load_trace, load_weights, network_from_text, save_trace
from dataflow_cli.errors import UnknownName

NET = """\
dftrace: 1
name: net
input: [2]
classes: [a, b, c]
weights: w.npz
layers:
  - {type: dense, units: 3, use_bias: false, activation: softmax}
"""
AT = ("dense_1", (0,))


@pytest.fixture
def folder(tmp_path):
    """A network file, its weights, and a trace of it."""
    (tmp_path / "net.yaml").write_text(NET)
    np.savez(tmp_path / "w.npz", **{"dense_1/kernel": np.array([[1, 2, 3], [4, 5, 6]], "f4")})
    save_trace(run(tmp_path), tmp_path / "trace.npz")
    return tmp_path


def run(folder):
    return load_network(folder / "net.yaml").trace([[1, 2], [3, -4]], labels=[2, 0])


def test_a_loaded_trace_does_what_one_that_was_run_does(folder):
    ran, loaded = run(folder), load_trace(folder / "trace.npz")
    assert isinstance(loaded, Trace)
    assert loaded.right == ran.right == 2
    assert (str(loaded), loaded._repr_html_(), repr(loaded)) == (str(ran), ran._repr_html_(), repr(ran))
    assert max(map(len, str(loaded).splitlines()[1:])) <= 100
    assert "-f plain" not in str(loaded)
    assert repr(loaded) == "<Trace of 'net': 2 samples, 2 steps>"
    assert str(loaded.explain(*AT, sample=1)) == str(ran.explain(*AT, sample=1))


def test_the_network_and_its_weights_can_be_given(folder):
    loaded, expected = load_trace(folder / "trace.npz"), str(run(folder).explain(*AT))
    network = load_network(folder / "net.yaml")
    elsewhere = (folder / "w.npz").rename(folder / "moved.npz")
    for weights in (elsewhere, str(elsewhere), load_weights(network, elsewhere)):
        account = loaded.explain(*AT, network=network, weights=weights)
        assert str(account).splitlines()[2:] == expected.splitlines()[2:]
        assert account.agrees
    with pytest.raises(UnknownName, match=r"the weights that were used, '.*w\.npz', are not there"):
        loaded.explain(*AT, network=network_from_text(NET.replace("weights: w.npz\n", "")))


def test_random_weights_are_made_again(folder):
    network = load_network(folder / "net.yaml")
    ran = network.trace([1, 2], load_weights(network, init="glorot_uniform", seed=5))
    save_trace(ran, folder / "random.npz")
    assert load_trace(folder / "random.npz").explain(*AT).agrees


def test_inner_tensors_are_explained_after_loading(folder):
    ran = load_network(folder / "net.yaml").trace([1, 2], keep=["input", "dense_1:sum"])
    save_trace(ran, folder / "inner.npz")
    account = load_trace(folder / "inner.npz").explain("dense_1:sum", [1])
    assert (account.value, account.agrees) == (1 * 2 + 2 * 5, True)


def test_weights_that_have_changed_are_noticed(folder):
    np.savez(folder / "w.npz", **{"dense_1/kernel": np.ones((2, 3), "f4")})
    loaded = load_trace(folder / "trace.npz")
    with pytest.raises(UnknownName, match="are not those that were run"):
        loaded.explain(*AT)
    account = loaded.explain(*AT, weights=folder / "w.npz")  # asked for all the same
    assert not account.agrees
    assert account.remarks


def test_what_is_lacking_is_said(folder):
    loaded = load_trace(folder / "trace.npz")
    other = network_from_text(NET.replace("units: 3", "units: 3, name: other"))
    with pytest.raises(UnknownName, match=r"net is not the network that was run: .* in the trace and .* 'other' "):
        loaded.explain(*AT, network=other)
    with pytest.raises(UnknownName, match="the trace has 2 steps, the network 3"):
        loaded.explain(*AT, network=network_from_text(NET + "  - relu\n"))
    save_trace(loaded, folder / "bare.npz", values=False)
    bare = load_trace(folder / "bare.npz")
    assert bare.steps == loaded.steps
    assert (bare.right, dict(bare.values)) == (None, {})
    assert "accuracy" not in str(bare)
    with pytest.raises(UnknownName, match="the values of 'input' were not kept"):
        bare.explain(*AT)
    (folder / "net.yaml").unlink()
    assert loaded.explain(*AT).agrees  # by the network in it
    older = replace(loaded, provenance=None)
    for trace in (older, replace(older, file="-"), replace(older, file="a\0b")):
        with pytest.raises(UnknownName, match="as its network, which is not there") as caught:
            trace.explain(*AT)
        assert "network='net.yaml'" in caught.value.hint
