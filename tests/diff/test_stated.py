"""Where both sides are networks nothing is guessed: what they say otherwise is named, in all its numbers."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from dataflow_cli import load_network, load_weights, save_trace
from dataflow_cli.comparing import difference
from dataflow_cli.diff.causes import finding
from dataflow_cli.diff.causes.stated import stated
from dataflow_cli.diff.compare import compared
from dataflow_cli.given import Given
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.activated import function
from tests.contract.shell import MNIST, SEVEN
from tests.diff.planting import captured, good, network_of, ran, said, with_fields, with_layer, with_parameters


def at(*places, to):
    def changed(array):
        array = array.copy()
        array[places] = to(array[places])
        return array

    return changed


def both(one, other, *, foreign=True):
    """What is said from either side."""
    for ours, theirs in ((one, other), (other, one)):
        taken = captured(theirs, foreign=foreign)
        names = dict(zip(taken, theirs.network.by_name, strict=True))
        yield compared(
            ours, taken, says=lambda node, name, theirs=theirs, names=names: stated(theirs, node, names[name])
        )


def all_of(channel, to):
    return at(slice(None), slice(None), slice(None), channel, to=to)


@pytest.fixture
def nothing_is_guessed(monkeypatch):
    monkeypatch.setattr(finding, "_found", lambda *_: None)


PARAMETERS = [
    (
        "mnist-cnn",
        "dense_1",
        {"kernel": at(4000, 61, to=lambda w: w + 0.25)},
        "if kernel[4000, 61] is 0.322028, as in B; it is 0.0720276",
        "if kernel[4000, 61] is 0.0720276, as in B; it is 0.322028",
    ),
    (
        "mnist-cnn",
        "dense_1",
        {"kernel": at(864, 61, to=np.negative)},
        "[864, 61] is -0.022835, as in B; it is 0.022835, with the other sign",
        "[864, 61] is 0.022835, as in B; it is -0.022835, with the other sign",
    ),
    (
        "normalized",
        "stem",
        {"kernel": np.negative},
        *2 * ["in 216 of 216 numbers, all with the other sign; most at kernel["],
    ),
    (
        "normalized",
        "stem",
        {"kernel": lambda k: k.transpose(1, 0, 2, 3)},
        *2 * ["where `kernel` is transposed: its axes 0 and 1"],
    ),
    ("normalized", "stem", {"kernel": lambda k: k[::-1]}, *2 * ["`kernel` stands backwards along axis 0"]),
    (
        "normalized",
        "stem",
        {"kernel": lambda k: k.astype("f2")},
        "of B, where the weights are rounded to float16",
        "of B; in A the weights are rounded to float16",
    ),
    ("normalized", "stem", {"kernel": lambda k: 2 * k}, ", 2 times as large in B;", ", 0.5 times as large in B;"),
    (
        "normalized",
        "stem",
        {"kernel": lambda k: np.roll(k, 1, 3)},
        "axis 3 stands in another order: what B has at 0 is at 7 in A",
        "what B has at 0 is at 1 in A",
    ),
    (
        "normalized",
        "stem",
        {"kernel": all_of(5, lambda w: w + w**2)},
        *2 * ["in 27 of 216 numbers, all at 5 of axis 3"],
    ),
    (
        "normalized",
        "stem",
        {"kernel": all_of(5, lambda w: 0 * w)},
        "27 of 216 numbers, all 0 in B",
        "numbers, all 0 in A",
    ),
    ("normalized", "point", {"bias": np.zeros_like}, "where `bias` is left out", "in A `bias` is left out"),
    (
        "gated",
        "last",
        dict.fromkeys(("kernel", "recurrent_kernel", "bias"), lambda a: np.roll(a, 4, -1)),
        "order h, z, r",
        "order r, h, z",
    ),
    ("gated", "all", {"recurrent_kernel": at(2, 9, to=lambda w: w + 0.5)}, *2 * ["if recurrent_kernel[2, 9] is"]),
]


@pytest.mark.usefixtures("nothing_is_guessed")
@pytest.mark.parametrize(("network", "layer", "changes", "there", "here"), PARAMETERS)
def test_parameters_are_compared_number_by_number(network, layer, changes, there, here):
    bad = ran(network_of(network), network, with_parameters(good(network), layer, **changes))
    for found, words in zip(both(good(network), bad), (there, here), strict=True):
        assert found.first.name == layer
        assert words in said(found)


FIELDS = [
    ("mnist-cnn", "dense_1", {"activation": function("gelu")}, "activation: gelu", "activation: relu"),
    ("normalized", "norm_2", {"epsilon": 0.037}, "epsilon: 0.037", "epsilon: 1e-05"),
    ("tiny-resnet", "down", {"padding": ((1, 1), (1, 1))}, "padding: [[1, 1], [1, 1]]", "padding: same"),
    (
        "normalized",
        "stem",
        {"strides": (2, 2), "padding": ((2, 0), (2, 0)), "dilation_rate": (1, 1)},
        "padding: [[2,",
        "same",
    ),
    ("sort-transformer", "encoder_1/mlp1", {"activation": replace(function("gelu"), approximate=True)}, "gelu", "gelu"),
    (
        "turning",
        "look",
        {"rotary_base": 7e3, "rotary": "interleaved"},
        "interleaved` and `rotary_base",
        "halves` and `rotary",
    ),
]


@pytest.mark.usefixtures("nothing_is_guessed")
@pytest.mark.parametrize(("network", "layer", "fields", "there", "here"), FIELDS)
def test_fields_are_compared(network, layer, fields, there, here):
    bad = ran(with_fields(network_of(network), layer, **fields), network, good(network).weights)
    for found, words in zip(both(good(network), bad), (there, here), strict=True):
        assert found.first.name == layer
        assert words in said(found)


@pytest.mark.usefixtures("nothing_is_guessed")
def test_another_kind_is_told():
    run = good("normalized")
    other = ran(with_layer(run.network, "act_1", KINDS["hard_shrink"](threshold=0.3)), "normalized", run.weights)
    for found, kind in zip(both(run, other), ("hard_shrink", "relu"), strict=True):
        assert f"has `type: {kind}`, as B has" in said(found)


def test_where_fields_and_parameters_are_the_same_none_of_them_is_blamed():
    """An engine's own fault that looks like a bias: what both sides state is not guessed otherwise."""
    run = good("normalized")
    values = {**run.values, "point": run.values["point"] + np.eye(8, dtype="f4")[3]}
    taken = replace(run, trace=replace(run.trace, values=values))
    assert "bias[3]" in said(compared(run, captured(taken)))
    assert said(compared(run, captured(taken), says=partial(stated, taken))) == "not known"


@pytest.mark.usefixtures("nothing_is_guessed")
def test_sides_that_are_files_state_their_parameters(tmp_path):
    """With `--weights-b`, and in a saved trace."""
    weights = dict(np.load(MNIST.with_suffix(".npz")))
    weights["dense_1/kernel"][4000, 61] += 0.25
    np.savez(tmp_path / "b.npz", **weights)
    given = Given(inputs=(str(SEVEN),))
    other = replace(given, weights=str(tmp_path / "b.npz"))
    network = load_network(MNIST)
    save_trace(network.trace(SEVEN, load_weights(network, other.weights)), tmp_path / "trace.npz")
    for side in (str(MNIST), str(tmp_path / "trace.npz")):
        found = difference(str(MNIST), side, given, other)
        assert "equal if kernel[4000, 61] is 0.322028, as in B; it is 0.0720276" in said(found)
