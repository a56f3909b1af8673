"""What a Python program or a notebook can do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dataflow_cli
from dataflow_cli import (
    DftraceError,
    Network,
    Trace,
    Weights,
    load_network,
    load_trace,
    load_weights,
    network_from_text,
    save_trace,
)
from dataflow_cli.errors import InputError, LimitError, NetworkError, UnknownName, WeightsError
from dataflow_cli.run import memory

CONFIGS = Path(__file__).parents[1] / "configs"
DENSE = """\
dftrace: 1
name: sums
input: {shape: [2], scale: 1/2, example: [1, 2]}
layers:
  - {type: dense, units: 2, weights: {kernel: [[1, 10], [2, 20]], bias: [0, 1]}}
  - relu
"""
TWO = """\
dftrace: 1
name: both
inputs:
  x: [2]
  y: {shape: [2], example: [5, 5]}
layers:
  - {type: add, inputs: [x, y]}
"""
PICTURE = "dftrace: 1\ninput: [4, 4, 1]\nlayers: [{first}{{type: conv2d, filters: 1, kernel_size: 1}}]\n"


def run(code):
    """What a fresh Python prints."""
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_the_public_names_are_all_there():
    for name in dataflow_cli.__all__:
        assert getattr(dataflow_cli, name).__doc__
    assert dataflow_cli.__all__ == sorted(dataflow_cli.__all__)
    with pytest.raises(AttributeError, match="module 'dataflow_cli' has no attribute 'nothing'"):
        dataflow_cli.nothing  # noqa: B018  the error is what is looked for


def test_importing_it_loads_nothing_else():
    heavy = "{'numpy', 'click', 'yaml', 'PIL', 'rich'}"
    assert run(f"import sys, dataflow_cli; print(sorted({heavy} & set(sys.modules)))") == "[]"


def test_loading_a_network_loads_no_numpy():
    path = str(CONFIGS / "mnist-cnn.yaml")
    code = f"import sys, dataflow_cli as d; n = d.load_network({path!r}); n._repr_html_(); "
    assert run(code + "print(n.parameter_count, 'numpy' in sys.modules)") == "1199882 False"


def test_the_readme_in_four_lines():
    network = load_network(CONFIGS / "mnist-cnn.yaml")
    trace = network.trace(CONFIGS / "digits" / "7.png")
    assert isinstance(network, Network)
    assert isinstance(trace, Trace)
    assert trace.step("conv2d_1").output_shape == (26, 26, 32)
    assert trace.value("conv2d_1")[0, 3, 5, 0].shape == ()
    assert trace.output.argmax() == 7
    assert trace.sources == (str(CONFIGS / "digits" / "7.png"),)


def test_one_sample_or_many():
    network = network_from_text(DENSE)
    one = network.trace(np.array([2, 4]))
    assert (one.samples, one.output.tolist(), one.sources) == (1, [[5, 51]], ("array",))
    many = network.trace([[2, 4], [0, 0], [-2, 0]])
    assert (many.samples, many.output.tolist()) == (3, [[5, 51], [0, 1], [0, 0]])
    assert many.sources == ("array[0]", "array[1]", "array[2]")
    assert network.trace(np.zeros((300, 2), "uint8"), batch=7).output.shape == (300, 2)


def test_the_example_of_the_file():
    trace = network_from_text(DENSE).trace()
    assert (trace.output.tolist(), trace.sources) == ([[2.5, 26.0]], ("example",))


def test_an_example_beside_the_text(tmp_path):
    np.save(tmp_path / "x.npy", np.array([2, 4]))
    network = network_from_text(DENSE.replace("[1, 2]}", "x.npy}"), folder=tmp_path)
    assert network.trace().output.tolist() == [[5, 51]]
    assert network.folder == tmp_path


def test_values_are_scaled_as_the_file_says():
    trace = network_from_text(DENSE).trace([2, 4])
    assert trace.value("input").tolist() == [[1, 2]]


def test_a_picture_array_with_or_without_channels():
    network = network_from_text(PICTURE.format(first=""))
    weights = load_weights(network, init="zeros")
    for shape in ((4, 4), (4, 4, 1), (5, 4, 4), (5, 4, 4, 1)):
        assert network.trace(np.zeros(shape), weights).samples == (5 if 5 in shape else 1)


def test_several_inputs():
    network = network_from_text(TWO)
    assert network.trace({"x": [1, 2], "y": [3, 4]}).output.tolist() == [[4, 6]]
    assert network.trace({"x": [1, 2]}).output.tolist() == [[6, 7]]


def test_the_output_alone():
    network = network_from_text(DENSE)
    assert network.predict([2, 4]).tolist() == [[5, 51]]
    assert network.predict().tolist() == [[2.5, 26.0]]
    many = np.arange(600, dtype="uint8").reshape(300, 2)
    np.testing.assert_array_equal(network.predict(many, batch=7), network.trace(many, batch=7).output)
    assert network.predict([2, 4], dtype="float64").dtype == np.float64


def test_several_outputs_by_name():
    network = network_from_text(DENSE + "outputs: [relu_1, dense_1]\n")
    outputs = network.predict([[2, 4], [-2, 0]])
    trace = network.trace([[2, 4], [-2, 0]])
    assert list(outputs) == ["relu_1", "dense_1"]
    for name, values in outputs.items():
        np.testing.assert_array_equal(values, trace.value(name))


def test_predict_takes_and_refuses_what_trace_does():
    network = network_from_text(PICTURE.format(first=""))
    weights = load_weights(network, init="zeros")
    assert (
        network.predict(np.zeros((5, 4, 4)), weights).shape == network.trace(np.zeros((5, 4, 4)), weights).output.shape
    )
    with pytest.raises(UnknownName, match="cannot compute in 'float8'"):
        network.predict(np.zeros((4, 4)), weights, dtype="float8")
    with pytest.raises(InputError):
        network.predict(np.zeros((4, 5)), weights)


def test_what_is_kept():
    network = network_from_text(DENSE)
    assert list(network.trace().values) == ["input", "dense_1", "relu_1"]
    assert list(network.trace(keep=()).values) == ["relu_1"]
    assert list(network.trace(keep="dense_1").values) == ["dense_1", "relu_1"]
    assert list(network.trace(keep=["input"]).values) == ["input", "relu_1"]
    with pytest.raises(UnknownName, match="sums has no layer 'dense_2'"):
        network.trace(keep=["dense_2"])


def test_histograms():
    trace = network_from_text(DENSE).trace(histogram=True)
    assert trace.step("relu_1").statistics.histogram.bins == ((2.0, 4.0, 1), (16.0, 32.0, 1))


def test_types():
    network = network_from_text(DENSE)
    assert network.trace().output.dtype == np.float32
    double = network.trace([0.1, 0.2], dtype="float64")
    assert (double.dtype, double.output.dtype) == ("float64", np.float64)
    assert double.output[0, 0] == 0.1 / 2 + 2 * 0.2 / 2
    with pytest.raises(UnknownName) as caught:
        network.trace(dtype="float8")
    assert (caught.value.message, caught.value.hint) == (
        "the network cannot compute in 'float8'",
        "it can in float32, float64, float16, bfloat16",
    )


def test_weights_are_loaded_once_and_used_twice(tmp_path):
    network = network_from_text(PICTURE.format(first=""))
    weights = load_weights(network, init="glorot_uniform", seed=3)
    assert isinstance(weights, Weights)
    one, two = (network.trace(np.ones((4, 4)), weights).output for _ in range(2))
    np.testing.assert_array_equal(one, two)
    path = tmp_path / "w.npz"
    np.savez(path, **{f"conv2d_1/{name}": array for name, array in weights.of("conv2d_1").items()})
    np.testing.assert_array_equal(network.trace(np.ones((4, 4)), path).output, one)
    assert network.trace(np.ones((4, 4)), str(path)).weights == str(path)


def test_weights_of_another_network():
    network = network_from_text(PICTURE.format(first=""))
    with pytest.raises(WeightsError, match="have no parameter 'conv2d_1/kernel'"):
        network.trace(np.ones((4, 4)), load_weights(network_from_text(DENSE)))
    with pytest.raises(WeightsError) as caught:
        network.trace(np.ones((4, 4)))
    assert caught.value.code == "E203"


@pytest.mark.parametrize(
    ("x", "code", "message"),
    [
        ([1, 2, 3], "E301", r"the array: shape \(3,\) does not fit input 'input': expected \(2,\) or \(N, 2\)"),
        (np.zeros((2, 3, 4)), "E301", "the array: shape"),
        (np.zeros((0, 2)), "E301", "the array: holds no samples"),
        (["a", "b"], "E300", "the array: is of type <U1, expected numbers"),
        ([1 + 2j, 0], "E300", "the array: is of type complex128, expected numbers"),
        ([[1, 2], [3]], "E300", "the array: is ragged, or not made of numbers"),
        (np.array([object(), None]), "E300", "the array: is of type object, expected numbers"),
        ({"inptu": [1, 2]}, "E303", "the network has no input 'inptu'"),
        ("nothing.npy", "E300", "nothing.npy: no such file"),
    ],
)
def test_inputs_that_do_not_fit(x, code, message):
    with pytest.raises(InputError, match=message) as caught:
        network_from_text(DENSE).trace(x)
    assert caught.value.code == code
    assert caught.value.hint


def test_inputs_that_are_missing():
    with pytest.raises(InputError, match="no data for input 'x'") as caught:
        network_from_text(TWO).trace()
    assert caught.value.code == "E303"
    with pytest.raises(InputError, match="the network has several inputs, this could be for any") as caught:
        network_from_text(TWO).trace([1, 2])
    assert caught.value.hint == "give a mapping, such as {'x': ..., 'y': ...}"
    with pytest.raises(InputError, match="the inputs have different numbers of samples: 'x' 2, 'y' 1"):
        network_from_text(TWO).trace({"x": [[1, 2], [3, 4]], "y": [1, 2]})


def test_errors_are_all_of_one_family(tmp_path):
    with pytest.raises(DftraceError):
        load_network(tmp_path / "none.yaml")
    with pytest.raises(NetworkError) as caught:
        network_from_text("dftrace: 1\ninput: [4]\nlayers: [nothing, nobody]")
    assert len(caught.value.problems) == 2


def test_memory_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
    with pytest.raises(LimitError, match=r"sums needs about .* for 128 samples"):
        network_from_text(DENSE).trace(np.zeros((500, 2)))


def test_each_warning_is_told_once():
    network = network_from_text(PICTURE.format(first=""))
    weights = load_weights(network, init="zeros")
    trace = network.trace(np.arange(16, dtype="uint8").reshape(4, 4) * 17, weights)
    assert [problem.code for problem in trace.warnings].count("W300") == 1
    nan = network.trace(np.full((4, 4), np.nan), weights)
    assert [problem.code for problem in nan.warnings] == ["W302"]


@pytest.mark.parametrize(
    ("first", "warned"),
    [
        ("", True),
        ("batch_normalization, ", False),
        ("layer_normalization, ", False),
        ("{type: zero_padding2d, padding: 1}, batch_normalization, ", False),
        ("relu, batch_normalization, ", True),
        ("{type: conv2d, filters: 1, kernel_size: 1}, batch_normalization, ", True),
    ],
)
def test_a_network_that_begins_with_a_normalization_takes_raw_values(first, warned):
    network = network_from_text(PICTURE.format(first=first))
    picture = np.arange(16, dtype="uint8").reshape(4, 4) * 17
    trace = network.trace(picture, load_weights(network, init="zeros"))
    assert ("W300" in [problem.code for problem in trace.warnings]) == warned


def test_a_warning_from_reading_is_told_once(tmp_path):
    from PIL import Image

    Image.new("RGB", (4, 4), (200, 10, 10)).save(tmp_path / "red.png")
    network = network_from_text(PICTURE.format(first=""))
    trace = network.trace(tmp_path / "red.png", load_weights(network, init="zeros"))
    codes = [problem.code for problem in trace.warnings]
    assert len(codes) == len(set(codes))
    assert "W304" in codes


def test_saved_and_loaded(tmp_path):
    trace = network_from_text(DENSE).trace()
    save_trace(trace, tmp_path / "t.npz")
    read = load_trace(tmp_path / "t.npz")
    np.testing.assert_array_equal(read.value("dense_1"), trace.value("dense_1"))
    assert read.steps == trace.steps


def test_notebooks_show_tables():
    network = network_from_text(DENSE.replace("name: sums", "name: <b>sums</b>"))
    for thing in (network, network.trace()):
        page = thing._repr_html_()
        assert page.startswith("<table><caption>")
        assert "<b>" not in page
        assert "dense_1" in page


def test_a_trace_can_be_made_into_json():
    from dataflow_cli.render.formats import Style, write
    from dataflow_cli.render.trace import trace_report

    trace = network_from_text(DENSE).trace()
    record = json.loads(write(trace_report(trace, [step.name for step in trace.steps]), "json", Style()))
    assert [row["name"] for row in record["steps"]] == ["input", "dense_1", "relu_1"]
