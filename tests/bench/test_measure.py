"""What `bench` measures and reports: figures that follow from the times, never how long anything took."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli.bench.measure import FEWEST, MOST, WARM_UP, _fitting, benchmark, measure
from dataflow_cli.bench.noise import file_batch, random_batch
from dataflow_cli.bench.saved import is_benchmark, load_benchmark, save_benchmark
from dataflow_cli.bench.sgemm import Sgemm
from dataflow_cli.errors import InputError
from dataflow_cli.given import Given
from dataflow_cli.kernels import conv
from dataflow_cli.kernels.running.engine import running
from dataflow_cli.network.build import load_network, network_from_text
from dataflow_cli.render.bench import COLUMNS, _gflops, bench_report
from dataflow_cli.render.formats import Style, write
from dataflow_cli.run.memory import PLAIN
from dataflow_cli.run.program import Program
from dataflow_cli.run.recorder import run
from dataflow_cli.run.resident import measured_peak_bytes, reset_peak
from dataflow_cli.weights.load import load_weights

CONFIGS = Path(__file__).parents[2] / "configs"

BRANCHED = """
dftrace: 1
name: branched
input: [12, 12, 3]
weights: {init: he_normal}
layers:
  - {type: conv2d, name: a, filters: 4, kernel_size: 3, padding: same}
  - {type: conv2d, name: b, filters: 4, kernel_size: 1}
  - {type: add, name: sum, inputs: [a, b]}
  - flatten
  - {type: dense, units: 5}
outputs: [b, dense_1]
"""

WORDS = """
dftrace: 1
name: words
input: {shape: [4], dtype: int32}
layers:
  - {type: embedding, input_dim: 3, output_dim: 2}
"""

METHODS = """
dftrace: 1
name: methods
input: [20, 20, 64]
weights: {init: he_normal}
layers:
  - {type: conv2d, name: pointwise, filters: 64, kernel_size: 1}
  - {type: conv2d, name: strided, filters: 64, kernel_size: 3, strides: 2, inputs: pointwise}
  - {type: conv2d, name: square, filters: 64, kernel_size: 3, padding: same, inputs: pointwise}
  - {type: conv2d, name: dilated, filters: 8, kernel_size: 3, dilation_rate: 2, inputs: pointwise}
  - {type: conv2d, name: grouped, filters: 64, kernel_size: 3, groups: 4, inputs: pointwise}
  - {type: conv2d, name: deep, filters: 64, kernel_size: 3, groups: 64, inputs: pointwise}
  - {type: conv2d, name: few, filters: 2, kernel_size: 5, padding: same, inputs: pointwise}
  - {type: conv2d, name: after_few, filters: 8, kernel_size: 3, padding: [[1, 0], [0, 2]]}
