"""Running a network: what is computed, what is kept, what is let go, what is refused."""

from __future__ import annotations

import tracemalloc
import weakref

import numpy as np
import pytest

from dataflow_cli.errors import InputError, LimitError, NetworkError, UnknownName
from dataflow_cli.kernels.statistics import histogram, moments
from dataflow_cli.network.build import network_from_text
from dataflow_cli.network.memory import estimated_peak_bytes
from dataflow_cli.run import memory, schedule
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights

BRANCHY = """\
dftrace: 1
name: branchy
inputs: {a: [6, 6, 2], b: [5]}
weights: {init: glorot_uniform, seed: 7}
layers:
  - {type: conv2d, filters: 3, kernel_size: 3, activation: relu, inputs: a}
  - flatten
  - {type: dense, units: 4, inputs: b}
  - {type: concatenate, inputs: [flatten_1, dense_1]}
  - {type: dense, units: 3, activation: softmax}
outputs: [dense_2, concatenate_1]
"""
RNG = np.random.default_rng(5)


def chain(layers, shape="[4]"):
    return network_from_text(f"dftrace: 1\nname: chain\ninput: {shape}\nlayers:\n{layers}")


def traced(text, batches, **options):
    network = network_from_text(text) if isinstance(text, str) else text
    return run(network, load_weights(network), batches, **options)


def branchy_batch(samples):
    rng = np.random.default_rng(1)
    return {
        name: rng.standard_normal((samples, *shape)).astype("f4") for name, shape in (("a", (6, 6, 2)), ("b", (5,)))
    }


def split(batch, size):
    total = len(next(iter(batch.values())))
    return [{name: array[at : at + size] for name, array in batch.items()} for at in range(0, total, size)]


def test_several_inputs_and_outputs():
    trace = traced(BRANCHY, [branchy_batch(4)])
    assert [step.name for step in trace.steps] == [
        *["a", "b", "conv2d_1", "flatten_1", "dense_1", "concatenate_1", "dense_2"],
    ]
    assert (trace.samples, trace.dtype, trace.outputs) == (4, "float32", ("dense_2", "concatenate_1"))
    assert set(trace.values) == {"dense_2", "concatenate_1"}
    assert trace.output.shape == (4, 3)
    np.testing.assert_allclose(trace.output.sum(1), 1, rtol=1e-6)
    assert trace.step("a").is_input
    assert (trace.step("concatenate_1").inputs, trace.step("concatenate_1").output_shape) == (
        ("flatten_1", "dense_1"),
        (52,),
    )
    assert trace.parameter_count == sum(step.parameters for step in trace.steps) == 57 + 24 + 159
    assert trace.weights == "glorot_uniform, seed 7"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_streaming_gives_what_one_minibatch_gives(size):
    batch, names = branchy_batch(7), ["a", "b", "conv2d_1", "flatten_1", "dense_1"]
    whole = traced(BRANCHY, [batch], keep=names, histogram=True)
    parts = traced(BRANCHY, split(batch, size), keep=names, histogram=True)
    assert parts.samples == whole.samples == 7
    for one, two in zip(whole.steps, parts.steps, strict=True):
        np.testing.assert_allclose(parts.value(one.name), whole.value(one.name), rtol=2e-5, atol=1e-6)
        assert (one.statistics.count, one.statistics.zeros) == (two.statistics.count, two.statistics.zeros)
        assert two.statistics.mean == pytest.approx(one.statistics.mean, rel=1e-5, abs=1e-7)
        assert two.statistics.std == pytest.approx(one.statistics.std, rel=1e-5)
        assert two.statistics.low == pytest.approx(one.statistics.low, rel=1e-5, abs=1e-7)


