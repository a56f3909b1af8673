"""The estimate of a run's memory beside what it takes, for fields of any size."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli import kernels
from dataflow_cli.errors import NetworkError
from dataflow_cli.explain.sample import checked_part, explained
from dataflow_cli.kernels.running import scratch
from dataflow_cli.network.build import network_from_text
from dataflow_cli.render.explanation.any import as_json
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.memory import explaining_bytes, needed_bytes
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights

BESIDE = 6_000_000
"""Bytes of tiles, tables and Python's objects, whatever the network."""


def taken(network, samples, computing, minibatches=1):
    """The most bytes that arrays take while a network runs, its parameters and inputs included."""
    weights = load_weights(network, init="he_normal")
    (spec,) = network.inputs
    batch = {spec.name: np.ones((samples, *spec.shape), np.float32)}
    scratch.release()
    tracemalloc.start()
    try:
        trace = run(network, weights, [batch] * minibatches, computing=computing)
        return tracemalloc.get_traced_memory()[1] + weights.nbytes + batch[spec.name].nbytes, trace
    finally:
        tracemalloc.stop()


@pytest.fixture(autouse=True, scope="module")
def _loaded():
    kernels.load_all()


NUMBER = st.sampled_from([1, 1, 2, 3, 5, 40, 900])
FEW = st.sampled_from([1, 2, 3, 5])


def pair(numbers):
    return st.lists(numbers, min_size=2, max_size=2)


def layer(kind, **fields):
    """A layer with drawn fields, as a network file has it."""
    return st.fixed_dictionaries(fields).map(
        lambda drawn: f"{{type: {kind}{''.join(f', {name}: {value}' for name, value in drawn.items())}}}"
    )


PADDING = st.one_of(st.sampled_from(["valid", "same"]), pair(pair(NUMBER)))
ACTIVATION = st.sampled_from(["linear", "relu", "gelu", "softmax"])
WINDOW = {"kernel_size": pair(FEW), "padding": PADDING, "strides": pair(NUMBER), "dilation_rate": pair(NUMBER)}
POOL = {"pool_size": pair(NUMBER), "strides": pair(NUMBER), "padding": PADDING}
FILTERS = st.sampled_from([1, 4, 48])
LAYERS = st.one_of(
    layer("conv2d", filters=FILTERS, activation=ACTIVATION, **WINDOW),
    layer("conv2d", filters=st.just(64), groups=st.sampled_from([2, 4]), kernel_size=pair(FEW), padding=PADDING),
    layer("depthwise_conv2d", depth_multiplier=FEW, activation=ACTIVATION, **WINDOW),
    layer("separable_conv2d", filters=FILTERS, depth_multiplier=FEW, **WINDOW),
    layer("max_pooling2d", **POOL),
    layer("average_pooling2d", **POOL),
    layer(
        "conv2d_transpose", filters=FILTERS, kernel_size=pair(FEW), padding=st.just("same"), dilation_rate=pair(NUMBER)
    ),
    layer("up_sampling2d", size=pair(FEW), interpolation=st.sampled_from(["nearest", "bilinear"])),
    layer("zero_padding2d", padding=pair(pair(FEW))),
    layer("permute", dims=st.permutations([1, 2, 3])),
    layer("softmax", axis=st.sampled_from([1, [1, 2], -1])),
    layer("log_softmax", axis=st.sampled_from([1, -1])),
    layer("dense", units=FILTERS, activation=ACTIVATION),
    st.sampled_from(["gelu", "prelu", "layer_normalization", "batch_normalization", "flatten"]),
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(LAYERS, min_size=1, max_size=3),
    st.sampled_from([(8, 8), (60, 70), (1, 300)]),
    st.sampled_from([1, 8, 64]),
    st.tuples(st.sampled_from([1, 3]), st.booleans(), st.booleans()),
)
def test_a_run_takes_no_more_than_the_estimate(layers, lengths, channels, ways):
    samples, first, repeated = ways
    shape = [channels, *lengths] if first else [*lengths, channels]
    text = f"dftrace: 1\ndata_format: channels_{'first' if first else 'last'}\ninput: {shape}\nlayers:\n"
    try:
        network = network_from_text(text + "".join(f"  - {one}\n" for one in layers))
    except NetworkError:
        return
    minibatches = 1 + repeated
    computing = Computing(repeated=repeated, total=samples * minibatches)
    estimate = needed_bytes(network, samples, "float32", (), computing)
    if estimate > 60_000_000 or network.macs > 100_000_000:
        return
    assert taken(network, samples, computing, minibatches)[0] <= 1.05 * estimate + BESIDE


