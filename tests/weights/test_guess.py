"""Guessed maps: what names, shapes and order say, and what they leave open."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dataflow_cli import load_network, network_from_text
from dataflow_cli.weights.file import open_weights
from dataflow_cli.weights.guess import guess
from dataflow_cli.weights.modules import modules_of
from tests.contract.inside import dftrace

ALIKE = "{type: dense, units: 3}"


def net(*layers):
    """A chain of layers behind three numbers."""
    rows = "\n".join(f"  - {layer}" for layer in layers)
    return network_from_text(f"dftrace: 1\ninput: [3]\nlayers:\n{rows}\n")


def guessed(folder, network, arrays):
    np.savez(folder / "w.npz", **arrays)
    with open_weights(folder / "w.npz") as file:
        return guess(network, file)


def square(*modules, words=("kernel", "bias"), between="/"):
    """Three by three for each module, all of them different numbers."""
    shapes = ((3, 3), (3,))
    return {
        f"{module}{between}{word}": np.full(shape, at)
        for at, module in enumerate(modules)
        for word, shape in zip(words, shapes, strict=True)
    }


def told(found):
    """The module of each layer, by what, and whether it is in doubt."""
    kernels = [entry for entry in found.entries if entry.wanted.name == "kernel"]
    return [(entry.tensor and entry.tensor.name, entry.by, bool(entry.doubt)) for entry in kernels]


def test_keras_count_from_nothing_is_matched_by_order_and_said_to_be_in_doubt(tmp_path):
    found = guessed(tmp_path, net(ALIKE, ALIKE, ALIKE), square("dense", "dense_1", "dense_2"))
    assert told(found) == [(f"{name}/kernel", "order", True) for name in ("dense", "dense_1", "dense_2")]
    assert found.entries[0].doubt == "by its place dense, by its name dense_1"


def test_layers_that_are_called_so_are_found_by_name_whatever_their_order(tmp_path):
    network = net(*(f"{{type: dense, units: 3, name: {name}}}" for name in ("first", "second")))
    found = guessed(tmp_path, network, square("model/second", "model/first"))
    assert told(found) == [("model/first/kernel", "name", False), ("model/second/kernel", "name", False)]


def test_more_modules_than_layers_are_doubted_and_those_left_over_are_named(tmp_path):
    found = guessed(tmp_path, net(ALIKE, ALIKE), square("a", "b", "c"))
    assert told(found) == [("a/kernel", "order", True), ("b/kernel", "order", True)]
    assert found.unused == ("c/kernel", "c/bias")
    assert "3 modules fit, 2 layers need one" in found.entries[0].doubt
    counted = guessed(tmp_path, net(ALIKE, ALIKE), square("dense", "dense_1", "dense_2"))
    assert all(entry.doubt for entry in counted.entries), "its own count may be another one's"


@pytest.mark.parametrize(
    ("names", "order", "doubt"),
    [
        (("l.0", "l.2", "l.10"), ("l.0", "l.2", "l.10"), False),
        (("l.2", "l.0", "l.10"), ("l.2", "l.0", "l.10"), True),
        (("l.10", "l.2", "k"), ("l.10", "l.2", "k"), False),
    ],
)
def test_order_is_that_of_the_file_and_numbers_that_speak_against_it_are_a_doubt(names, order, doubt, tmp_path):
    arrays = square(*names, words=("weight", "bias"), between=".")
    assert told(guessed(tmp_path, net(ALIKE, ALIKE, ALIKE), arrays)) == [(f"{n}.weight", "order", doubt) for n in order]


@pytest.mark.parametrize(("names", "doubt"), [(("l.10", "l.2"), False), (("up", "down"), True)])
def test_a_file_that_is_sorted_says_nothing_of_the_order_but_by_numbers(names, doubt, tmp_path):
    arrays = dict(sorted(square(*names, words=("weight", "bias"), between=".").items()))
    expected = sorted(names, key=lambda name: int(name.partition(".")[2] or 0)) if not doubt else sorted(names)
    assert told(guessed(tmp_path, net(ALIKE, ALIKE), arrays)) == [(f"{n}.weight", "order", doubt) for n in expected]


def test_a_tensor_of_the_module_that_no_parameter_takes_is_a_doubt(tmp_path):
    found = guessed(tmp_path, net("{type: dense, units: 3, use_bias: false}"), square("fc"))
    assert found.entries[0].doubt == "fc/bias of the same module is left over"


@pytest.mark.parametrize(
    "names", [["W1", "b1", "W2", "b2"], ["w_1", "b_1", "w_2", "b_2"], ["f_w", "f_b", "g_w", "g_b"]]
)
def test_names_without_a_separator_are_put_together_too(names):
    shapes = {name: (3, 3) if at % 2 == 0 else (3,) for at, name in enumerate(names)}
    assert [[tensor.name for tensor in module.tensors] for module in modules_of(names, shapes)] == [
        names[:2],
        names[2:],
    ]


def test_what_is_written_reads_the_file_as_it_was_guessed(tmp_path):
    net_file, new = tmp_path / "net.yaml", tmp_path / "sub" / "new.yaml"
    new.parent.mkdir()
    net_file.write_text(f"dftrace: 1\ninput: [3]\nlayers: [{ALIKE}, {{type: dense, units: 2}}]\n")
    kernels = [np.arange(9.0).reshape(3, 3), np.arange(6.0).reshape(3, 2)]
    arrays = {"a.0.weight": kernels[0].T, "a.0.bias": np.ones(3), "a.2.weight": kernels[1].T, "a.2.bias": np.ones(2)}
    np.savez(tmp_path / "w.npz", **arrays)
    done = dftrace("weights", tmp_path / "w.npz", "--guess-map", net_file, "-o", new, "-f", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["layout"] == "torch"
    expected = (np.array([1, 2, 3]) @ kernels[0] + 1) @ kernels[1] + 1
    assert np.array_equal(load_network(new).predict([1, 2, 3])[0], expected)


@pytest.mark.parametrize(
    ("output", "message"),
    [("new.yaml", "fits 'dense_2/kernel' (3, 5)"), ("net.yaml", "whose comments would be lost"), ("-", "-o is")],
)
def test_nothing_is_written_that_would_not_run_or_that_somebody_wrote(output, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = f"dftrace: 1  # mine\ninput: [3]\nlayers: [{ALIKE}, {{type: dense, units: 5}}]\n"
    (tmp_path / "net.yaml").write_text(text)
    np.savez(tmp_path / "w.npz", **square("a"))
    before = sorted(path.name for path in tmp_path.iterdir())
    assert dftrace("weights", "w.npz", "--guess-map", "net.yaml").returncode == 1, "the table, and a no"
    done = dftrace("weights", "w.npz", "--guess-map", "net.yaml", "-o", output)
    assert done.returncode == 2
    assert message in done.stderr.decode()
    assert done.stdout == b""
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "net.yaml").read_text() == text
