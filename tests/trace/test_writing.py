"""A trace that is written while the network runs: all tensors in the file, and none in memory for its sake."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from dataflow_cli import load_trace, network_from_text, save_trace
from dataflow_cli.api import traced
from dataflow_cli.given import Given
from dataflow_cli.trace.writing import trace_writer

MASKS = """\
dftrace: 1
name: everything
input: [16, 16, 3]
weights: {init: he_normal, seed: 2}
layers:
  - {type: conv2d, name: labels, filters: 4, kernel_size: 3, padding: same}
  - {type: relu, name: values}
  - {type: max_pooling2d, name: max}
  - flatten
  - {type: dense, units: 5, activation: softmax, name: out}
"""
WIDE = """\
dftrace: 1
name: wide
input: [64, 64, 1]
weights: {init: he_normal}
layers:
""" + "".join(f"  - {{type: conv2d, filters: 8, kernel_size: 1, name: c{number}}}\n" for number in range(12))


def written(network, x, path, names, batch=None):
    with trace_writer(path, names) as writer:
        return traced(network, Given(x=x, batch=batch), writer=writer)


def test_minibatches_fill_the_tensors_where_they_belong(tmp_path):
    network, x = network_from_text(MASKS), np.random.default_rng(0).normal(size=(7, 16, 16, 3)).astype("f4")
    names = ("input", "labels:sum", *network.by_name)
    ran = written(network, x, tmp_path / "t.npz", names, batch=3)
    whole = network.trace(x, keep=names)
    assert list(ran.values) == ["out"]
    read = load_trace(tmp_path / "t.npz")
    assert list(read.values) == list(whole.values) == [step.name for step in whole.steps]
    with np.load(tmp_path / "t.npz") as npz:
        for name, array in whole.values.items():
            np.testing.assert_allclose(npz[name], array, rtol=1e-5, atol=1e-6)
            assert npz[name].dtype == array.dtype
    save_trace(whole, tmp_path / "whole.npz")
    again = load_trace(tmp_path / "whole.npz")
    assert again.provenance == read.provenance
    assert again.provenance.inputs.keys() == {"input"}


def test_writing_takes_no_memory_of_its_own(tmp_path):
    """Twelve tensors of 4 MiB go into the file; a run that keeps none of them has three of these at once."""
    network, x = network_from_text(WIDE), np.random.default_rng(0).normal(size=(32, 64, 64, 1)).astype("f4")
    names = tuple(network.by_name)
    traced(network, Given(x=x))  # what is made once, is made

    def peak(work):
        tracemalloc.start()
        work()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    plain = peak(lambda: traced(network, Given(x=x)))
    writing = peak(lambda: written(network, x, tmp_path / "t.npz", names))
    kept = peak(lambda: network.trace(x, keep=names))
    assert kept > plain + 2**25
    assert writing < plain + 2**21
    assert (tmp_path / "t.npz").stat().st_size > 12 * 2**22


def half_written(path, finish):
    with trace_writer(path, ("out",)) as writer:
        writer.add("out", np.zeros((1, 5), "f4"), 2)
        finish(writer)


def test_whole_or_not_at_all(tmp_path):
    def stopped(_):
        raise KeyboardInterrupt

    trace = network_from_text(MASKS).trace(np.zeros((16, 16, 3), "f4"))
    (tmp_path / "t.npz").write_text("what was there")
    with pytest.raises(KeyboardInterrupt):
        half_written(tmp_path / "t.npz", stopped)
    with pytest.raises(ValueError, match="20 bytes were not written"):
        half_written(tmp_path / "t.npz", lambda writer: writer.finish(trace))
    assert [path.name for path in tmp_path.iterdir()] == ["t.npz"]
    assert (tmp_path / "t.npz").read_text() == "what was there"


@pytest.mark.parametrize("name", ["trace.json", "trace.labels", "labels", "a.npy"])
def test_any_name_comes_back(tmp_path, name):
    network = network_from_text(MASKS.replace("name: labels", "name: x").replace("name: out", f"name: {name}"))
    trace = network.trace(np.ones((2, 16, 16, 3), "f4"), keep="all", labels=[1, 2])
    save_trace(trace, tmp_path / "t.npz")
    read = load_trace(tmp_path / "t.npz")
    assert (list(read.values), read.labels.tolist()) == (list(trace.values), [1, 2])
    np.testing.assert_array_equal(read.output, trace.output)
    assert read.explain(read.outputs[0], [0]).agrees
