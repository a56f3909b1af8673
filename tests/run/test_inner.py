"""Inner tensors as steps of a run: `conv2d_1:sum`."""

import numpy as np
import pytest

from dataflow_cli.api import load_network, network_from_text
from dataflow_cli.errors import UnknownName
from dataflow_cli.network.opened import opened
from dataflow_cli.trace.saved import load_trace, save_trace
from tests.contract.shell import ROOT

TEXT = """
dftrace: 1
input: [6, 6, 2]
weights: {init: glorot_uniform}
layers:
  - {type: conv2d, filters: 3, kernel_size: 3, activation: relu}
  - {type: conv2d, filters: 3, kernel_size: 1, activation: softmax}
  - {type: max_pooling2d}
  - {type: conv2d, filters: 2, kernel_size: 1}
  - flatten
  - {type: dense, units: 4, activation: tanh}
"""
SUMS = ["conv2d_1:sum", "conv2d_2:sum", "conv2d_3:sum", "dense_1:sum"]


def traced(keep, **more):
    x = np.random.default_rng(1).standard_normal((5, 6, 6, 2))
    return network_from_text(TEXT).trace(x, keep=keep, **more)


@pytest.mark.parametrize("more", [{}, {"batch": 2}, {"dtype": "float64", "threads": 2}], ids=str)
def test_asking_for_sums_changes_nothing_else(more):
    asked, plain = traced([*SUMS, "conv2d_1", "conv2d_2"], **more), traced("all", **more)
    np.testing.assert_array_equal(asked.output, plain.output)
    for name in ("conv2d_1", "conv2d_2"):
        np.testing.assert_array_equal(asked.value(name), plain.value(name))
    np.testing.assert_array_equal(np.maximum(asked.value("conv2d_1:sum"), 0), plain.value("conv2d_1"))
    np.testing.assert_array_equal(np.tanh(asked.value("dense_1:sum")), plain.value("dense_1"))
    assert [step for step in asked.steps if ":" not in step.name][1].type == "conv2d"
    assert asked.parameter_count == plain.parameter_count
    assert asked.macs == plain.macs


def test_kept_sums_count_as_memory(monkeypatch):
    """Before the first minibatch is made, and of all of them that are kept."""
    from dataflow_cli import api
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.run.memory import needed_bytes

    monkeypatch.setattr(api, "LARGE", 0)
    assert traced(SUMS, batch=2).value("dense_1:sum").shape == (5, 4)
    network, repeated = network_from_text(TEXT), Computing(repeated=True, total=10_000)
    kept = needed_bytes(opened(network, SUMS), 2, "float32", SUMS, repeated)
    plain = needed_bytes(network, 2, "float32", (), repeated)
    assert kept - plain > 4 * 10_000 * (4 * 4 * 3 + 4 * 4 * 3 + 2 * 2 * 2 + 4)


def test_what_is_not_asked_for_is_not_there():
    assert not [step.name for step in traced("all").steps if ":" in step.name]


def test_a_sum_is_a_step_before_its_layer_with_statistics_of_its_own(tmp_path):
    trace = traced(["conv2d_1:sum"])
    names = [step.name for step in trace.steps]
    assert names.index("conv2d_1:sum") + 1 == names.index("conv2d_1")
    step = trace.step("conv2d_1:sum")
    assert step.output_shape == (4, 4, 3)
    assert step.statistics.minimum == trace.value("conv2d_1:sum").min() < 0 == trace.step("conv2d_1").statistics.minimum
    save_trace(trace, tmp_path / "trace.npz")
    np.testing.assert_array_equal(load_trace(tmp_path / "trace.npz").value("conv2d_1:sum"), trace.value("conv2d_1:sum"))


def test_a_sum_that_is_only_looked_at_is_computed_with_its_layer():
    """Nobody keeps it, so its tiles go on through the activation as they do without."""
    from dataflow_cli.network.chains import chains
    from dataflow_cli.network.opened import apart

    network = load_network(ROOT / "configs/mnist-cnn.yaml")
    alike = [[node.name for node in chain] for chain in chains(apart(opened(network, ["conv2d_2:sum"])))]
    assert ["conv2d_2:sum", "conv2d_2", "max_pooling2d_1"] in alike


@pytest.mark.parametrize(
    ("name", "said", "help_"),
    [
        ("flatten_1:sum", "flatten 'flatten_1' has no inner tensor 'sum'", "flatten has none"),
        ("dense_1:cell", "dense 'dense_1' has no inner tensor 'cell'", "dense has: sum"),
        ("dense_1:", "dense 'dense_1' has no inner tensor ''", "dense has: sum"),
        ("dens_1:sum", "has no layer 'dens_1'", "did you mean 'dense_1'?"),
        ("input:sum", "'input' is an input of the network", "name those of a layer"),
    ],
)
def test_an_inner_tensor_that_there_is_not(name, said, help_):
    with pytest.raises(UnknownName, match=said) as caught:
        traced([name])
    assert caught.value.hint == help_


def test_the_explanation_of_a_sum_has_no_activation():
    trace = traced(["input", "conv2d_1:sum", "conv2d_1"])
    account = trace.explain("conv2d_1:sum", (1, 2, 0), sample=3)
    assert account.value == trace.value("conv2d_1:sum")[3, 1, 2, 0]
    assert account.agrees
    assert [line.name for line in trace.explain("conv2d_1", (1, 2, 0)).explanation.lines][-1] == "relu"
    assert "relu" not in str(account)


def test_a_loaded_trace_explains_a_sum(tmp_path):
    network = load_network(ROOT / "configs/mlp-2-5-1.yaml")
    trace = network.trace(keep=["input", "dense_1:sum"])
    save_trace(trace, tmp_path / "trace.npz")
    loaded = load_trace(tmp_path / "trace.npz").explain("dense_1:sum", [3], network=network)
    assert loaded.value == trace.explain("dense_1:sum", [3]).value == trace.value("dense_1:sum")[0, 3]