HUGE = 2**63 - 1
ONES = np.ones((1, 8, 8, 2), np.float32)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("{type: max_pooling2d, pool_size: 40000, padding: same}", ONES[:, :1, :1]),
        ("{type: average_pooling2d, pool_size: 40000, strides: 1, padding: same}", ONES),
        ("{type: max_pooling2d, pool_size: 2147483648, strides: 3, padding: same}", ONES[:, :3, :3]),
        (f"{{type: average_pooling2d, pool_size: {HUGE}, padding: same}}", ONES[:, :1, :1]),
        ("{type: conv2d, filters: 2, kernel_size: 3, dilation_rate: 10000, padding: same}", 2 * ONES),
        (f"{{type: conv2d, filters: 2, kernel_size: 3, dilation_rate: {HUGE}, padding: same}}", 2 * ONES),
        (f"{{type: conv2d, filters: 2, kernel_size: 2, strides: {HUGE}}}", 8 * ONES[:, :1, :1]),
        ("{type: depthwise_conv2d, kernel_size: 3, strides: [1, 1000000], padding: [[1, 1], [0, 0]]}", None),
        (f"{{type: separable_conv2d, filters: 2, kernel_size: 1, strides: [1, {HUGE}]}}", 2 * ONES[:, :, :1]),
        (f"{{type: depthwise_conv2d, kernel_size: [1, 2], dilation_rate: {HUGE}, padding: same}}", 0 * ONES),
        ("{type: conv2d_transpose, filters: 2, kernel_size: 3, dilation_rate: 1000000, padding: same}", 2 * ONES),
        (f"{{type: conv2d_transpose, filters: 2, kernel_size: 3, dilation_rate: {HUGE}, padding: same}}", 2 * ONES),
    ],
)
def test_windows_that_reach_far_over_the_border_take_no_memory(fields, expected):
    """Taps that see nothing but padding are left out, and explained as the others are."""
    network = network_from_text(f"dftrace: 1\nname: far\ninput: [8, 8, 2]\nlayers:\n  - {fields[:-1]}, name: n}}\n")
    assert needed_bytes(network, 1, "float32") < 100_000
    weights = load_weights(network, init="zeros")
    weights.of("n").update({name: np.ones_like(array) for name, array in weights.of("n").items() if name != "bias"})
    output = network_output(network, weights)
    assert expected is None or (output == expected).all()
    assert output.shape[1:] == network.by_name["n"].output_shape
    explanation = network.by_name["n"].layer.explanation((0, 0, 0), [ONES], weights.of("n"))
    assert explanation.total == output[0, 0, 0, 0]


def network_output(network, weights):
    return run(network, weights, [{"input": ONES}], computing=Computing(max_memory=2**40)).values["n"]


@pytest.mark.parametrize("back", [0, 4])
@pytest.mark.parametrize(
    ("shape", "layers", "at"),
    [
        ([60, 60], ["softmax, axis: [1, 2]"], (3, 4)),
        ([40, 40, 1], ["flatten", "dense, units: 40, activation: softmax"], (3,)),
        ([30, 30, 3], ["conv2d, filters: 3, kernel_size: 31, padding: same"], (3, 4, 1)),
    ],
)
def test_an_explanation_takes_no_more_than_its_estimate(shape, layers, at, back):
    """As JSON too. A softmax over 60 x 60 keeps no explanation of every logit."""
    lines = "".join(f"  - {{type: {layer}, name: n{number}}}\n" for number, layer in enumerate(layers))
    network = network_from_text(f"dftrace: 1\ninput: {shape}\nlayers:\n{lines}")
    part = checked_part(network, f"n{len(layers) - 1}", at)
    weights = load_weights(part, init="he_normal")
    batch = {"input": np.random.default_rng(0).random((1, *shape), np.float32)}
    keep = ["input", *part.by_name] if back else part.nodes[-1].inputs
    estimate = needed_bytes(part, 1, "float32", keep) + explaining_bytes(part, back=back > 0)
    assert estimate < 20_000_000
    tracemalloc.start()
    try:
        as_json(explained(network, part, weights, batch, at, back=back))
        peak = tracemalloc.get_traced_memory()[1] + weights.nbytes + batch["input"].nbytes
    finally:
        tracemalloc.stop()
    assert peak <= estimate + BESIDE
