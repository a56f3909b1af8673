"""What is said of a weights file: by `check` and by a run alike, and in hints that lead to the right numbers."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import WeightsError
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights, weights_problems

TWO = "{type: dense, name: fc1, units: 4}, {type: dense, name: fc2, units: 4}"
GOOD = {f"fc{n}/{p}": np.full(shape, n, "f4") for n in (1, 2) for p, shape in (("kernel", (4, 4)), ("bias", (4,)))}


def network(folder, layers=TWO, weights="w.npz", shape="[4]", dtype="float32"):
    text = f"dftrace: 1\ninput: {{shape: {shape}, dtype: {dtype}}}\nweights: {weights}\nlayers: [{layers}]\n"
    return network_from_text(text, folder=folder)


def said(folder, arrays, **what):
    """What `check` says, once it is held against what a run says: the same warnings, or the first of the errors."""
    if arrays is not None:
        np.savez(folder / "w.npz", **arrays)
    read = network(folder, **what)
    problems = list(weights_problems(read))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        with pytest.raises(WeightsError) as caught:
            load_weights(read)
        assert caught.value.problems == (errors[0],)
    else:
        assert set(load_weights(read).warnings) == set(problems)
    return problems


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("problems")


ODD = st.sampled_from(
    [float("nan"), float("inf"), -float("inf"), 1e300, -1e35, 3.4028235e38, 1e-310, -0.0, 65504.0, 0.5]
)


@given(
    values=st.lists(ODD, min_size=4, max_size=4),
    at=st.sampled_from(list(GOOD)),
    kind=st.sampled_from(["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_numbers_that_are_not_finite_are_said_with_how_many_and_where(folder, values, at, kind, dtype):
    """`check` tells it by bytes, whatever the type that they are stored in and computed in."""
    with np.errstate(over="ignore"):
        array = GOOD[at].astype("f8")
        array.reshape(-1)[-4:] = values
        stored = array.astype(kind)
        bad = ~np.isfinite(stored.astype(dtype))
    problems = said(folder, GOOD | {at: stored}, dtype=dtype)
    assert [problem.code for problem in problems] == ["W101"] * bool(bad.any())
    if bad.any():
        nans = int(np.isnan(stored).sum())
        first = ", ".join(str(place) for place in np.argwhere(bad)[0])
        message = problems[0].message
        assert f"{at} has " in message
        assert f"among {bad.size} numbers, the first at [{first}]" in message
        assert (f"{nans} NaN" in message) is (nans > 0)
        assert (f"{bad.sum() - nans} infinit" in message) is bool(bad.sum() > nans)


@given(st.data())
def test_what_check_calls_fine_is_read(folder, data):
    """Names, shapes, types and bytes that are wrong at random: the same list for both."""
    arrays = dict(GOOD)
    for name in data.draw(st.lists(st.sampled_from(list(GOOD)), max_size=2, unique=True)):
        choice = data.draw(st.sampled_from(["gone", "renamed", "shape", "text", "int", "more"]))
        array = arrays.pop(name)
        shapes = {"shape": data.draw(st.sampled_from([(2, 2), (4,), (4, 4), (1, 4), (4, 1, 4), ()]))}
        arrays |= {
            "gone": {},
            "renamed": {name.replace("/", "_"): array},
            "shape": {name: np.zeros(shapes["shape"])},
            "text": {name: np.array(["a"])},
            "int": {name: array.astype("i8")},
            "more": {name: array, f"{name}2": array},
        }[choice]
    np.savez(folder / "w.npz", **arrays)
    content = bytearray((folder / "w.npz").read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=1)):
        content[at] ^= 1 << data.draw(st.integers(0, 7))
    (folder / "w.npz").write_bytes(content)
    layout = data.draw(st.sampled_from(["w.npz", "{file: w.npz, layout: torch}"]))
    said(folder, None, weights=layout)


@pytest.mark.parametrize(
    ("missing", "file", "hint"),
    [
        ("fc1/kernel", {"fc1/kernal": (4, 4)}, "did you mean 'fc1/kernal'?"),
        ("fc1/kernel", {"fc2/kernel": (4, 4)}, "it has fc1/bias, fc2/bias, fc2/kernel;"),  # another layer's
        ("fc1/kernel", {"fc3/kernel": (4, 4)}, "with shape (4, 4) it has fc3/kernel; `map:`"),  # counts another
        ("fc1/kernel", {"fc1/kernal": (4, 5)}, "it has fc1/bias, fc2/kernel, fc2/bias, fc1/kernal;"),  # would not fit
        ("fc1/bias", {"fc1/beta": (4,)}, "it has fc1/kernel"),
    ],
)
def test_a_name_is_offered_only_if_it_could_be_meant(tmp_path, missing, file, hint):
    arrays = {name: array for name, array in GOOD.items() if name != missing and name not in file}
    arrays |= {name: np.zeros(shape) for name, shape in file.items()}
    (problem,) = [one for one in said(tmp_path, arrays) if one.code == "E201" and f"'{missing}'" in one.message]
    assert problem.hint.startswith(hint)


def test_pytorchs_bias_is_not_gamma(tmp_path):
    """A slip in a map: of the names beside it only that of the same role is offered."""
    arrays = {f"features.1.{word}": np.ones(3) for word in ("weight", "bias", "running_mean", "running_var")}
    names = {"gamma": "weigth", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
    for slip, offered in (
        ("weigth", "did you mean 'features.1.weight'?"),
        ("gamma", "with shape (3,) it has features.1"),
    ):
        mapped = ", ".join(f"n/{ours}: features.1.{theirs}" for ours, theirs in (names | {"gamma": slip}).items())
        weights = f"{{file: w.npz, layout: torch, map: {{{mapped}}}}}"
        problems = said(tmp_path, arrays, layers="{type: batch_normalization, name: n}", weights=weights, shape="[3]")
        (problem,) = [one for one in problems if one.code == "E201"]
        assert problem.hint.startswith(offered)
        assert "bias" not in problem.hint


@pytest.mark.parametrize("prefix", ["", "sequential/"])
@pytest.mark.parametrize("layers", [3, 4])
def test_keras_count_of_layers_is_never_guessed_across(tmp_path, prefix, layers):
    """Keras' dense_1 is the second: with shapes that fit, and a layer more, every name would be found."""
    rng = np.random.default_rng(0)
    names = [f"{prefix}dense", *(f"{prefix}dense_{number}" for number in range(1, layers))]
    kernels = rng.standard_normal((layers, 4, 4))
    arrays = {f"{name}/kernel": kernel for name, kernel in zip(names, kernels, strict=True)}
    arrays |= {f"{name}/bias": np.zeros(4) for name in names}
    ours = ", ".join(["{type: dense, units: 4}"] * 3)
    (problem,) = [one for one in said(tmp_path, arrays, layers=ours, dtype="float64") if one.code == "E206"]
    assert f"Keras counts {', '.join(names)}; this network counts dense_1, dense_2, dense_3" in problem.message
    mapped = problem.hint.partition("`")[2].partition("`")[0]
    followed = network(tmp_path, ours, f"{{file: w.npz, {mapped}}}", dtype="float64")
    x = rng.standard_normal((1, 4))
    found = run(followed, load_weights(followed), [{"input": x}]).output
    np.testing.assert_allclose(found, x @ kernels[0] @ kernels[1] @ kernels[2], rtol=1e-9)
    partly = f"{{file: w.npz, map: {{dense_1/kernel: {names[0]}/kernel, dense_1/bias: {names[0]}/bias}}}}"
    assert "E206" in [one.code for one in said(tmp_path, arrays, layers=ours, weights=partly)]


