"""One fault is planted at a time: the layer that computes wrongly is named, and why, whichever side has it."""

from dataclasses import replace

import numpy as np
import pytest

from dataflow_cli.diff.captured import Captured
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.run import Run
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.activated import function
from tests.diff.planting import (
    NETWORKS,
    captured,
    given,
    good,
    network_of,
    ran,
    said,
    with_fields,
    with_layer,
    with_parameters,
)

FIELDS = [
    ("mnist-cnn", "conv2d_1", {"activation": None}, "relu", "activation: relu"),
    ("mnist-cnn", "conv2d_2", {"flip_kernel": True}, "flip_kernel: true", "flip_kernel: false"),
    ("mnist-cnn", "dense_2", {"activation": None}, "softmax", "activation: softmax"),
    ("mnist-cnn", "dense_1", {"activation": function("gelu")}, "activation: gelu", "activation: relu"),
    ("tiny-resnet", "down", {"padding": ((1, 1), (1, 1))}, "padding: [[1, 1], [1, 1]]", "padding: same"),
    ("tiny-resnet", "down", {"strides": (1, 1)}, "strides: [1, 1]", "strides: [2, 2]"),
    ("tiny-resnet", "residual_2/a", {"dilation_rate": (2, 2)}, "dilation_rate: [2, 2]", "dilation_rate: [1, 1]"),
    ("tiny-resnet", "residual_1/add_1", {"activation": function("tanh")}, "activation: tanh", "activation: relu"),
    ("normalized", "mean", {"count_include_pad": True}, "count_include_pad: true", "count_include_pad: false"),
    ("normalized", "norm_1", {"epsilon": 1e-5}, "epsilon: 1e-05", "epsilon: 0.001"),
    ("normalized", "norm_2", {"epsilon": 0.037}, "epsilon: 0.037", "epsilon: 1e-05"),
    ("normalized", "act_2", {"max_value": 0.25}, "max_value: 0.25", "max_value: 6"),
    ("normalized", "act_3", {"negative_slope": 0.01}, "negative_slope: 0.01", "negative_slope: 0.1"),
    ("mnist-lstm", "lstm_1", {"recurrent_activation": function("hard_sigmoid")}, "hard_sigmoid", "sigmoid"),
    ("mnist-lstm", "lstm_1", {"go_backwards": True}, "go_backwards: true", "go_backwards: false"),
    ("gated", "all", {"reset_after": False}, "reset_after: false", None),
    ("sort-transformer", "encoder_1/norm2", {"epsilon": 1e-3}, "epsilon: 0.001", "epsilon: 1e-05"),
    ("sort-transformer", "encoder_1/mlp1", {"activation": replace(function("gelu"), approximate=True)}, None, "gelu"),
    ("sort-transformer", "sorted", {"activation": function("log_softmax")}, "log_softmax", "activation: softmax"),
    ("sort-transformer", "encoder_2/attention", {"use_causal_mask": True}, "use_causal_mask: true", "mask: false"),
    ("turning", "look", {"rotary": "interleaved"}, "rotary: interleaved", "rotary: halves"),
    ("turning", "look", {"rotary_base": 5e5}, "rotary_base: 500000", "rotary_base: 10000"),
]
"""None where the other side lost what would be needed, or the network file has no word for it."""


def another(at, by):
    def changed(array):
        array = array.copy()
        array[at] += by
        return array

    return changed


def moved_gates(order):
    return lambda array: np.concatenate([np.split(array, len(order), axis=-1)[gate] for gate in order], axis=-1)


def channels_first_rows(kernel):
    """The rows of a dense kernel behind 12 x 12 x 64, in the order of channels first."""
    return kernel.reshape(12, 12, 64, 128).transpose(2, 0, 1, 3).reshape(9216, 128)


def int8(array):
    return np.rint(array * (127 / np.abs(array).max())) * (np.abs(array).max() / 127)


def gates(network, layer, order):
    return (network, layer, dict.fromkeys(good(network).weights.of(layer), moved_gates(order)), "gates", "gates")


def exchanged(network, layer, one, other):
    own = good(network).weights.of(layer)
    said = f"`{one}` and `{other}` are exchanged"
    return (network, layer, {one: lambda _: own[other], other: lambda _: own[one]}, said, said)


def of_another(network, layer, other):
    own = good(network).weights.of(other)
    changes = {name: lambda _, array=array: array for name, array in own.items()}
    return (network, layer, changes, f"the parameters of {other}", None)