outputs: [strided, square, dilated, grouped, deep, after_few]
"""


@pytest.fixture(scope="module")
def branched():
    return network_from_text(BRANCHED)


@pytest.fixture(scope="module")
def result(branched):
    """A measurement of two passes of three samples."""
    batch = random_batch(branched, 3, "float32")
    return measure(branched, load_weights(branched), batch, source="random input", repeat=2)


def recorded(network, samples, passes, sgemm=1.0):
    """The record of passes whose seconds are made up."""
    measured = {"weights": "he_normal, seed 0", "source": "random input", "first": 9.0, "peak_bytes": 2**20}
    how = {"samples": samples, "dtype": "float32", "computing": PLAIN, "heads": {}}
    return benchmark(network, passes, **how, **measured, sgemm=sgemm)


@pytest.fixture
def made_up(branched):
    """A benchmark with round numbers: every layer takes 1, 2, 3 ... seconds, and one pass is slow."""
    return recorded(branched, 3, [tuple(factor * n for n in range(1, 6)) for factor in (1.0, 10.0, 2.0)], sgemm=1e6)


@pytest.mark.parametrize(
    ("speed", "shown"), [(None, ""), (74.12e9, "74.1"), (1e9, "1.0"), (4.2e6, "0.0042"), (98e3, "9.8e-05")]
)
def test_no_speed_is_shown_as_none(speed, shown):
    """However tiny the layer is."""
    assert _gflops(speed) == shown


def test_the_forward_pass_gives_what_a_trace_gives(branched):
    weights, batch = load_weights(branched), random_batch(branched, 2, "float32")
    outputs = Program(branched, weights).run(batch)
    trace = run(branched, weights, [batch])
    assert list(outputs) == ["b", "dense_1"]
    for name, output in outputs.items():
        assert np.array_equal(output, trace.value(name))


def test_it_says_what_was_computed_together():
    """A pooling joins where the method of the convolution can do both, which here is so for the first alone."""
    layers = ["conv2d, filters: 32, kernel_size: 3", "max_pooling2d", "conv2d, filters: 4, kernel_size: 3"]
    text = "".join(f"  - {{type: {layer}}}\n" for layer in [*layers, "relu", "max_pooling2d"])
    network = network_from_text("dftrace: 1\ninput: [22, 22, 32]\nlayers:\n" + text)
    found = measure(network, load_weights(network, init="zeros"), random_batch(network, 1, "float32"), repeat=1)
    joined = {layer.name: layer.why.split()[5] for layer in found.layers if layer.method == "joined"}
    assert joined == {"max_pooling2d_1": "conv2d_1", "relu_1": "conv2d_2"}
    assert [layer.method for layer in found.layers] == ["winograd2", "joined", "im2col", "joined", "plain"]


def test_every_layer_is_timed_once_a_pass(result, branched):
    assert len(result.layers) == len(branched.nodes)
    assert all(len(layer.times.seconds) == len(result.whole.seconds) == 2 for layer in result.layers)


def test_a_pass_is_the_sum_of_its_layers(result):
    for number, whole in enumerate(result.whole.seconds):
        assert whole == pytest.approx(sum(layer.times.seconds[number] for layer in result.layers))


def test_it_says_what_was_measured(result):
    assert (result.samples, result.threads, result.dtype, result.source) == (3, 1, "float32", "random input")
    assert result.first > 0
    assert result.sgemm > 0


def test_progress_is_told_after_every_pass(branched):
    told = []
    batch = random_batch(branched, 1, "float32")
    measure(branched, load_weights(branched), batch, repeat=3, progress=lambda *at: told.append(at))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_warm_up_is_not_counted(branched, monkeypatch):
    passes = []
    monkeypatch.setattr("dataflow_cli.bench.measure._pass", lambda *_: passes.append(1) or (1.0,) * 5)
    found = measure(branched, load_weights(branched), random_batch(branched, 1, "float32"), repeat=4)
    assert len(passes) == 4 + WARM_UP
    assert len(found.whole.seconds) == 4


@pytest.mark.parametrize(("seconds", "passes"), [(0, MOST), (1e-6, MOST), (0.1, 20), (60, FEWEST)])
def test_as_many_passes_as_two_seconds_hold(seconds, passes):
    assert _fitting(seconds) == passes


def test_figures_follow_from_the_times(made_up):
    """The dense layer: 576·5 MACs a sample, 3 samples, 10 seconds by the median."""
    report = bench_report(made_up)
    dense = report.rows[-1]
    assert (dense["seconds_min"], dense["seconds_median"], dense["share"]) == (5, 10, 10 / 30)
    assert dense["flops"] == 2 * 576 * 5 * 3 / 10
    assert dense["sgemm_share"] == dense["flops"] / 1e6
    assert dense["output_bytes"] == 5 * 4 * 3


def test_layers_without_multiplications_have_no_speed(made_up):
    add, flatten = bench_report(made_up).rows[2:4]
    assert add["flops"] is add["sgemm_share"] is flatten["flops"] is None


def test_the_total_is_the_whole_pass(made_up):
    report = bench_report(made_up)
    totals = report.totals
    assert (totals["seconds_min"], totals["seconds_median"], totals["share"]) == (15, 30, 1)
    assert totals["macs"] == sum(row["macs"] for row in report.rows)
    assert totals["output_bytes"] == sum(row["output_bytes"] for row in report.rows)
    assert sum(row["share"] for row in report.rows) == pytest.approx(1)


def test_the_schema_of_machine_formats():
    """Fields are only ever added."""
    assert [column.key for column in COLUMNS] == [
        "name",
        "type",
        "output_shape",
        "method",
        "why",
        "macs",
        "seconds_min",
        "seconds_median",
        "share",
        "flops",
        "sgemm_share",
        "output_bytes",
    ]


def test_people_see_why_only_if_they_ask(made_up):
    assert "why" not in {column.key for column in bench_report(made_up).visible}
    assert {"why", "macs"} <= {column.key for column in bench_report(made_up, verbose=True).visible}


@pytest.mark.parametrize("samples", [1, 3])
def test_the_method_is_the_one_that_runs(samples, monkeypatch):
    network = network_from_text(METHODS)
    used = []
    methods = {name: lambda work, name=name, of=of: used.append(name) or of(work) for name, of in conv.METHODS.items()}
    monkeypatch.setattr(conv, "METHODS", methods)
    with running(keep=True) as engine:
        Program(network, load_weights(network), engine).run(random_batch(network, samples, "float32"))
    said = [row["method"] for row in bench_report(_once(network, samples)).rows]
    assert said == used
    assert len(set(said)) >= 5


def test_every_choice_has_a_reason(branched):
    rows = bench_report(_once(branched, 1)).rows
    assert all(bool(row["why"]) == (row["method"] != "plain") for row in rows)
    assert "plain" not in {row["method"] for row in rows[:2]}


def test_people_see_a_method_only_where_there_is_a_choice(branched):
    text = write(bench_report(_once(branched, 1)), "plain", Style())
    assert "pointwise" in text
    assert " plain" not in text


def _once(network, samples):
    """A benchmark of one pass, whose times are made up."""
    return recorded(network, samples, [(1.0,) * len(network.nodes)])


def test_random_input_is_the_same_in_every_run(branched):
    first, second = (random_batch(branched, 2, "float64")["input"] for _ in range(2))
    assert (first.shape, first.dtype) == ((2, 12, 12, 3), np.float64)
    assert np.array_equal(first, second)
    assert 0 <= first.min() < first.max() <= 1


def test_an_input_of_indices_is_zeros():
    network = network_from_text(WORDS)
    batch = random_batch(network, 2, "float32")
    assert (batch["input"].dtype, batch["input"].any()) == (np.int32, False)
    assert measure(network, load_weights(network, init="he_normal"), batch, repeat=1).samples == 2


@pytest.mark.parametrize(("samples", "order"), [(None, [4, 7]), (1, [4]), (5, [4, 7, 4, 7, 4])])
def test_samples_of_files_are_repeated_or_cut(samples, order):
    network = load_network(CONFIGS / "mnist-cnn.yaml")
    files = {digit: str(CONFIGS / "digits" / f"{digit}.png") for digit in (4, 7)}
    one = {digit: file_batch(network, Given(inputs=(path,)), "float32") for digit, path in files.items()}
    batch = file_batch(network, Given(inputs=tuple(files.values()), batch=samples), "float32")
    assert np.array_equal(batch["input"], np.concatenate([one[digit]["input"] for digit in order]))


def test_an_input_that_is_not_given_takes_its_example(tmp_path):
    text = """
