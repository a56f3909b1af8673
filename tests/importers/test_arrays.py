"""Keras' weights by their layers' names, however a file addresses them; and files that are not to be trusted."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from dataflow_cli.errors import WeightsError
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.network.build import network_from_text
from dataflow_cli.weights.formats import open_arrays
from dataflow_cli.weights.load import load_weights
from fuzz.making.kerasfiles import counted_h5, keras_zip, layer, listed_h5, sequential

h5py = pytest.importorskip("h5py")

KERNEL, BIAS = np.arange(6, dtype="<f4").reshape(3, 2), np.array([7, 8], "<f4")
TWO = sequential(layer("Dense", "first"), layer("Dense", "second", use_bias=False))
PAIR = [("kernel:0", KERNEL), ("bias:0", BIAS)]


def opened(tmp_path, content, name="m.h5"):
    (tmp_path / name).write_bytes(content)
    with open_arrays(tmp_path / name) as arrays:
        return {each: arrays.read(each).tolist() for each in arrays.names if arrays.header(each)}


def scoped(scope):
    return {"first": [(f"{scope}/{name}", array) for name, array in PAIR]}


@pytest.mark.parametrize(
    "content",
    [
        listed_h5(scoped("first"), TWO),
        listed_h5(scoped("first"), root=False),
        listed_h5(scoped("sequential_7/first"), TWO),
        listed_h5(scoped("first_3"), TWO),
        listed_h5({"first": [("first_W", KERNEL), ("first_b", BIAS)]}, version="1.2.2"),
        counted_h5({"layers/dense/vars/0": KERNEL, "layers/dense/vars/1": BIAS}, {"layers/dense/vars": "first"}),
        counted_h5({"layers\\dense\\vars/0": KERNEL, "layers\\dense\\vars/1": BIAS}, {"layers\\dense\\vars": "first"}),
        keras_zip(TWO, counted_h5({"layers/dense/vars/0": KERNEL, "layers/dense/vars/1": BIAS})),
        keras_zip(TWO, counted_h5({"layers/dense/vars/0": KERNEL, "layers/dense/vars/1": BIAS}), packed=True),
        keras_zip(
            TWO,
            counted_h5({f"_layer_checkpoint_dependencies\\dense\\vars/{n}": a for n, a in enumerate((KERNEL, BIAS))}),
        ),
    ],
    ids=["2", "2-weights", "2-in-model", "2-counted", "1", "3-weights", "3-windows", "3", "3-packed", "2.13"],
)
def test_weights_have_their_layers_names(tmp_path, content):
    assert opened(tmp_path, content) == {"first/kernel": KERNEL.tolist(), "first/bias": BIAS.tolist()}


def sharded(folder, **index):
    """Two files as Keras writes them: the first has the name of a layer whose bias alone fitted into the second."""
    first = counted_h5({"layers/dense/vars/0": KERNEL}, {"layers/dense/vars": "first", "layers/dense_1/vars": "second"})
    second = {"layers/dense/vars/1": BIAS, "layers/dense_1/vars/0": BIAS}
    (folder / "m_00000.weights.h5").write_bytes(first)
    (folder / "m_00001.weights.h5").write_bytes(counted_h5(second))
    both = {"/layers/dense/vars": ["m_00000.weights.h5", "m_00001.weights.h5"]}
    return json.dumps({"weight_map": both | {"/layers/dense_1/vars": ["m_00001.weights.h5"]} | index}).encode()


def test_weights_in_several_files_are_those_of_one(tmp_path):
    found = opened(tmp_path, sharded(tmp_path), "m.weights.json")
    expected = {"first/kernel": KERNEL, "first/bias": BIAS, "second/kernel": BIAS}
    assert {name: array.tolist() for name, array in expected.items()} == found


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("m_00002.weights.h5", "names m_00002.weights.h5, which is not there"),
        ("m_00000.weights.h5", "says that '/layers/dense_1/vars' is in m_00000.weights.h5, which has no such tensor"),
        ("web.h5", "web.h5: not a readable HDF5 file"),
        ("again.h5", "names again.h5, which has 'layers/dense/vars/1' like another"),
    ],
)
def test_several_files_that_are_not_what_the_index_says_are_refused(tmp_path, file, words):
    content = sharded(tmp_path, **{"/layers/dense_1/vars": file})
    (tmp_path / "web.h5").write_text("<html>")
    (tmp_path / "again.h5").write_bytes((tmp_path / "m_00001.weights.h5").read_bytes())
    with pytest.raises(FileProblem) as caught:
        opened(tmp_path, content, "m.weights.json")
    assert caught.value.message.startswith(words)
    assert caught.value.hint


def test_layers_of_a_class_are_counted_in_the_order_of_the_model(tmp_path):
    """By the fields, too: the second has no bias; in a model within the model the count begins anew."""
    inner = sequential(layer("Dense", "deep"), name="inner")
    model = sequential(*TWO["config"]["layers"], inner)
    paths = ("dense/vars/0", "dense/vars/1", "dense_1/vars/0", "sequential/layers/dense/vars/0")
    arrays = {f"layers/{path}": np.float32(number) for number, path in enumerate(paths)}
    assert opened(tmp_path, keras_zip(model, counted_h5(arrays))) == {
        "first/kernel": 0,
        "first/bias": 1,
        "second/kernel": 2,
        "inner/deep/0": 3,
    }


def test_keras_2_13_counts_every_layer_twice(tmp_path):
    groups = ["dense/vars/0", "dense/vars/1", "dense_2/vars/0"]
    content = counted_h5({f"_layer_checkpoint_dependencies/{path}": BIAS for path in groups})
    assert [*opened(tmp_path, keras_zip(TWO, content))] == ["first/kernel", "first/bias", "second/kernel"]


def test_depthwise_convolutions_have_their_kernel_by_the_name_of_keras_3(tmp_path):
    pair = [("depthwise_kernel:0", KERNEL), ("pointwise_kernel:0", KERNEL)]
    found = opened(tmp_path, listed_h5({"d": pair[:1], "s": pair}))
    assert [*found] == ["d/kernel", "s/depthwise_kernel", "s/pointwise_kernel"]


def test_what_cannot_be_told_keeps_its_number(tmp_path):
    """Three of batch normalization's four weights: without the model nobody knows which."""
    arrays = {f"layers/batch_normalization/vars/{number}": BIAS for number in range(3)}
    assert [*opened(tmp_path, counted_h5(arrays))] == [f"batch_normalization/{number}" for number in range(3)]