def test_statistics_are_those_of_the_values():
    trace = traced(
        BRANCHY, split(branchy_batch(5), 2), keep=["a", "b", "conv2d_1", "flatten_1", "dense_1"], histogram=True
    )
    for step in trace.steps:
        expected = moments(trace.value(step.name))
        assert step.statistics.count == expected.count == trace.value(step.name).size
        assert step.statistics.mean == pytest.approx(expected.mean, rel=1e-12, abs=1e-14)
        assert step.statistics.m2 == pytest.approx(expected.m2, rel=1e-11)
        assert step.statistics.histogram == histogram(trace.value(step.name))
        assert step.statistics.zero_share == (trace.value(step.name) == 0).mean()


def test_a_histogram_is_made_only_if_it_is_asked_for():
    assert all(step.statistics.histogram is None for step in traced(BRANCHY, [branchy_batch(1)]).steps)


def test_progress_is_told_after_each_minibatch():
    told = []
    traced(BRANCHY, split(branchy_batch(7), 3), progress=told.append)
    assert told == [3, 6, 7]


def test_kept_names_must_exist():
    with pytest.raises(UnknownName, match="branchy has no layer 'conv2d_2'") as caught:
        traced(BRANCHY, [branchy_batch(1)], keep=["conv2d_2"])
    assert caught.value.hint == "layers: conv2d_1, flatten_1, dense_1, concatenate_1, dense_2"


def test_values_that_were_not_kept():
    trace = traced(BRANCHY, [branchy_batch(1)])
    with pytest.raises(UnknownName, match="the values of 'a' were not kept"):
        trace.value("a")
    with pytest.raises(UnknownName, match="the trace has no step 'c'"):
        trace.value("c")


def test_a_tensor_is_let_go_after_its_last_reader(monkeypatch):
    """At every layer, of the outputs before it only those are alive that something still reads."""
    network = chain(
        "  - {type: softmax, name: a}\n  - {type: softmax, name: b}\n  - {type: softmax, name: c}\n"
        "  - {type: maximum, name: d, inputs: [a, c]}\n  - {type: softmax, name: e}\n"
    )
    alive, seen = {}, []
    called = schedule._called

    def observed(node, *given):
        seen.append((node.name, {name for name, reference in alive.items() if reference() is not None}))
        result = called(node, *given)
        alive[node.name] = weakref.ref(result)
        return result

    monkeypatch.setattr(schedule, "_called", observed)
    traced(network, [{"input": np.ones((2, 4), "f4")}])
    assert seen == [("a", set()), ("b", {"a"}), ("c", {"a", "b"}), ("d", {"a", "c"}), ("e", {"d"})]


def test_the_memory_of_a_long_chain_is_that_of_two_tensors():
    network = chain("  - relu\n" * 8, "[200000]")
    weights, batch = load_weights(network), {"input": np.ones((1, 200_000), "f4")}
    run(chain("  - relu\n"), weights, [{"input": np.ones((1, 4), "f4")}])
    tracemalloc.start()
    run(network, weights, [batch])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3.5 * 800_000 + 1_000_000
    assert estimated_peak_bytes(network, 1, "float32") == 2 * 800_000


def test_more_than_there_is_is_refused_with_figures(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 10 * 1024**2)
    network = chain("  - {type: dense, units: 1000}\n  - {type: dense, units: 2000}\n", "[1000]")
    weights = load_weights(network, init="zeros")
    monkeypatch.setattr(memory, "available_bytes", lambda: 1024**2)
    with pytest.raises(LimitError) as caught:
        run(network, weights, [{"input": np.zeros((100, 1000), "f4")}])
    assert caught.value.code == "E500"
    assert caught.value.message.startswith("chain needs about 13.0 MiB for 100 samples, and ")
    assert caught.value.message.endswith("iB with the program; 12.5 MiB are available")
    assert caught.value.hint.startswith("use a smaller input, or fewer samples at once")
    monkeypatch.setattr(memory, "available_bytes", lambda: 2 * 1024**2)
    assert run(network, weights, [{"input": np.zeros((100, 1000), "f4")}]).samples == 100


