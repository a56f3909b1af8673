"""Parameters straight from PyTorch's and safetensors' files: by name, by pattern, in their layout."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import NetworkError
from dataflow_cli.netfile.name_map import match, stored_name
from dataflow_cli.network.build import network_from_text
from dataflow_cli.weights.load import load_weights, weights_problems
from fuzz.making.tensorfiles import safetensors, table, tensor, torch_zip

KERNEL = np.arange(6, dtype="<f4").reshape(2, 3)  # PyTorch's (out, in)
BIAS = np.array([7, 8], "<f4")


def network(folder, weights, name="fc"):
    layers = f"{{type: dense, name: {name}, units: 2}}"
    return network_from_text(f"dftrace: 1\ninput: [3]\nweights: {weights}\nlayers: [{layers}]\n", folder=folder)


@pytest.fixture(params=["pt", "safetensors", "safetensors of nobody"])
def file(request, tmp_path):
    """A file of one dense layer of PyTorch's, and what must be written to have it read so."""
    named = {"fc.weight": KERNEL, "fc.bias": BIAS}
    if request.param == "pt":
        words = table({name: tensor(name, array) for name, array in named.items()})
        (tmp_path / "w.pt").write_bytes(torch_zip(words, named))
        return tmp_path, "w.pt", ""
    metadata = {} if "nobody" in request.param else {"__metadata__": {"format": "pt"}}
    (tmp_path / "w.safetensors").write_bytes(safetensors(named, **metadata))
    return tmp_path, "w.safetensors", "" if metadata else ", layout: torch"


@pytest.mark.parametrize("names", ["", "'*/kernel': '*.weight', '*/bias': '*.bias'"])
def test_a_file_of_pytorchs_is_read_in_its_layout(file, names):
    folder, path, layout = file
    read = network(folder, f"{{file: {path}{layout}, map: {{{names}}}}}")
    assert list(weights_problems(read)) == []
    weights = load_weights(read)
    assert weights.warnings == ()
    assert weights.of("fc")["kernel"].tolist() == KERNEL.T.tolist()
    assert weights.of("fc")["bias"].tolist() == BIAS.tolist()


def test_the_network_file_has_the_last_word_about_the_layout(file):
    folder, path, _ = file
    (problem,) = weights_problems(
        network(folder, f"{{file: {path}, layout: keras, map: {{'*/kernel': '*.weight', '*/bias': '*.bias'}}}}")
    )
    assert (problem.code, problem.message) == (
        "E202",
        f"{folder / path}: fc/kernel has shape (2, 3), the layer needs (3, 2)",
    )


@pytest.mark.parametrize(
    ("names", "full", "stored"),
    [
        ({"a/kernel": "b"}, "a/kernel", "b"),
        ({"a/kernel": "b"}, "a/bias", None),
        ({"*/kernel": "*.weight"}, "stage_1/conv/kernel", "stage_1.conv.weight"),
        ({"*/kernel": "x/*/w"}, "stage_1/conv/kernel", "x/stage_1/conv/w"),
        ({"stage*_*/conv*/kernel": "layer*.*.conv*.weight"}, "stage3_2/conv1/kernel", "layer3.2.conv1.weight"),
        ({"*": "net.*", "a/kernel": "own"}, "a/kernel", "own"),
        ({"a*": "first*", "*": "second*"}, "ab", "firstb"),
        ({"aba*aba": "x*"}, "aba", None),
    ],
)
def test_a_pattern_puts_in_what_its_stars_stand_for(names, full, stored):
    assert stored_name(names, full) == stored


@given(pattern=st.text("ab*", max_size=8), name=st.text("ab", max_size=10))
def test_a_pattern_fits_what_a_glob_fits(pattern, name):
    from fnmatch import fnmatchcase

    parts = match(pattern, name) if "*" in pattern else None
    if "*" in pattern:
        assert (parts is not None) == fnmatchcase(name, pattern)
    if parts is not None:
        words = iter(parts)
        assert "".join(next(words) if sign == "*" else sign for sign in pattern) == name


@pytest.mark.parametrize(
    ("names", "message", "hint"),
    [
        ("'*/kernel': weight", "map: '*/kernel' has another number of * than 'weight'", "in their order"),
        (
            "'conv*/kernel': '*.weight'",
            "map: no parameter of the network is called like 'conv*/kernel'",
            "called like 'fc/",
        ),
    ],
)
def test_a_pattern_that_fits_nothing_is_an_error(tmp_path, names, message, hint):
    with pytest.raises(NetworkError) as caught:
        network(tmp_path, f"{{file: w.npz, map: {{{names}}}}}")
    (problem,) = caught.value.problems
    assert (problem.code, problem.message, problem.place.line) == ("E112", message, 3)
    assert hint in problem.hint
