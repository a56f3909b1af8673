"""The order of elements behind flatten: a channels-last network beside its channels-first twin, from the same weights.

With `data_format: channels_first`, and a reshape for flatten, every number stands where PyTorch has it, so that no row
of a parameter is moved. A channels-last file of the same layers must give the same, or be refused.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import NetworkError, WeightsError
from dataflow_cli.layers.torch_order import Axes
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights, weights_problems
from dataflow_cli.weights.torch_layout import TorchLayout
from dataflow_cli.weights.wanted import wanted

HW = "the axes of height and width"
FLATTEN = {"type": "flatten"}
BOTH = [FLATTEN, {"type": "reshape", "target_shape": [-1]}]
SPATIAL = [
    {"type": "conv2d", "filters": 3, "kernel_size": 2},
    {"type": "conv2d", "filters": 2, "kernel_size": 3, "padding": "same", "activation": "relu"},
    {"type": "depthwise_conv2d", "kernel_size": 2, "depth_multiplier": 2},
    {"type": "conv2d_transpose", "filters": 2, "kernel_size": 2, "strides": 2},
    {"type": "max_pooling2d", "strides": 1},
    {"type": "zero_padding2d", "padding": [[1, 0], [0, 2]]},
    {"type": "up_sampling2d", "size": [1, 2]},
    {"type": "batch_normalization", "epsilon": 1e-5},
    {"type": "layer_normalization", "axis": [1, 2, 3], "epsilon": 1e-5},
    {"type": "prelu", "shared_axes": HW},
    {"type": "tanh"},
]
ROWS = [
    {"type": "batch_normalization", "epsilon": 1e-5},
    {"type": "layer_normalization", "epsilon": 1e-5},
    {"type": "dropout", "rate": 0.5},
    {"type": "activation", "activation": "softmax"},
    {"type": "prelu"},
    {"type": "tanh"},
    *BOTH,
]
some_spatial, some_rows = st.lists(st.sampled_from(SPATIAL), max_size=3), st.lists(st.sampled_from(ROWS), max_size=3)
ENDS = [[FLATTEN], [BOTH[1]], [{"type": "global_max_pooling2d"}], [FLATTEN, {"type": "dense", "units": 6}]]


@st.composite
def networks(draw):
    """Branches from the picture to rows of numbers, the layer where they meet, and a dense layer behind it."""
    layers, ends = [], []
    for number in range(draw(st.integers(1, 3))):
        layers.append({"type": "linear", "inputs": ["input"]})
        layers += [*draw(some_spatial), *draw(st.sampled_from(ENDS)), *draw(some_rows)]
        layers.append({"type": "linear", "name": f"end{number}"})
        ends.append(f"end{number}")
    if len(ends) > 1:
        layers.append(
            {"type": draw(st.sampled_from(["concatenate", "concatenate", "add", "multiply"])), "inputs": ends}
        )
    layers += [*draw(some_rows), {"type": "dense", "units": 2}]
    return [{"name": f"layer{number}"} | layer for number, layer in enumerate(layers)]


def built(layers, data_format, folder):
    """The network of these layers in a data format; the channels-first one never moves channels."""
    first = data_format == "channels_first"
    if first:
        layers = [layer | BOTH[1] if layer["type"] == "flatten" else layer for layer in layers]
    text = json.dumps(layers).replace(json.dumps(HW), "[2, 3]" if first else "[1, 2]")
    shape = [2, 3, 4] if first else [3, 4, 2]
    head = f"dftrace: 1\ndata_format: {data_format}\ninput: {{shape: {shape}, dtype: float64}}\n"
    return network_from_text(f"{head}weights: {{file: w.npz, layout: torch}}\nlayers: {text}\n", folder=folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("order")


@given(networks())
def test_a_channels_last_file_gives_the_same_or_is_refused(folder, layers):
    try:
        theirs, here = (built(layers, form, folder) for form in ("channels_first", "channels_last"))
    except NetworkError:  # branches whose shapes do not meet
        return
    needed, refused = wanted(theirs, theirs.weights)
    assert refused == []
    numbers = np.random.default_rng(len(layers))
    np.savez(folder / "w.npz", **{one.full: numbers.uniform(0.2, 1, one.shape) for one in needed})
    picture = numbers.standard_normal((2, 2, 3, 4))
    expected = run(theirs, load_weights(theirs), [{"input": picture}]).output
    problems = [problem.code for problem in weights_problems(here) if problem.severity == "error"]
    if problems:
        assert set(problems) == {"E205"}
        assert any(layer["type"] in ("add", "multiply") for layer in layers)
        with pytest.raises(WeightsError, match="layout torch"):
            load_weights(here)
    else:
        found = run(here, load_weights(here), [{"input": np.moveaxis(picture, 1, -1)}]).output
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def in_torch(layers, data_format, folder):
    """The network of these layers in a file that says `framework: torch`, with what its last layer takes as output."""
    shape = [2, 3, 4] if data_format == "channels_first" else [3, 4, 2]
    text = json.dumps(layers).replace(json.dumps(HW), "[2, 3]" if data_format == "channels_first" else "[1, 2]")
    head = f"dftrace: 1\nframework: torch\ndata_format: {data_format}\ninput: {{shape: {shape}, dtype: float64}}\n"
    outputs = [layers[-2]["name"], layers[-1]["name"]]
    return network_from_text(f"{head}weights: w.npz\nlayers: {text}\noutputs: {outputs}\n", folder=folder)


def outputs(network, x):
    """All that the network puts out."""
    trace = run(network, load_weights(network), [{"input": x}])
    return [trace.value(name) for name in trace.outputs]


@given(networks())
def test_a_file_of_torch_has_its_order_in_both_formats_or_is_refused(folder, layers):
    """Not only behind dense layers: the rows themselves have PyTorch's numbers where PyTorch has them."""
    try:
        theirs = in_torch(layers, "channels_first", folder)
    except NetworkError:
        return
    needed, refused = wanted(theirs, theirs.weights)
    assert refused == []
    numbers = np.random.default_rng(len(layers))
    np.savez(folder / "w.npz", **{one.full: numbers.uniform(0.2, 1, one.shape) for one in needed})
    picture = numbers.standard_normal((2, 2, 3, 4))
    expected = outputs(theirs, picture)
    here = in_torch(layers, "channels_last", folder)
    found = outputs(here, np.moveaxis(picture, 1, -1))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_reshape_is_pytorchs_view_where_the_order_is_known(tmp_path):
    np.savez(tmp_path / "w.npz")
    view = {"type": "reshape", "name": "view", "target_shape": [6, 4]}
    last = in_torch([view, view | {"name": "again", "target_shape": [-1]}], "channels_last", tmp_path)
    picture = np.arange(24.0).reshape(1, 2, 3, 4)
    found = outputs(last, np.moveaxis(picture, 1, -1))
    np.testing.assert_array_equal(found[0], picture.reshape(1, 6, 4))
    turned = [{"type": "permute", "name": "turned", "dims": [3, 1, 2]}, {"type": "flatten", "name": "row"}]
    with pytest.raises(NetworkError) as caught:
        in_torch(turned, "channels_last", tmp_path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line) == ("E205", 6)
    assert "flatten 'row': in which order PyTorch has the axes of (2, 3, 4) is not known" in problem.message