PARAMETERS = [
    ("mnist-cnn", "conv2d_1", {"bias": np.zeros_like}, "`bias` is left out", "has a bias"),
    ("mnist-cnn", "conv2d_1", {"kernel": lambda k: k.transpose(1, 0, 2, 3)}, "transposed", "transposed"),
    ("mnist-cnn", "conv2d_2", {"kernel": lambda k: k[..., ::-1, :]}, "backwards along axis 2", "backwards"),
    ("mnist-cnn", "conv2d_2", {"kernel": lambda k: k.astype("f2")}, "rounded to float16", "float16 numbers"),
    ("mnist-cnn", "dense_1", {"kernel": channels_first_rows}, "flattened with", "flattened with"),
    ("mnist-cnn", "conv2d_1", {"kernel": another((1, 2, 0, 5), 0.05)}, "kernel[1, 2, 0, 5]", "kernel[1, 2, 0, 5]"),
    ("mnist-cnn", "conv2d_1", {"bias": another(3, 0.01)}, "bias[3]", "bias[3]"),
    ("tiny-resnet", "residual_1/a", {"bias": another(7, -0.55)}, "bias[7]", "bias[7]"),
    ("tiny-resnet", "residual_1/b", {"kernel": int8}, "rounded to int8", "int8 numbers"),
    ("normalized", "norm_1", {"gamma": np.ones_like}, "scale: false", "has a gamma"),
    ("normalized", "norm_2", {"beta": np.zeros_like}, "center: false", "has a beta"),
    ("normalized", "norm_1", {"moving_variance": another(6, -0.4)}, "variance[6]", "variance[6]"),
    ("normalized", "deep", {"kernel": another((0, 1, 2, 0), 0.3)}, "kernel[0, 1, 2, 0]", "kernel[0, 1, 2, 0]"),
    ("normalized", "point", {"kernel": lambda k: k.transpose(0, 1, 3, 2)}, "transposed", "transposed"),
    exchanged("normalized", "norm_2", "gamma", "moving_variance"),
    of_another("normalized", "norm_2", "norm_1"),
    gates("mnist-lstm", "lstm_1", (0, 1, 3, 2)),
    ("mnist-lstm", "lstm_1", {"kernel": int8, "recurrent_kernel": int8}, "rounded to int8", "int8 numbers"),
    ("mnist-cnn", "dense_1", {"kernel": int8}, "rounded to int8", "int8 numbers"),
    gates("gated", "last", (1, 0, 2)),
    ("sort-transformer", "encoder_1/norm1", {"gamma": another(20, 0.5)}, "gamma[20]", "gamma[20]"),
    exchanged("sort-transformer", "encoder_1/attention", "query_kernel", "key_kernel"),
    ("sort-transformer", "encoder_2/mlp2", {"kernel": lambda k: k.T.reshape(k.shape)}, "reshaped", "reshaped"),
    ("mnist-vit", "patches", {"kernel": lambda k: k.transpose(1, 0, 2, 3)}, "transposed", "transposed"),
]
OTHER_KINDS = [
    ("normalized", "mean", "max_pooling2d"),
    ("mnist-cnn", "max_pooling2d_1", "average_pooling2d"),
    ("normalized", "act_1", "silu"),
    ("normalized", "act_3", "elu"),
    ("normalized", "classes", "log_softmax"),
    ("tiny-resnet", "global_average_pooling2d_1", "global_max_pooling2d"),
    ("turning", "both", "add"),
]


def check(ours, theirs, layer, wanted):
    """Foreign names and axes on one side, our own on the other: the layer in all, the cause where it can be known."""
    for run, other, foreign, words in ((ours, theirs, True, wanted[0]), (theirs, ours, False, wanted[1])):
        found = compared(run, captured(other, foreign=foreign))
        assert found.first is not None
        assert found.first.name == layer
        assert words is None or words in said(found)


@pytest.mark.parametrize(("network", "layer", "fields", "there", "here"), FIELDS)
def test_another_field_is_named(network, layer, fields, there, here):
    bad = ran(with_fields(network_of(network), layer, **fields), network, adapted(network, layer, fields))
    check(good(network), bad, layer, (there, here))


def adapted(network, layer, fields):
    """The weights; of a GRU without a bias for the recurrent sums these are part of the other one."""
    weights = good(network).weights
    return with_parameters(good(network), layer, bias=lambda bias: bias.sum(0)) if "reset_after" in fields else weights


@pytest.mark.parametrize(("network", "layer", "changes", "there", "here"), PARAMETERS)
def test_another_parameter_is_named(network, layer, changes, there, here):
    bad = ran(network_of(network), network, with_parameters(good(network), layer, **changes))
    check(good(network), bad, layer, (there, here))


@pytest.mark.parametrize(("network", "layer", "other"), OTHER_KINDS)
def test_another_kind_is_named(network, layer, other):
    ours = network_of(network).by_name[layer].layer
    kind = KINDS[other]
    changed = kind(**{name: getattr(ours, name) for name in kind.options() if name in type(ours).options()})
    bad = ran(with_layer(network_of(network), layer, changed), network, good(network).weights)
    check(good(network), bad, layer, (f"type: {other}", f"type: {ours.type}"))


