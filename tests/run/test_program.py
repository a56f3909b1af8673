"""Programs: the same numbers as layer after layer, for every minibatch, whatever is computed together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.errors import InputError, NetworkError
from dataflow_cli.kernels.conv import winograd
from dataflow_cli.kernels.running import engine as engine_module
from dataflow_cli.kernels.running import scratch
from dataflow_cli.kernels.running.engine import running
from dataflow_cli.kernels.statistics import histogram, moments
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.buffers import Buffers
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.forward import forward
from dataflow_cli.run.fused import FusedUnit
from dataflow_cli.run.program import Program
from dataflow_cli.run.ready import ReadyParameters, filters_apart
from dataflow_cli.run.recorder import run
from dataflow_cli.run.schedule import Observing
from dataflow_cli.weights.load import load_weights
from dataflow_cli.weights.model import Weights
from tests.kernels.plainly import packed_bytes

HEAD = "dftrace: 1\nweights: {init: he_normal, seed: 1}\n"
NETWORKS = {
    "residual": """\
input: [9, 9, 3]
layers:
  - {type: conv2d, name: stem, filters: 8, kernel_size: 3, padding: same, activation: relu}
  - {type: conv2d, name: a, filters: 16, kernel_size: 1, use_bias: false}
  - batch_normalization
  - {type: relu, max_value: 6}
  - {type: depthwise_conv2d, kernel_size: 3, padding: same}
  - {type: batch_normalization, name: normal, scale: false}
  - {type: gelu, name: branch}
  - {type: conv2d, name: b, filters: 8, kernel_size: 1}
  - {type: add, inputs: [stem, b]}
  - {type: activation, activation: tanh}
  - {type: max_pooling2d, pool_size: 2, strides: 1}
  - {type: dropout, rate: 0.5}
  - flatten
  - {type: dense, units: 7, activation: silu}
  - {type: dense, units: 3, activation: softmax}
outputs: [dense_2, branch]
""",
    "channels first": """\
input: [3, 9, 9]
data_format: channels_first
layers:
  - {type: conv2d, filters: 4, kernel_size: 3, padding: same, activation: relu}
  - batch_normalization
  - relu
  - {type: conv2d, filters: 4, kernel_size: 3, groups: 2}
  - {type: max_pooling2d, pool_size: 2}
  - flatten
  - {type: dense, units: 3}
""",
    "residual, channels first": """\
input: [3, 9, 8]
data_format: channels_first
layers:
  - {type: conv2d, name: stem, filters: 8, kernel_size: 3, padding: same, activation: softmax}
  - {type: conv2d, name: a, filters: 16, kernel_size: 1, use_bias: false}
  - batch_normalization
  - {type: relu, max_value: 6}
  - {type: depthwise_conv2d, kernel_size: 3, padding: same}
  - {type: conv2d, name: b, filters: 8, kernel_size: 1}
  - {type: add, inputs: [stem, b]}
  - {type: batch_normalization, name: normal, scale: false}
  - {type: activation, activation: tanh, name: branch}
  - {type: permute, dims: [2, 1, 3]}
  - {type: permute, dims: [2, 1, 3], name: turned}
  - {type: add, inputs: [branch, turned]}
  - {type: max_pooling2d, pool_size: 2, strides: 1}
  - flatten
  - {type: dense, units: 3, activation: softmax}
outputs: [dense_1, branch]
""",
    "pooled, channels first": """\
input: [32, 21, 20]
data_format: channels_first
layers:
  - {type: conv2d, filters: 33, kernel_size: 3, padding: same, activation: relu}
  - {type: max_pooling2d, pool_size: 2}
  - {type: conv2d, filters: 40, kernel_size: 3}
  - {type: relu, max_value: 6}
  - {type: max_pooling2d, pool_size: 2}
  - {type: relu, name: last}
""",
    "merges": """\