dftrace: 1
name: two
inputs: {left: [2], right: {shape: [2], example: [5, 6]}}
layers:
  - {type: add, inputs: [left, right]}
"""
    network = network_from_text(text)
    path = tmp_path / "left.csv"
    path.write_text("1,2\n", encoding="utf-8")
    batch = file_batch(network, Given(inputs=(f"left={path}",)), "float32")
    assert {name: array.tolist() for name, array in batch.items()} == {"left": [[1, 2]], "right": [[5, 6]]}
    with pytest.raises(InputError, match="no data for input 'left'"):
        file_batch(network, Given(inputs=(f"right={path}",)), "float32")


def test_sgemm_on_two_threads_multiplies_every_threads_matrices():
    product = Sgemm(threads=2)
    assert product.speed() > 0
    for left, right, found in product.matrices:
        assert np.allclose(found, left @ right)


def test_the_peak_of_memory_starts_anew():
    """A large array that is gone before the reset does not count, one after it does."""
    before = np.ones(2**24)
    high = measured_peak_bytes()
    del before
    reset_peak()
    low = measured_peak_bytes()
    after = np.ones(2**23)
    assert low <= high
    assert measured_peak_bytes() >= low
    assert measured_peak_bytes() > after.nbytes


def test_the_peak_is_unknown_where_nobody_counts(monkeypatch, tmp_path):
    monkeypatch.setattr("dataflow_cli.run.resident._STATUS", tmp_path / "missing")
    monkeypatch.setattr("dataflow_cli.run.resident._CLEAR", tmp_path / "missing" / "too")
    reset_peak()
    assert measured_peak_bytes() > 0
    monkeypatch.setitem(__import__("sys").modules, "resource", None)
    assert measured_peak_bytes() == 0


def test_a_saved_benchmark_is_the_benchmark(made_up, tmp_path):
    path = tmp_path / "bench.json"
    save_benchmark(made_up, path)
    assert is_benchmark(path)
    assert load_benchmark(path) == made_up
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=4), "utf-8")
    assert is_benchmark(path)
    assert load_benchmark(path) == made_up


DAMAGE = [
    ({"schema": "dftrace.bench/1"}, "expected 'dftrace.saved_bench/1'"),
    ({"samples": -1}, "samples is not a count"),
    ({"threads": "\x1b[31m"}, "threads is not a count"),
    ({"dtype": "complex64"}, "dtype is none of"),
    ({"sgemm": 0}, "a machine that multiplies nothing"),
    ({"whole": {"seconds": []}}, "no pass at all"),
    ({"whole": {"seconds": [1.0]}}, "passes that not every layer has"),
    ({"whole": {"seconds": [1.0, "nan", 3.0]}}, "a time is not a time"),
    ({"layers": [{}]}, "name is not text"),
]


@pytest.mark.parametrize(("change", "said"), DAMAGE)
def test_a_damaged_benchmark_is_one_error(made_up, tmp_path, change, said):
    path = tmp_path / "bench.json"
    save_benchmark(made_up, path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        load_benchmark(path)
    assert "\x1b" not in caught.value.message
    assert caught.value.hint == "write one with `dftrace bench NET --save FILE`"