def test_what_flows_otherwise_is_named():
    """An activation before a layer and not behind it, a path around that was forgotten, inputs that are exchanged."""
    run = good("normalized")
    values = dict(run.values)
    values["norm_1"] = run.network.by_name["norm_1"].layer([np.maximum(values["stem"], 0)], run.weights.of("norm_1"))
    values["sum"] = values["point"]
    for layer, words in (("norm_1", "relu stands before it"), ("sum", "its input mean is left out")):
        theirs = {**run.values, layer: values[layer]}
        found = compared(run, Captured("theirs", {name: x.shape for name, x in theirs.items()}, theirs.__getitem__))
        assert found.first.name == layer
        assert words in said(found)


def test_a_factor_is_named_and_what_no_hypothesis_explains_is_not_known():
    run, rng = good("sort-transformer"), np.random.default_rng(0)
    theirs = {**run.values, "encoder_1/mlp2": 3 * run.values["encoder_1/mlp2"]}
    assert "taken 3 times" in said(compared(run, Captured("b", {n: x.shape for n, x in theirs.items()}, theirs.get)))
    theirs["encoder_1/mlp2"] = rng.normal(size=(1, 8, 24)).astype("f4")
    assert said(compared(run, Captured("b", {n: x.shape for n, x in theirs.items()}, theirs.get))) == "not known"


def test_float64_that_was_computed_in_float32_is_told():
    """As Keras' products of matrices on PyTorch are: the bias, which is added in float64, hides it."""
    run = good("mnist-lstm")
    trace = run.network.trace(given("mnist-lstm"), run.weights, dtype="float64")
    x, own = trace.values["rows"].copy(), run.weights.of("lstm_1")
    exact, values = Run(*trace.origin, trace), dict(trace.values)
    layer = run.network.by_name["lstm_1"].layer
    values["lstm_1"] = layer([x.astype("f4")], own).astype("f8") * (1 + 1e-12)
    found = compared(exact, Captured("theirs", {name: y.shape for name, y in values.items()}, values.get))
    assert found.first.name == "lstm_1"
    assert "was computed in" in said(found)


@pytest.mark.parametrize("network", ["tiny-resnet", "sort-transformer"])
def test_what_stands_in_place_of_a_layer_is_nobodys_partner(network):
    """A tensor of the same shape, where the layer's own was not captured: what follows is made of the right one."""
    run = good(network)
    names = list(run.network.by_name)
    noise = np.random.default_rng(5).normal(size=run.values[names[3]].shape).astype("f4")
    values = {f"module.{number}": noise if number == 3 else run.values[name] for number, name in enumerate(names)}
    found = compared(run, Captured("theirs", {name: x.shape for name, x in values.items()}, values.get))
    assert found.first is None
    assert [pair.name for pair in found.missing] == [names[3]]


@pytest.mark.parametrize("network", NETWORKS)
def test_what_is_equal_is_called_equal(network):
    run = good(network)
    exact = run.network.trace(given(network), run.weights, dtype="float64")
    for foreign, theirs in ((False, run), (True, Run(*exact.origin, exact))):
        found = compared(run, captured(theirs, foreign=foreign))
        assert found.first is None, found.first
        assert not found.counted("drift")
        layers = [pair for pair in found.pairs if not pair.is_input]
        assert [pair.partner for pair in layers] == list(captured(theirs, foreign=foreign))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: 255 * x, "255"),
        (lambda x: 1 - x, "negative"),
        (lambda x: x / 0.3081 - 0.1307 / 0.3081, "scaled"),
    ],
)
def test_an_input_that_differs_is_all_that_is_said(change, words):
    run = good("mnist-cnn")
    found = compared(run, captured(run, inputs={"input": change(run.values["input"])}))
    assert found.inputs_differ
    assert found.first.name == "input"
    assert words in found.cause.found


def test_what_was_not_captured_is_judged_with_what_was():
    """Of a fused convolution and activation, or of layers that were left out, the next one that is there is named."""
    run = good("mnist-cnn")
    bad = ran(with_fields(run.network, "conv2d_2", activation=function("silu")), "mnist-cnn", run.weights)
    found = compared(run, captured(bad, only=("conv2d_1", "max_pooling2d_1", "dense_1", "dense_2")))
    assert found.first.name == "max_pooling2d_1"
    assert found.first.segment == ("conv2d_2",)
    assert [pair.verdict for pair in found.pairs if pair.name in {"dense_1", "dense_2"}] == ["drift", "round-off"]


def test_of_a_layer_of_few_numbers_all_is_told_that_explains_it():
    """One unit that puts out 1: another bias comes to the same as a softmax of one number."""
    run = good_xor()
    bad = run.network.trace(None, with_parameters(run, "dense_2", bias=lambda bias: bias + 0.5))
    words = said(compared(Run(*bad.origin, bad), captured(run)))
    assert "activation: softmax" in words
    assert "; or if bias[0] is " in words
    assert "these values do not tell which" in words


def good_xor():
    trace = network_of("xor-mlp").trace(None)
    return Run(*trace.origin, trace)