inputs: {x: [6, 4], y: [6, 4], z: [4]}
layers:
  - {type: add, name: two, inputs: [x, y]}
  - {type: add, name: three, inputs: [x, y, two], activation: relu}
  - {type: add, name: wide, inputs: [three, z]}
  - {type: multiply, inputs: [wide, x]}
  - {type: conv1d, filters: 5, kernel_size: 3, dilation_rate: 2, flip_kernel: true}
  - {type: dense, units: 3}
""",
    "indices": """\
inputs: {words: {shape: [5], dtype: int32}}
layers:
  - {type: embedding, input_dim: 9, output_dim: 4}
  - {type: conv1d, filters: 70, kernel_size: 2, activation: tanh}
  - global_max_pooling1d
""",
    "out of order": """\
input: [4, 6]
layers:
  - {type: permute, dims: [2, 1]}
  - {type: conv1d, filters: 5, kernel_size: 3}
  - batch_normalization
  - {type: relu, name: cut}
  - {type: dense, units: 3}
""",
    "pooled": """\
input: [21, 20, 32]
layers:
  - {type: conv2d, filters: 33, kernel_size: 3, padding: same, activation: relu}
  - {type: max_pooling2d, pool_size: 2}
  - {type: conv2d, filters: 40, kernel_size: 3}
  - {type: relu, max_value: 6}
  - {type: max_pooling2d, pool_size: 2}
  - {type: conv2d, filters: 5, kernel_size: 3, padding: same}
  - {type: max_pooling2d, pool_size: 2}
  - {type: relu, name: last}
""",
    "views": """\
input: [4, 6]
layers:
  - {type: linear, name: same}
  - {type: reshape, target_shape: [6, 4]}
  - {type: permute, dims: [2, 1]}
  - {type: softmax, name: soft}
  - {type: reshape, target_shape: [2, 3, 4]}
  - {type: cropping2d, cropping: [0, 1]}
  - {type: zero_padding2d, padding: 2}
