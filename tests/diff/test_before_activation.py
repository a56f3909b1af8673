"""Captures that have sums and not what an activation makes of them: no difference, unless it was left out."""

import numpy as np
import pytest

from dataflow_cli.comparing import difference
from dataflow_cli.errors import UnknownName
from dataflow_cli.given import Given

NETWORK = """
dftrace: 1
input: {shape: [6, 6, 2]}
weights: {init: he_normal, seed: 3}
layers:
  - {type: conv2d, name: first, filters: 4, kernel_size: 3, activation: relu}
  - {type: conv2d, name: second, filters: 4, kernel_size: 3, activation: ACTIVATION}
  - {type: flatten, name: flat}
  - {type: dense, name: answer, units: 3, activation: softmax}
"""


@pytest.fixture(params=["relu", "gelu"])
def sides(request, tmp_path):
    """The network's file, its input, and what `write` makes a capture of: all tensors, and the sums."""
    from dataflow_cli import load_network

    path, x = tmp_path / "net.yaml", tmp_path / "x.npy"
    path.write_text(NETWORK.replace("ACTIVATION", request.param))
    np.save(x, np.random.default_rng(0).normal(size=(1, 6, 6, 2)).astype(np.float32))
    names = ("first", "first:sum", "second", "second:sum", "flat", "answer")
    trace = load_network(path).trace(x, keep=["input", *names])
    values = {name: trace.value(name) for name in ("input", *names)}

    def compared(captured, asked=()):
        np.savez(tmp_path / "c.npz", **captured)
        given = Given(inputs=(str(x),))
        return difference(str(path), str(tmp_path / "c.npz"), given, given, asked)

    return values, compared


def test_sums_of_functions_are_no_difference(sides):
    """The program's activations are no modules, so that what has the layer's name is what comes before."""
    values, compared = sides
    captured = {"input": values["input"], "first": values["first:sum"], "second": values["second:sum"]}
    found = compared(captured | {"answer": values["answer"]})
    assert found.first is None, found.first
    assert [pair.layout.split()[0] for pair in found.pairs if pair.name in {"first", "second"}] == ["before"] * 2


def test_a_folded_normalization_pairs_with_what_comes_last(sides):
    """Under the layer's own name stands what the convolution alone gave, then the whole sum."""
    values, compared = sides
    alone = {f"{name}": values[f"{name}:sum"] * 0.37 - 1.5 for name in ("first", "second")}
    captured = {"input": values["input"]}
    for name, number in (("first", 1), ("second", 2)):
        captured |= {name: alone[name], f"norm{number}": values[f"{name}:sum"]}
    found = compared(captured | {"answer": values["answer"]})
    assert found.first is None, found.first
    assert [pair.partner for pair in found.pairs] == ["input", "norm1", "norm2", "", "answer"]
    assert found.unpaired == ("first", "second")


UNTRAINED = """
dftrace: 1
input: {shape: [6, 6, 2]}
weights: {init: he_normal, seed: 3}
layers:
  - {type: conv2d, name: first, filters: 4, kernel_size: 3, padding: same, activation: ACTIVATION}
  - {type: conv2d, name: second, filters: 4, kernel_size: 3, padding: same, activation: gelu}
  - {type: add, name: both, inputs: [first, second]}
  - {type: flatten, name: flat}
  - {type: dense, name: answer, units: 3}
"""


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_a_folded_normalization_that_has_learned_nothing_is_no_difference(tmp_path, activation):
    """It divides by sqrt(1 + 1e-5), so that what comes before it hardly differs from what comes behind."""
    from dataflow_cli import load_network

    path, x = tmp_path / "net.yaml", tmp_path / "x.npy"
    path.write_text(UNTRAINED.replace("ACTIVATION", activation))
    np.save(x, np.random.default_rng(0).normal(size=(1, 6, 6, 2)).astype(np.float32))
    sums = "first:sum" if activation == "relu" else "first"
    trace = load_network(path).trace(x, keep=["input", sums, "second:sum", "answer"])
    values = {name: trace.value(name) for name in ("input", sums, "second:sum", "answer")}
    alone = (values[sums] * np.sqrt(1 + 1e-5)).astype(np.float32)
    captured = {"input": values["input"], "first": alone, "norm": values[sums], "second": values["second:sum"]}
    np.savez(tmp_path / "c.npz", **captured, answer=values["answer"])
    given = Given(inputs=(str(x),))
    found = difference(str(path), str(tmp_path / "c.npz"), given, given)
    assert found.first is None, found.first
    assert [pair.partner for pair in found.pairs] == ["input", "norm", "second", "", "", "answer"]


def test_an_activation_that_is_left_out_is_found(sides):
    """What reads it was made of the sums themselves; and where nothing that reads it was captured, nobody knows."""
    values, compared = sides
    found = compared(
        {name: values[name] for name in ("input", "first")} | {"second": values["second:sum"]} | wrong(values)
    )
    assert found.first.name == "second"
    assert "is not applied" in found.cause.found
    found = compared({"input": values["input"], "first": values["first:sum"]})
    assert found.first.name == "first"


def wrong(values):
    """What comes of sums without an activation."""
    return {"flat": values["second:sum"].reshape(1, -1), "answer": np.array([[0.2, 0.5, 0.3]], np.float32)}


def test_a_fault_behind_such_sums_is_found(sides):
    values, compared = sides
    captured = {"input": values["input"], "first": values["first:sum"], "second": values["second:sum"].copy()}
    captured["second"][..., 2] += 0.25
    found = compared(captured | {"answer": values["answer"]})
    assert found.first.name == "second"
    assert "bias[2]" in found.cause.found


def test_a_user_names_the_sums(sides):
    values, compared = sides
    captured = {"input": values["input"], "a": values["first:sum"], "answer": values["answer"]}
    found = compared(captured, ["first:sum=a"])
    assert found.first is None
    assert next(pair.partner for pair in found.pairs if pair.name == "first") == "a"
    with pytest.raises(UnknownName, match="no tensor is called 'flat:sum'"):
        compared(captured, ["flat:sum=a"])
