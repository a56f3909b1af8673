"""Where parameters come from, in which order, and what is said when they do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.errors import WeightsError
from dataflow_cli.network.build import load_network, network_from_text
from dataflow_cli.weights.load import check_weights, load_weights, weights_problems
from dataflow_cli.weights.model import Weights

TWO = """\
dftrace: 1
name: two
input: [3]
{weights}
layers:
  - {{type: dense, units: 4}}
  - {{type: dense, units: 2{inline}}}
"""
GOOD = {
    "dense_1/kernel": np.arange(12.0).reshape(3, 4),
    "dense_1/bias": np.arange(4.0),
    "dense_2/kernel": np.arange(8.0).reshape(4, 2),
    "dense_2/bias": np.arange(2.0),
}


@pytest.fixture
def folder(tmp_path):
    np.savez(tmp_path / "w.npz", **GOOD)
    return tmp_path


def network(folder, weights="weights: w.npz", inline=""):
    path = folder / "net.yaml"
    path.write_text(TWO.format(weights=weights, inline=inline))
    return load_network(path)


def error(*arguments, **options):
    with pytest.raises(WeightsError) as caught:
        load_weights(*arguments, **options)
    return caught.value


def test_a_file_beside_the_network(folder):
    weights = load_weights(network(folder))
    for name, array in GOOD.items():
        layer, parameter = name.split("/")
        np.testing.assert_array_equal(weights.of(layer)[parameter], array)
        assert weights.of(layer)[parameter].dtype == np.float32
    assert weights.source == str(folder / "w.npz")
    assert weights.nbytes == 4 * (12 + 4 + 8 + 2)
    assert weights.of("nothing") == {}


def test_inline_stands_over_the_option_over_the_file(folder):
    np.savez(folder / "other.npz", **{name: array + 100 for name, array in GOOD.items()})
    read = network(folder, inline=", weights: {bias: [7, 8]}")
    assert load_weights(read).of("dense_2")["bias"].tolist() == [7, 8]
    assert load_weights(read).of("dense_1")["bias"].tolist() == [0, 1, 2, 3]
    given = load_weights(read, folder / "other.npz")
    assert given.of("dense_2")["bias"].tolist() == [7, 8]
    assert given.of("dense_1")["bias"].tolist() == [100, 101, 102, 103]
    made = load_weights(read, init="zeros")
    assert made.of("dense_2")["bias"].tolist() == [7, 8]
    assert made.of("dense_1")["kernel"].tolist() == np.zeros((3, 4)).tolist()
    assert made.source == "zeros, seed 0"


def test_inline_values_fill_and_nest(folder):
    read = network(folder, weights="", inline=", weights: {kernel: 0.5, bias: [1e-3, -2]}")
    made = load_weights(read, init="zeros", dtype="float64").of("dense_2")
    assert made["kernel"].tolist() == [[0.5, 0.5]] * 4
    assert made["bias"].tolist() == [0.001, -2]
    assert made["bias"].dtype == np.float64


def test_a_value_too_large_for_the_type_is_infinite(folder):
    np.savez(folder / "w.npz", **GOOD | {"dense_1/bias": np.full(4, 1e300)})
    weights = load_weights(network(folder, inline=", weights: {kernel: 1e300, bias: [1, 1e300]}"))
    assert np.isinf(weights.of("dense_1")["bias"]).all()
    assert np.isinf(weights.of("dense_2")["kernel"]).all()
    assert weights.of("dense_2")["bias"].tolist() == [1, np.inf]


def test_values_of_other_types_are_converted(folder):
    other = {
        name: array.astype(kind) for (name, array), kind in zip(GOOD.items(), ("f2", "i8", "u1", ">f8"), strict=True)
    }
    np.savez(folder / "w.npz", **other)
    weights = load_weights(network(folder))
    np.testing.assert_array_equal(weights.of("dense_1")["kernel"], GOOD["dense_1/kernel"])
    np.testing.assert_array_equal(weights.of("dense_2")["bias"], GOOD["dense_2/bias"])


def test_a_map_translates_names(folder):
    np.savez(folder / "w.npz", w=np.ones((3, 4)), b=np.ones(4), **{n: a for n, a in GOOD.items() if "2" in n})
    read = network(folder, weights="weights: {file: w.npz, map: {dense_1/kernel: w, dense_1/bias: b}}")
    assert load_weights(read).of("dense_1")["kernel"].sum() == 12
    assert list(weights_problems(read)) == []


def test_a_single_number_is_a_tensor_of_one(folder):
    np.savez(folder / "one.npz", **{"dense_1/kernel": np.ones((3, 1)), "dense_1/bias": np.float32(4)})
    read = network_from_text(
        "dftrace: 1\ninput: [3]\nweights: one.npz\nlayers: [{type: dense, units: 1}]", folder=folder
    )
    assert load_weights(read).of("dense_1")["bias"].tolist() == [4]


def test_a_network_without_parameters_needs_no_weights():
    read = network_from_text("dftrace: 1\ninput: [3]\nlayers: [relu]")
    assert load_weights(read).arrays == {}
    assert load_weights(read).source == "the network file"


def test_no_weights_at_all(folder):
    found = error(network(folder, weights=""))
    assert (found.code, found.message) == ("E203", "two has no weights: nothing gives 'dense_1/kernel' (3, 4)")
    assert (
        found.hint == "name a file of weights with --weights FILE, or make random ones with --init he_normal --seed 7"
    )


def test_a_missing_parameter_and_the_nearest_name(folder):
    np.savez(folder / "w.npz", **{name.replace("kernel", "kernal"): array for name, array in GOOD.items()})
    found = error(network(folder))
    assert (found.code, found.hint) == ("E201", "did you mean 'dense_1/kernal'?")
    assert found.message == f"{folder / 'w.npz'}: no parameter 'dense_1/kernel'"


def test_a_missing_parameter_and_what_has_its_shape(folder):
    np.savez(folder / "w.npz", a=np.zeros((3, 4)), b=np.zeros(9))
    assert error(network(folder)).hint == "with shape (3, 4) it has a; `map:` under `weights:` translates names"
    np.savez(folder / "w.npz", b=np.zeros(9))
    assert error(network(folder)).hint == "it has b; `map:` under `weights:` translates names"
    np.savez(folder / "w.npz")
    assert error(network(folder)).hint == "it has nothing; `map:` under `weights:` translates names"


def test_a_missing_parameter_of_a_map(folder):
    found = error(network(folder, weights="weights: {file: w.npz, map: {dense_1/kernel: fc.weight}}"))
    assert found.message == f"{folder / 'w.npz'}: no parameter 'fc.weight' (for dense_1/kernel)"


def test_a_parameter_of_another_shape(folder):
    np.savez(folder / "w.npz", **GOOD | {"dense_2/bias": np.zeros(3)})
    found = error(network(folder))
    assert found.code == "E202"
    assert found.message == f"{folder / 'w.npz'}: dense_2/bias has shape (3,), the layer needs (2,)"
    assert found.hint == "the weights belong to another network, or the layer's fields differ"


def test_a_transposed_kernel_is_perhaps_pytorchs(folder):
    np.savez(folder / "w.npz", **GOOD | {"dense_1/kernel": np.zeros((4, 3))})
    found = error(network(folder))
    assert found.message == f"{folder / 'w.npz'}: dense_1/kernel has shape (4, 3), the layer needs (3, 4)"
    assert found.hint == "if the file comes from PyTorch, write `weights: {file: ..., layout: torch}`"


def test_an_array_that_is_not_of_numbers(folder):
    np.savez(folder / "w.npz", **GOOD | {"dense_2/bias": np.array(["a", "b"])})
    found = error(network(folder))
    assert found.code == "E204"
    assert found.message == f"{folder / 'w.npz'}: array 'dense_2/bias': holds text, expected numbers"
    np.savez(folder / "w.npz", **GOOD | {"labels": np.array(["a", "b"])})
    assert load_weights(network(folder)).nbytes


@pytest.mark.parametrize(
    ("content", "words"), [(None, "no such file"), (b"", "is empty"), (b"PK\x03\x04 x", "not a readable zip")]
)
def test_a_file_that_is_none(folder, content, words):
    (folder / "w.npz").unlink()
    if content is not None:
        (folder / "w.npz").write_bytes(content)
    found = error(network(folder))
    assert found.code == "E200"
    assert found.message.startswith(f"{folder / 'w.npz'}: {words}")
    assert [problem.code for problem in weights_problems(network(folder))] == ["E200"]


def test_all_that_is_wrong_is_told_at_once(folder):
    np.savez(folder / "w.npz", **{"dense_1/kernel": np.zeros((4, 3)), "dense_2/bias": np.zeros(9), "x": np.zeros(1)})
    problems = list(weights_problems(network(folder)))
    assert [(problem.code, problem.severity) for problem in problems] == [
        *[("E202", "error"), ("E201", "error"), ("E201", "error"), ("E202", "error"), ("W100", "warning")],
    ]
    assert all((problem.place.line, problem.place.column) == (4, 10) for problem in problems)
    assert problems[-1].message == f"{folder / 'w.npz'}: no layer uses x"


def test_arrays_that_no_layer_uses_are_a_warning(folder):
    np.savez(folder / "w.npz", **GOOD, **{f"extra_{number}": np.zeros(1) for number in range(8)})
    (problem,) = weights_problems(network(folder))
    names = ", ".join(f"extra_{number}" for number in range(6))
    assert problem.message == f"{folder / 'w.npz'}: no layer uses {names} and 2 more"
    assert next(weights_problems(network(folder, inline=", weights: {bias: 0}"))).message == problem.message


def test_nothing_is_wrong(folder):
    assert list(weights_problems(network(folder))) == []
    assert list(weights_problems(network(folder, weights="weights: {init: zeros}"))) == []
    assert list(weights_problems(network(folder, weights=""))) == []


def test_weights_of_another_network_are_refused(folder):
    read = network(folder)
    weights = load_weights(read)
    check_weights(read, weights)
    with pytest.raises(WeightsError, match=r"have no parameter 'dense_1/kernel'") as caught:
        check_weights(read, Weights({}, "nowhere"))
    assert caught.value.code == "E201"
    with pytest.raises(WeightsError, match=r"dense_1/kernel has shape \(1,\), the layer needs \(3, 4\)") as caught:
        check_weights(read, Weights({"dense_1": {"kernel": np.zeros(1)}}))
    assert caught.value.code == "E202"