def test_a_parameter_beside_used_ones_is_missed_though_there_is_a_map(tmp_path):
    """Other layers of a foreign file are nobody's concern; another parameter of the same layer changes the numbers."""
    arrays = {
        "fc.weight": np.ones((2, 4)),
        "fc.bias": np.ones(2),
        "head.weight": np.ones(9),
        "bn.num_batches_tracked": 1,
    }
    weights = "{file: w.npz, layout: torch, map: {d/kernel: fc.weight}}"
    layers = "{type: dense, name: d, units: 2, use_bias: false}"
    (problem,) = said(tmp_path, arrays, layers=layers, weights=weights)
    assert (problem.code, problem.message) == ("W100", f"{tmp_path / 'w.npz'}: no layer uses fc.bias")
    assert problem.hint == "'d' has `use_bias: false`: leave that out if the network was trained with it"


@pytest.mark.parametrize(
    ("name", "shape", "layout", "doubted"),
    [
        *[("fc.weight", (4, 4), "", True), ("fc.weight", (4, 4), ", layout: keras", False)],
        *[("fc.weight", (4, 4), ", layout: torch", False), ("fc.kernel", (4, 4), "", False)],
    ],
)
def test_a_square_matrix_with_pytorchs_name_is_a_doubt(tmp_path, name, shape, layout, doubted):
    weights = f"{{file: w.npz{layout}, map: {{d/kernel: {name}}}}}"
    problems = said(
        tmp_path, {name: np.ones(shape)}, layers="{type: dense, name: d, units: 4, use_bias: false}", weights=weights
    )
    assert [problem.code for problem in problems] == ["W103"] * doubted