DENSE = "{type: dense, name: d, units: 3}"


@pytest.mark.parametrize(
    ("shape", "layers", "words"),
    [
        ("[3, 4, 2]", f"{{type: permute, dims: [3, 1, 2]}}, flatten, {DENSE}", "the 24 numbers that 'kernel' meets"),
        ("[3, 4, 2]", f"{DENSE}, flatten, {{type: dense, units: 2}}", "the 36 numbers that 'kernel' meets"),
        ("[24]", "{type: reshape, target_shape: [3, 4, 2]}, {type: conv2d, filters: 1, kernel_size: 1}", "(3, 4, 2)"),
        (
            "[3, 4, 2]",
            "{type: flatten, name: f}, {type: dense, name: d, units: 24}, {type: add, inputs: [f, d]}",
            "in other orders",
        ),
        (
            "[3, 4, 2]",
            "{type: flatten, name: f}, {type: reshape, target_shape: [12, 2]}, softmax",
            "which were made from a row",
        ),
        ("[4, 4, 1]", "{type: max_pooling2d, pool_size: 3, strides: 2, padding: same}", "`same` adds 0 before and 1"),
        ("[4, 4, 1]", "{type: conv2d, filters: 1, kernel_size: 3, strides: 2, padding: same}", "0 before and 1 after"),
        (
            "[4, 4, 1]",
            "{type: conv2d_transpose, filters: 1, kernel_size: 3, strides: 2, padding: same}",
            "cuts 0 off before and 1 after",
        ),
    ],
)
def test_what_would_be_a_guess_is_refused_where_it_stands(tmp_path, shape, layers, words):
    np.savez(tmp_path / "w.npz")
    text = f"dftrace: 1\ninput: {shape}\nweights: {{file: w.npz, layout: torch}}\nlayers: [{layers}]\n"
    network = network_from_text(text, folder=tmp_path)
    (found,) = [problem for problem in weights_problems(network) if problem.code == "E205"]
    assert words in found.message
    assert found.hint
    assert found.place.line == 4
    with pytest.raises(WeightsError) as caught:
        load_weights(network)
    assert caught.value.problems == (found,)