""",
}


def network_of(name):
    return network_from_text(HEAD + NETWORKS[name])


def batch_for(network, seed, samples=3):
    rng = np.random.default_rng(seed)
    return {
        spec.name: rng.integers(0, 9, (samples, *spec.shape), np.int32)
        if spec.dtype.startswith("int")
        else rng.standard_normal((samples, *spec.shape)).astype(spec.dtype)
        for spec in network.inputs
    }


def layer_by_layer(network, weights, batch, engine=None):
    """Every tensor, each computed by itself."""
    tensors = dict(batch)
    for node in network.nodes:
        tensors[node.name] = node.layer([tensors[name] for name in node.inputs], weights.of(node.name), engine)
    return tensors


@pytest.mark.parametrize("keep_all", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_those_of_the_layers_one_by_one(name, keep_all):
    """To the last bit: what is done to a tile is what is done to the whole."""
    network = network_of(name)
    weights, batch = load_weights(network), batch_for(network, 0)
    expected = layer_by_layer(network, weights, batch)
    outputs = Program(network, weights, keep=network.by_name if keep_all else ()).run(batch)
    assert list(outputs) == list(network.outputs)
    for output, array in outputs.items():
        np.testing.assert_array_equal(array, expected[output])


@pytest.mark.parametrize("name", NETWORKS)
def test_the_engine_of_the_run_does_all_the_work(name, monkeypatch):
    monkeypatch.setattr(engine_module.PLAIN_ENGINE, "spread", lambda *_: pytest.fail("computed by the plain engine"))
    network = network_of(name)
    run(network, load_weights(network), [batch_for(network, 0)], computing=Computing(repeated=True))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_minibatch_is_computed_anew(name, threads):
    network = network_of(name)
    weights = load_weights(network)
    with running(threads=threads, keep=True) as engine:
        program = Program(network, weights, engine)
        for seed in (1, 2, 3, 1):
            batch = batch_for(network, seed)
            before = {given: array.copy() for given, array in batch.items()}
            assert program.fits(batch)
            outputs = program.run(batch)
            expected = layer_by_layer(network, weights, batch, engine)
            for output, array in outputs.items():
                np.testing.assert_array_equal(array, expected[output])
            for given, array in batch.items():
                np.testing.assert_array_equal(array, before[given])
        assert not program.fits(batch_for(network, 1, samples=2))


@pytest.mark.parametrize("kept", [(), "all"])
@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_tiles_are_looked_at_as_whole_tensors_are(name, repeated, kept):
    network = network_of(name)
    weights = load_weights(network)
    batches = [batch_for(network, seed, samples) for seed, samples in ((1, 3), (2, 3), (3, 2))]
    with running(keep=repeated) as engine:  # what is kept decides between methods that round differently
        parts = [layer_by_layer(network, weights, batch, engine) for batch in batches]
    expected = {tensor: np.concatenate([part[tensor] for part in parts]) for tensor in parts[0]}
    keep = list(network.by_name) if kept else ()
    trace = run(network, weights, batches, keep=keep, histogram=True, computing=Computing(repeated=repeated))
    for step in trace.steps:
        found, known = step.statistics, moments(expected[step.name])
        assert (found.count, found.zeros, found.minimum, found.maximum) == (
            known.count,
            known.zeros,
            known.minimum,
            known.maximum,
        )
        assert found.mean == pytest.approx(known.mean, rel=1e-12, abs=1e-14)
        assert found.std == pytest.approx((known.m2 / known.count) ** 0.5, rel=1e-12)
        assert found.histogram == histogram(expected[step.name])
        assert step.seconds >= 0
    for tensor, values in trace.values.items():
        np.testing.assert_array_equal(values, expected[tensor], err_msg=tensor)


def test_nan_and_infinities_are_found_in_tiles_too():
    text = (
        HEAD + "input: [8, 8, 2]\nlayers:\n  - {type: conv2d, filters: 3, kernel_size: 1}\n  - {type: relu, name: r}\n"
    )
    network = network_from_text(text)
    x = np.ones((1, 8, 8, 2), "f4")
    x[0, 3, 4, 0], x[0, 5, 5, 1] = np.nan, np.inf
    weights = load_weights(network)
    with np.errstate(invalid="ignore"):
        expected = layer_by_layer(network, weights, {"input": x})
    for step in run(network, weights, [{"input": x}]).steps:
        known = moments(expected[step.name])
        assert (step.statistics.nans, step.statistics.infinities) == (known.nans, known.infinities)


MENU = (
    "{type: conv2d, filters: 4, kernel_size: 3, padding: same}",
    "{type: conv2d, filters: 4, kernel_size: 1, activation: tanh}",
    "{type: depthwise_conv2d, kernel_size: 2, padding: same}",
    "batch_normalization",
    "relu",
    "{type: relu, negative_slope: 0.1}",
    "sigmoid",
    "softmax",
    "{type: activation, activation: elu}",
    "{type: dropout, rate: 0.1}",
    "{type: max_pooling2d, pool_size: 2, strides: 1, padding: same}",
    "{type: average_pooling2d, pool_size: 2, strides: 1, padding: same}",
    "{type: add, inputs: [input, %s]}",
    "{type: subtract, inputs: [input, %s]}",
    "layer_normalization",
)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(MENU), min_size=1, max_size=9),
    st.booleans(),
    st.sampled_from(["channels_last", "channels_first"]),
)
def test_any_chain(kinds, repeated, data_format):
    lines, last = [], "input"
    for number, kind in enumerate(kinds):
        fields = kind[1:-1] if kind.startswith("{") else "type: " + kind
        lines.append(f"  - {{name: n{number}, {fields % last if '%' in fields else fields}}}\n")
        last = f"n{number}"
    text = f"{HEAD}input: [4, 5, 4]\ndata_format: {data_format}\nlayers:\n{''.join(lines)}"
    network = network_from_text(text)
    weights = load_weights(network)
    with running(keep=repeated) as engine:
        program = Program(network, weights, engine, observing=Observing())
        for seed in range(2):
            batch = batch_for(network, seed, 2)
            expected = layer_by_layer(network, weights, batch, engine)
            (output,) = program.run(batch).values()
            np.testing.assert_array_equal(output, expected[last])


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("largest", [2**10, 2**14, 2**17])
def test_memory_that_is_too_large_to_be_kept_is_other_memory_every_time(largest, threads, monkeypatch):
    """What was worked out for a buffer must not be used for another one."""
    text = (
        "input: [30, 28, 3]\nlayers:\n"
        "  - {type: conv2d, filters: 64, kernel_size: 3, padding: same, activation: relu}\n"
        "  - {type: conv2d, filters: 64, kernel_size: 3, padding: same}\n"
        "  - {type: depthwise_conv2d, kernel_size: 3, padding: same}\n"
        "  - {type: max_pooling2d, pool_size: 3, strides: 2}\n"
        "  - {type: conv2d, filters: 64, kernel_size: 3}\n"
    )
    network = network_from_text(HEAD + text)
    weights = load_weights(network)
    batches = [batch_for(network, seed) for seed in range(3)]
    with running(keep=True) as engine:
        expected = [layer_by_layer(network, weights, batch, engine)[network.outputs[0]] for batch in batches]
    monkeypatch.setattr(scratch, "LARGEST", largest)
    monkeypatch.setattr(winograd, "LARGEST", largest)
    monkeypatch.setattr(engine_module, "WORTHWHILE", 0)
    with running(threads=threads, keep=True) as engine:
        program = Program(network, weights, engine)
        for batch, known in zip(batches, expected, strict=True):
            (output,) = program.run(batch).values()
            np.testing.assert_array_equal(output, known)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softmax", "log_softmax", "relu"])
@pytest.mark.parametrize("layer", ["{{type: {0}}}", "{{type: activation, activation: {0}}}"])
def test_functions_of_integers_are_not_integers(name, layer):
    text = f"dftrace: 1\ninput: {{shape: [3], dtype: int32}}\nlayers:\n  - {layer.format(name)}\n"
    network, x = network_from_text(text), np.array([[0, 1, 2]], np.int32)
    (output,) = Program(network, load_weights(network)).run({"input": x}).values()
    text = f"dftrace: 1\ninput: [3]\nlayers:\n  - {layer.format(name)}\n"
    network = network_from_text(text)
    (known,) = Program(network, load_weights(network)).run({"input": x.astype("f4")}).values()
    np.testing.assert_allclose(output, known, rtol=1e-6)


def test_a_program_that_failed_starts_anew():
    text = (
        "input: {shape: [2], dtype: int32}\nlayers:\n  - linear\n  - {type: embedding, input_dim: 3, output_dim: 2}\n"
    )
    network = network_from_text(HEAD + text)
    weights = load_weights(network)
    with running(keep=True) as engine:
        program = Program(network, weights, engine)
        with pytest.raises(NetworkError):
            program.run({"input": np.array([[0, 99]], np.int32)})
        good = {"input": np.array([[0, 2]], np.int32)}
        (output,) = program.run(good).values()
    np.testing.assert_array_equal(output, layer_by_layer(network, weights, good)["embedding_1"])


def anywhere(array):
    """The same numbers as a file may have them: filters in front, at an address that is no multiple of four."""
    axes = (array.ndim - 1, array.ndim - 2, *range(array.ndim - 2)) if array.ndim > 1 else (0,)
    stored = np.empty(array.nbytes + 1, np.uint8)[1:].view(array.dtype).reshape([array.shape[axis] for axis in axes])
    stored[...] = array.transpose(axes)
    return stored.transpose(np.argsort(axes))


@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize("name", ["residual", "residual, channels first", "pooled"])
def test_parameters_may_lie_anywhere_in_a_file(name, repeated):
    """No kernel is given one that NumPy would copy for every product."""
    network = network_of(name)
    weights = load_weights(network)
    there = Weights(
        {node: {one: anywhere(array) for one, array in found.items()} for node, found in weights.arrays.items()}
    )
    with running(keep=repeated) as engine:
        program = Program(network, there, engine)
        for seed in range(2):
            batch = batch_for(network, seed)
            expected = layer_by_layer(network, weights, batch, engine)
            for output, array in program.run(batch).items():
                np.testing.assert_allclose(array, expected[output], rtol=1e-5, atol=1e-6)
        ready = ReadyParameters(there, np.dtype("f4"), engine.packed)
        for node in network.nodes:
            for one, array in ready.of(node).items():
                np.testing.assert_array_equal(array, weights.of(node.name)[one])
                assert array.flags.aligned
                assert not filters_apart(array)
            ready.done()


def test_parameters_are_cast_once():
    """Weights that were packed from a copy would be kept for every minibatch."""
    text = "input: [8, 8, 64]\nlayers:\n  - {type: conv2d, filters: 64, kernel_size: 3, data_format: channels_last}\n"
    network = network_from_text(HEAD + text)
    weights = load_weights(network)
    with running(keep=True) as engine:
        program = Program(network, weights, engine)
        sizes = []
        for seed in range(3):
            batch = {name: array.astype("f8") for name, array in batch_for(network, seed, 9).items()}
            program.run(batch)
            sizes.append(packed_bytes(engine))
    assert sizes[0] == sizes[-1] > 0


@pytest.mark.parametrize("layers", ["relu, batch_normalization", "{type: conv2d, filters: 2, kernel_size: 1}"])
def test_nothing_to_run_is_an_error(layers):
    network = network_from_text(f"{HEAD}input: [4, 4, 2]\nlayers: [{layers}]\n")
    weights, batch = load_weights(network), {"input": np.zeros((0, 4, 4, 2), "f4")}
    for action in (lambda: run(network, weights, [batch]), lambda: forward(network, weights, [batch])):
        with pytest.raises(InputError, match="there is no sample to run"):
            action()
    with pytest.raises(InputError, match="there is no sample to run"):
        forward(network, weights, [])


@pytest.mark.parametrize("dtype", ["complex64", "longdouble"])
def test_types_that_nothing_computes_in_are_refused(dtype):
    network = network_of("residual")
    batch = {"input": np.zeros((1, 9, 9, 3), dtype)}
    with pytest.raises(InputError, match="no network computes in"):
        run(network, load_weights(network), [batch])


def test_a_chain_without_a_measured_time_shares_what_there_is():
    network = network_of("residual")
    nodes = network.nodes[:3]
    unit = FusedUnit(nodes, lambda: np.zeros(1))
    unit.seconds = 3.0
    assert unit.seconds_each() == [1.0, 1.0, 1.0]


def test_the_time_of_a_chain_is_dealt_out_to_its_layers():
    network = network_of("residual")
    program = Program(network, load_weights(network), observing=Observing(moments=False))
    units = []
    program.run(batch_for(network, 0), units.append)
    together = next(unit for unit in units if len(unit.nodes) > 2)
    each = together.seconds_each()
    assert len(each) == len(together.nodes)
    assert all(seconds > 0 for seconds in each)
    assert sum(each) <= together.seconds


def test_memory_goes_to_the_next_that_it_is_enough_for():
    buffers = Buffers()
    small, of_small = buffers.take((10,), "f4")
    large, of_large = buffers.take((100,), "f4")
    buffers.give(of_large)
    buffers.give(of_small)
    again, _ = buffers.take((5, 2), "f4")
    assert np.shares_memory(again, small)
    assert not np.shares_memory(buffers.take((10,), "f4")[0], small)
    buffers.trim(1000)
    assert not np.shares_memory(buffers.take((101,), "f4")[0], large)


def test_memory_that_is_too_large_is_let_go():
    buffers = Buffers()
    large, memory = buffers.take((100,), "f4")
    buffers.give(memory)
    buffers.trim(399)
    assert not np.shares_memory(buffers.take((10,), "f4")[0], large)


def test_a_copy_lies_in_memory_as_its_original():
    original = np.moveaxis(np.arange(24.0).reshape(2, 3, 4), -1, 1)
    copy, _ = Buffers().copied(original)
    np.testing.assert_array_equal(copy, original)
    assert copy.strides == original.strides