def test_a_network_takes_them_by_name_and_never_across_a_count(tmp_path):
    (tmp_path / "m.h5").write_bytes(listed_h5({"dense": PAIR}))
    text = "dftrace: 1\ninput: [3]\nweights: m.h5\nlayers: [{{type: dense, {}units: 2}}]\n"
    weights = load_weights(network_from_text(text.format("name: dense, "), folder=tmp_path))
    assert weights.of("dense")["kernel"].tolist() == KERNEL.tolist()
    with pytest.raises(WeightsError) as caught:
        load_weights(network_from_text(text.format(""), folder=tmp_path))
    assert caught.value.code == "E206"


def made(tmp_path, make):
    with h5py.File(tmp_path / "made.h5", "w") as file:
        make(file)
    return (tmp_path / "made.h5").read_bytes()


def external_dataset(file):
    file.create_dataset("x", (4,), "f4", external=[("/etc/hostname", 0, 16)])


def virtual_dataset(file):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    file.create_virtual_dataset("x", layout)


def circle(file):
    file.create_group("a")["again"] = file["/"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda file: file.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/")), "'x' is a link to another file"),
        (lambda file: file.__setitem__("x", h5py.SoftLink("/nowhere")), "'x' is a link to another place"),
        (external_dataset, "its numbers stand in other files"),
        (virtual_dataset, "its numbers stand in other files"),
        (circle, "its groups go in a circle at 'a/again'"),
        (lambda file: file.create_dataset("x", (2**40,), "f4", chunks=(1024,), compression="gzip"), "are stored"),
        (lambda file: file.create_dataset("x", data=["text"]), "it holds text or objects"),
        (lambda file: file.create_dataset("a\x1b[2J", data=[1]), "holds 'a\\x1b[2J'"),
    ],
)
def test_what_leads_elsewhere_or_lies_is_refused(tmp_path, make, words):
    with pytest.raises(FileProblem) as caught:
        opened(tmp_path, made(tmp_path, make))
    assert words in caught.value.message


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b", "C:\\x", "a\\..\\b"])
def test_a_zip_that_leads_out_of_itself_is_refused(tmp_path, name):
    with pytest.raises(FileProblem, match="a path that leads out of it"):
        opened(tmp_path, keras_zip(TWO, counted_h5({}), **{name: b"x"}))


@pytest.mark.parametrize("packed", [False, True])
def test_no_cut_or_changed_file_is_read_as_whole(tmp_path, packed):
    whole = keras_zip(TWO, counted_h5({"layers/dense/vars/0": KERNEL, "layers/dense/vars/1": BIAS}), packed=packed)
    for content in (whole[: len(whole) // 2], whole[:-30], whole.replace(KERNEL.tobytes(), bytes(KERNEL.nbytes))):
        if content != whole:
            with pytest.raises(FileProblem):
                opened(tmp_path, content)
    plain = io.BytesIO(listed_h5({"first": PAIR}))
    for size in (100, 1000, len(plain.getvalue()) - 100):
        with pytest.raises(FileProblem):
            opened(tmp_path, plain.getvalue()[:size])


@pytest.mark.parametrize("old", [False, True])
def test_parts_of_attention_are_known_with_and_without_a_line_before_their_names(tmp_path, old):
    """Keras 2's .keras has `_query_dense`, Keras 3's `query_dense`, but `_gate_dense`."""
    words = ("query", "key", "value", "output", "gate")
    names = {word: f"{'_' if old or word == 'gate' else ''}{word}_dense" for word in words}
    arrays = {f"layers/multi_head_attention/{names[word]}/vars/0": np.ones((2, 1, 2), "f4") for word in words}
    look = layer("MultiHeadAttention", "look", num_heads=1, key_dim=2, use_bias=False, use_gate=True)
    found = opened(tmp_path, keras_zip(sequential(look), counted_h5(arrays)), "m.keras")
    assert set(found) == {f"look/{word}_kernel" for word in words}