def test_two_axes_without_channels_are_a_doubt(tmp_path):
    """They are read as they stand; where channels are known, or there is one, nobody doubts."""
    kernel = np.arange(12.0).reshape(1, 12)
    np.savez(tmp_path / "w.npz", **{"d/kernel": kernel, "d/bias": np.zeros(1)})

    def result(data_format, shape, *arrays):
        text = (
            f"dftrace: 1\ndata_format: {data_format}\ninput: {{shape: {shape}, dtype: float64}}\n"
            "weights: {file: w.npz, layout: torch}\nlayers: [flatten, {type: dense, name: d, units: 1}]\n"
        )
        network = network_from_text(text, folder=tmp_path)
        weights = load_weights(network)
        return [problem.code for problem in weights.warnings], run(network, weights, arrays).output

    x = np.arange(12.0).reshape(1, 3, 4)
    expected = x.reshape(1, 12) @ kernel.T
    assert result("channels_last", [3, 4], {"input": x}) == (["W103"], expected)
    assert result("channels_first", [3, 4], {"input": x}) == ([], expected)
    assert result("channels_last", [3, 4, 1], {"input": x[..., None]}) == ([], expected)


def test_one_hot_categories_of_single_numbers_go_where_the_numbers_stand():
    """An axis of length 1 at the end is taken away first."""
    text = """
dftrace: 1
input: {shape: [2, 1, 3, 1], dtype: uint8}
weights: {init: zeros, layout: torch}
layers:
- {type: category_encoding, num_tokens: 3, output_mode: one_hot}
"""
    network = network_from_text(text)
    assert TorchLayout(network).orders.found["category_encoding_1"] == Axes((0, 1, 2, 3), first=False)


def test_what_is_not_known_of_a_file_in_pytorchs_order_is_not_answered_with_that_order():
    text = """
dftrace: 1
data_format: channels_first
input: [2, 3, 4]
layers:
- {type: time_distributed, layer: sin}
"""
    (refusal,) = TorchLayout(network_from_text(text)).refusals
    assert "layout: keras" in refusal.hint
    assert "channels_first" not in refusal.hint