def test_memory_that_runs_out_is_an_error_of_ours(monkeypatch):
    network = chain("  - softmax\n")

    def exhausted(*_):
        raise MemoryError

    monkeypatch.setattr(type(network.nodes[0].layer), "__call__", exhausted)
    with pytest.raises(LimitError, match="chain does not fit into memory"):
        traced(network, [{"input": np.zeros((1, 4), "f4")}])


def test_an_index_past_the_end_of_an_embedding_has_its_place():
    text = (
        "dftrace: 1\ninput: {shape: [3], dtype: int64}\nlayers:\n  - {type: embedding, input_dim: 10, output_dim: 2}\n"
    )
    network = network_from_text(text, "words.yaml")
    weights = load_weights(network, init="zeros")
    with pytest.raises(NetworkError) as caught:
        run(network, weights, [{"input": np.array([[1, 2, 3], [4, 11, 5]])}])
    (problem,) = caught.value.problems
    assert "embedding 'embedding_1'" in problem.message
    assert "found 11 at (1,) of sample 1" in problem.message
    assert (problem.place.file, problem.place.line) == ("words.yaml", 4)


def test_overflow_and_nan_are_values_and_no_warnings():
    text = """\
dftrace: 1
input: [2]
layers:
  - {type: dense, name: burst, units: 2, weights: {kernel: [[1.0e+38, 0], [0, 1.0e+38]], bias: 0}}
  - {type: subtract, name: void, inputs: [burst, burst]}
"""
    trace = traced(text, [{"input": np.array([[1e38, -1e38]], "f4")}])
    assert (trace.step("burst").statistics.infinities, trace.step("void").statistics.nans) == (2, 2)
    assert np.isnan(trace.step("void").statistics.average)


def test_no_sample_at_all():
    with pytest.raises(InputError, match="there is no sample to run") as caught:
        traced(BRANCHY, [])
    assert caught.value.code == "E303"
    with pytest.raises(InputError):
        traced(chain("  - relu\n"), [{"input": np.zeros((0, 4), "f4")}])


@pytest.mark.parametrize(
    ("batch", "code", "message"),
    [
        ({"a": np.zeros((1, 6, 6, 2))}, "E303", "no data for input 'b'"),
        (
            {"a": np.zeros((1, 6, 6, 3)), "b": np.zeros((1, 5))},
            "E301",
            r"input 'a' has shape \(1, 6, 6, 3\), expected \(N, 6",
        ),
        ({"a": np.zeros((1, 6, 6, 2)), "b": np.zeros(5)}, "E301", r"input 'b' has shape \(5,\), expected \(N, 5,\)"),
        ({"a": np.zeros((1, 6, 6, 2)), "b": np.zeros((2, 5))}, "E303", "the inputs have different numbers of samples"),
    ],
)
def test_a_minibatch_that_does_not_fit(batch, code, message):
    with pytest.raises(InputError, match=message) as caught:
        traced(BRANCHY, [batch])
    assert caught.value.code == code


def test_float64_throughout():
    trace = traced(BRANCHY, [{name: array.astype("f8") for name, array in branchy_batch(2).items()}])
    assert trace.dtype == "float64"


@pytest.mark.parametrize(
    ("last", "classes", "score"),
    [
        *[("{type: dense, units: 3, activation: softmax}", "", "probability"), ("softmax", "", "probability")],
        *[("{type: activation, activation: softmax}", "", "probability"), ("{type: dense, units: 3}", "", "")],
        *[
            ("{type: dense, units: 3}", "classes: [a, b, c]", "logit"),
            ("{type: dense, units: 3, activation: log_softmax}", "", "logit"),
            ("{type: dense, units: 1, activation: sigmoid}", "", "probability"),
        ],
        *[("{type: dense, units: 2, activation: sigmoid}", "", ""), ("{type: reshape, target_shape: [2, 2]}", "", "")],
    ],
)
def test_how_the_output_is_to_be_read(last, classes, score):
    network = network_from_text(f"dftrace: 1\ninput: [4]\n{classes}\nlayers: [relu, {last}]")
    assert run(network, load_weights(network, init="zeros"), [{"input": np.ones((1, 4), "f4")}]).score == score
