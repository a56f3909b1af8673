"""One fault is planted at a time: the layer that computes wrongly is named, and why, whichever side has it."""

from dataclasses import replace

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.diff.captured import Captured
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.run import Run
from dataflow_cli.layers.bases.activated import function
from dataflow_cli.weights.model import Weights
from tests.contract.shell import ROOT

DIGIT = load_network(ROOT / "configs/mnist-cnn.yaml")
RESIDUAL = load_network(ROOT / "configs/tiny-resnet.yaml")


def ran(network, weights=None):
    trace = network.trace(None, weights)
    return Run(*trace.origin, trace)


GOOD = {network.name: ran(network) for network in (DIGIT, RESIDUAL)}


def captured(run, *, foreign=False):
    """What another framework would have captured: other names, channels first."""
    values = {name: run.values[name] for name in run.network.by_name}
    if foreign:
        values = {
            f"module.{number}": x.transpose(0, 3, 1, 2) if x.ndim == 4 else x
            for number, x in enumerate(values.values())
        }
    return Captured("theirs", {name: x.shape for name, x in values.items()}, values.__getitem__)


def with_fields(network, layer, **fields):
    nodes = [replace(n, layer=replace(n.layer, **fields)) if n.name == layer else n for n in network.nodes]
    return replace(network, nodes=tuple(nodes))


def with_parameter(network, layer, name, change):
    arrays = {key: dict(value) for key, value in GOOD[network.name].weights.arrays.items()}
    arrays[layer][name] = change(arrays[layer][name]).astype(np.float32)
    return Weights(arrays)


def another(at, by):
    def changed(array):
        array = array.copy()
        array[at] += by
        return array

    return changed


def channels_first_rows(kernel):
    """The rows of a dense kernel behind 12 x 12 x 64, in the order of channels first."""
    return kernel.reshape(12, 12, 64, 128).transpose(2, 0, 1, 3).reshape(9216, 128)


FIELDS = [
    (DIGIT, "conv2d_1", {"activation": None}, "relu", "activation: relu"),
    (DIGIT, "conv2d_2", {"activation": function("silu")}, "activation: silu", "activation: relu"),
    (DIGIT, "conv2d_1", {"flip_kernel": True}, "flip_kernel: true", "flip_kernel: false"),
    (DIGIT, "dense_2", {"activation": None}, "softmax", "activation: softmax"),
    (DIGIT, "dense_1", {"activation": function("gelu")}, "activation: gelu", "activation: relu"),
    (RESIDUAL, "down", {"padding": ((1, 1), (1, 1))}, "padding: [[1, 1], [1, 1]]", "padding: same"),
    (RESIDUAL, "residual_1/add_1", {"activation": function("tanh")}, "activation: tanh", "activation: relu"),
]
PARAMETERS = [
    ("conv2d_1", "bias", lambda bias: 0 * bias, "`bias` is left out", "has a bias"),
    ("conv2d_1", "kernel", lambda kernel: kernel.transpose(1, 0, 2, 3), "transposed", "transposed"),
    ("conv2d_2", "kernel", lambda kernel: kernel[..., ::-1, :], "backwards along axis 2", "backwards along axis 2"),
    ("conv2d_2", "kernel", lambda kernel: kernel.astype(np.float16), "rounded to float16", "float16 numbers"),
    ("dense_1", "kernel", channels_first_rows, "flattened with", "flattened with"),
    ("conv2d_1", "kernel", another((1, 2, 0, 5), 0.05), "kernel[1, 2, 0, 5]", "kernel[1, 2, 0, 5]"),
    ("conv2d_1", "bias", another(3, 0.01), "bias[3]", "bias[3]"),
]


def check(good, bad, layer, there, here):
    """`there` is what is said where the sound network computes, `here` where the faulty one does."""
    for ours, theirs, said in ((good, bad, there), (bad, good, here)):
        for foreign in (False, True):
            found = compared(ours, captured(theirs, foreign=foreign))
            assert found.first is not None
            assert found.first.name == layer
            assert found.cause is not None
            assert said in f"{found.cause.found} {found.cause.advice}"


@pytest.mark.parametrize(("network", "layer", "fields", "there", "here"), FIELDS)
def test_another_field_is_named(network, layer, fields, there, here):
    good = GOOD[network.name]
    check(good, ran(with_fields(network, layer, **fields), good.weights), layer, there, here)


@pytest.mark.parametrize(("layer", "name", "change", "there", "here"), PARAMETERS)
def test_another_parameter_is_named(layer, name, change, there, here):
    bad = ran(DIGIT, with_parameter(DIGIT, layer, name, change))
    check(GOOD[DIGIT.name], bad, layer, there, here)


@pytest.mark.parametrize("network", [DIGIT, RESIDUAL], ids=lambda network: network.name)
@pytest.mark.parametrize("foreign", [False, True])
def test_what_is_equal_is_called_equal(network, foreign):
    good = GOOD[network.name]
    exact = network.trace(None, dtype="float64")
    for theirs in (good, Run(*exact.origin, exact)):
        found = compared(good, captured(theirs, foreign=foreign))
        assert found.first is None, found.first
        assert not found.counted("drift")
        layers = [pair for pair in found.pairs if not pair.is_input]
        assert [pair.partner for pair in layers] == list(captured(theirs, foreign=foreign))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: 255 * x, "255"),
        (lambda x: 1 - x, "negative"),
        (lambda x: x / 0.3081 - 0.1307 / 0.3081, "scaled"),
    ],
)
def test_an_input_that_differs_is_all_that_is_said(change, said):
    good = GOOD[DIGIT.name]
    values = dict(good.values) | {"input": change(good.values["input"])}
    found = compared(good, Captured("theirs", {name: x.shape for name, x in values.items()}, values.__getitem__))
    assert found.inputs_differ
    assert found.first.name == "input"
    assert said in found.cause.found


def test_what_was_not_captured_is_judged_with_what_was():
    """Of a fused convolution and activation, or of layers that were left out, the next one that is there is named."""
    good = GOOD[DIGIT.name]
    bad = ran(with_fields(DIGIT, "conv2d_2", activation=function("silu")), good.weights)
    kept = {name: bad.values[name] for name in ("conv2d_1", "max_pooling2d_1", "dense_1", "dense_2")}
    found = compared(good, Captured("theirs", {name: x.shape for name, x in kept.items()}, kept.__getitem__))
    assert found.first.name == "max_pooling2d_1"
    assert found.first.segment == ("conv2d_2",)
    assert [pair.verdict for pair in found.pairs if pair.name in {"dense_1", "dense_2"}] == ["drift", "round-off"]