def test_defaults_that_differ_are_a_warning_with_both_values(tmp_path):
    ours = [
        *(
            "{type: batch_normalization, name: a}",
            "{type: batch_normalization, name: b}",
            "{type: leaky_relu, name: c}",
        ),
        *("{type: batch_normalization, name: e, epsilon: 1e-5}", "{type: batch_normalization, name: f, epsilon: 1e-3}"),
        "{type: dense, name: d, units: 4, activation: leaky_relu}",
    ]
    arrays = {f"{n}/{p}": np.ones(4) for n in "abef" for p in ("gamma", "beta", "moving_mean", "moving_variance")}
    arrays |= {"d/kernel": np.ones((4, 4)), "d/bias": np.ones(4)}
    problems = said(tmp_path, arrays, layers=", ".join(ours), weights="{file: w.npz, layout: torch}")
    assert [problem.code for problem in problems] == ["W102"] * 3
    assert [problem.message.removeprefix("layout torch: ") for problem in problems] == [
        "batch_normalization 'a', 'b': `epsilon` is not written, so it is 0.001; PyTorch's default is 1e-05",
        "leaky_relu 'c': `negative_slope` is not written, so it is 0.3; PyTorch's default is 0.01",
        "activation leaky_relu of 'd': `negative_slope` is not written, so it is 0.2; PyTorch's default is 0.01",
    ]
    assert [one.code for one in said(tmp_path, arrays, layers=", ".join(ours))] == []


def zipped(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "words", "hint"),
    [
        (zipped("config.json", "model.weights.h5"), "m.keras", "its config.json is no JSON", "write or copy it again"),
        (b"\x89HDF\r\n\x1a\n", "m.h5", "not a readable HDF5 file", "damaged or cut off"),
        (pickle.dumps({}), "m.pkl", "is a pickle, which is not read", "numpy.savez('m.npz'"),
        (b"\x93NUMPY\1\0", "m.npy", "is a single array (.npy), which is not read", "numpy.savez('m.npz'"),
        (b"version https://git-lfs.github.com/spec/v1\n", "w.npz", "is a Git LFS pointer", "git lfs pull"),
        (b"\n<!DOCTYPE html><html>", "w.npz", "is a web page (HTML)", "the download went wrong"),
        (b"\x08\x07", "m.onnx", "not a readable ONNX file (it has no graph)", "damaged or cut off"),
        (b"dftrace: 1\n", "net.yaml", "is YAML, as network files are", "under `weights:`"),
        (b"\x89PNG\r\n\x1a\n", "w.png", "does not begin as a file of weights does", ".npz, .safetensors, PyTorch's"),
        (b"nothing known", "w.npz", "not a readable zip", "damaged or cut off"),
        (zipped("a.txt"), "w.npz", "holds 'a.txt', which is not an array", "not written by numpy.savez"),
    ],
)
def test_a_format_that_is_not_read_is_called_by_its_name(tmp_path, content, name, words, hint):
    (tmp_path / name).write_bytes(content)
    (problem,) = said(tmp_path, None, weights=name)
    assert (problem.code, problem.place.line) == ("E200", 3)
    assert problem.message.startswith(f"{tmp_path / name}: {words}")
    assert hint in problem.hint
