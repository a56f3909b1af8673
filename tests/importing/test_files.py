"""An imported model is a network file that says the same, and nobody's work is overwritten."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.errors import InputError, NetworkError, OutputError, UnknownName
from dataflow_cli.importing.files import import_to_files
from fuzz.making.kerasfiles import counted_h5, keras_zip, layer, sequential
from tests.contract.shell import dftrace

pytest.importorskip("h5py")

rng = np.random.default_rng(5)


def dense(name, units=2, **fields):
    return layer("Dense", name, units=units, activation="relu", use_bias=False, **fields)


def block(name):
    return sequential(layer("InputLayer", f"{name}_in", batch_shape=[None, 2]), dense("a"), dense("b"), name=name)


MODEL = sequential(
    layer("InputLayer", "x", batch_shape=[None, 2]),
    dense("first one"),
    block("stage_1"),
    block("stage_2"),
    layer("Dense", "head", units=3, activation="softmax", use_bias=False),
    name="net",
)
ARRAYS = {
    "layers/dense/vars/0": (2, 2),
    **{f"layers/{s}/layers/{d}/vars/0": (2, 2) for s in ("sequential", "sequential_1") for d in ("dense", "dense_1")},
    "layers/dense_1/vars/0": (2, 3),
}
TEXT = """\
dftrace: 1
name: net
input: [2]
weights: m{}
blocks:
  stage:
    layers:
      - {{type: dense, name: a, units: 2, use_bias: false, activation: relu}}
      - {{type: dense, name: b, units: 2, use_bias: false, activation: relu}}
layers:
  - {{type: dense, name: first_one, source: first one, units: 2, use_bias: false, activation: relu}}
  - {{type: block, use: stage, repeat: 2}}
  - {{type: dense, name: head, units: 3, use_bias: false, activation: softmax}}
"""


@pytest.fixture
def model(tmp_path):
    arrays = {path: rng.normal(size=shape).astype("f4") for path, shape in ARRAYS.items()}
    (tmp_path / "m.keras").write_bytes(keras_zip(MODEL, counted_h5(arrays)))
    return tmp_path / "m.keras"


@pytest.mark.parametrize("ending", [".safetensors", ".npz"])
def test_the_file_reads_as_a_person_would_write_it_and_computes_the_same(model, tmp_path, ending):
    written = import_to_files(model, tmp_path / "out", weights_format=ending)
    assert written.path.read_text(encoding="utf-8") == TEXT.format(ending)
    x = rng.normal(size=(4, 2)).astype("f4")
    one, other = load_network(model).trace(x, keep="all"), load_network(written.path).trace(x, keep="all")
    for name in ("first_one", "stage_1/a", "stage_1/b", "stage_2/a", "stage_2/b", "head"):
        np.testing.assert_array_equal(one.value(name), other.value(name))


def test_what_was_edited_stays_unless_forced(model, tmp_path):
    first = import_to_files(model, tmp_path)
    import_to_files(model, tmp_path)  # nobody changed anything
    for name in first.files:
        before = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(before + b"\n")
        with pytest.raises(OutputError, match="is there already"):
            import_to_files(model, tmp_path)
        assert (tmp_path / name).read_bytes() == before + b"\n"
        import_to_files(model, tmp_path, force=True)
        assert (tmp_path / name).read_bytes() == before


def test_a_part_may_be_imported_where_the_whole_is_not(model, tmp_path):
    code = layer("Lambda", "code")
    (tmp_path / "n.keras").write_bytes(keras_zip(sequential(*MODEL["config"]["layers"][:3], code, dense("last")), b""))
    with pytest.raises(NetworkError, match="Lambda 'code'"):
        import_to_files(tmp_path / "n.keras", tmp_path / "out")
    for until, words in (("code", "is missing"), ("last", "needs 'code'"), ("gone", "no layer 'gone'")):
        with pytest.raises(UnknownName, match=words):
            import_to_files(tmp_path / "n.keras", tmp_path / "out", until=until)
    assert not (tmp_path / "out").exists()
    part = import_to_files(model, tmp_path / "part", until="stage_1/b").network
    assert [node.name for node in part.nodes] == ["first_one", "stage_1/a", "stage_1/b"]
    assert part.outputs == ("stage_1/b",)


def test_a_model_within_that_takes_two_tensors_is_written_without_a_block(tmp_path):
    """A block takes one: its layers then stand in the network itself."""
    history = {"class_name": "__keras_tensor__"}

    def called(one, *names):
        args = [{**history, "config": {"keras_history": [name, 0, 0]}} for name in names]
        return {**one, "name": one["config"]["name"], "inbound_nodes": [{"args": [args], "kwargs": {}}]}

    def functional(name, inputs, layers, output):
        entries = [{**layer("InputLayer", each, batch_shape=[None, 2]), "name": each} for each in inputs]
        config = {"name": name, "layers": [*entries, *layers], "output_layers": [[output, 0, 0]]}
        return {"class_name": "Functional", "config": config | {"input_layers": [[each, 0, 0] for each in inputs]}}

    inner = functional("inner", ["p", "q"], [called(layer("Add", "sum"), "p", "q")], "sum")
    model = functional("net", ["a", "b"], [called(inner, "a", "b")], "inner")
    (tmp_path / "m.keras").write_bytes(keras_zip(model, b""))
    written = import_to_files(tmp_path / "m.keras", tmp_path)
    assert [node.name for node in written.network.nodes] == ["inner.sum"]
    assert "- {type: add, name: inner.sum, inputs: [a, b], source: inner/sum}" in written.path.read_text(
        encoding="utf-8"
    )


def test_strides_of_a_pool_are_written_where_they_are_not_its_size(tmp_path):
    """Keras writes down both; a person leaves out what follows."""
    pools = [layer("MaxPooling1D", f"p{n}", pool_size=[2], strides=[n], padding="valid") for n in (1, 2)]
    model = sequential(layer("InputLayer", "x", batch_shape=[None, 8, 3]), *pools, name="net")
    (tmp_path / "m.keras").write_bytes(keras_zip(model, b""))
    text = import_to_files(tmp_path / "m.keras", tmp_path).path.read_text(encoding="utf-8")
    assert "- {type: max_pooling1d, name: p1, strides: 1}\n" in text
    assert "- {type: max_pooling1d, name: p2}\n" in text


def test_only_models_are_imported_and_nothing_is_written_for_others(model, tmp_path):
    (tmp_path / "w.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match="is no model of another framework"):
        import_to_files(tmp_path / "w.npz", tmp_path / "out")
    with pytest.raises(OutputError, match="no name of a network file"):
        import_to_files(model, tmp_path / "net.txt")
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_called_a_model_and_is_none_is_said_to_be_what_it_is(tmp_path):
    """Every command that takes a network takes it for that model, and none for a network file of ours."""
    cases = {
        b"": "is empty",
        b"version https://git-lfs.github.com/spec/v1\n": "is a Git LFS pointer",
        b"<!DOCTYPE html><html>": "is a web page (HTML)",
        b"\x89PNG\r\n\x1a\n": "is neither a zip nor HDF5, not a model of Keras",
        b"{": "the file is no JSON",
        None: "no such file",
    }
    for content, words in cases.items():
        for name in ("m.keras", "m.h5", "m.hdf5"):
            if content is not None:
                (tmp_path / name).write_bytes(content)
            for read in (load_network, lambda path: import_to_files(path, tmp_path / "out")):
                with pytest.raises(InputError) as refused:
                    read(tmp_path / name)
                assert refused.value.message.startswith(f"{tmp_path / name}: {words}"), (content, name)
            (tmp_path / name).unlink(missing_ok=True)
    with pytest.raises(InputError, match="no such file"):
        import_to_files(tmp_path / "m.pt", None)
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_it_checked(model, tmp_path):
    done = dftrace("import", model, "-o", f"{tmp_path}/net.yaml")
    assert done.returncode == 0
    said = done.stdout.decode().splitlines()
    assert said[0].startswith("net.yaml and net.safetensors written in")
    assert said[0].endswith("from Keras 3.5.0")
    assert "6 layers, 26 parameters, every shape" in said[1]
    assert said[2] == "renamed: 'first one' is first_one"


def test_what_a_model_does_not_say_is_written_with_it_and_else_said_to_be_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seen = sequential(
        layer("InputLayer", "x", batch_shape=[None, 4, 4, 3]), layer("GlobalAveragePooling2D", "g"), name="seen"
    )
    (tmp_path / "m.keras").write_bytes(keras_zip(seen, counted_h5({})))
    (tmp_path / "names.txt").write_text("blue\ngreen\nred\n")
    unsaid = dftrace("import", "m.keras")
    assert b"not said: how a picture becomes the input" in unsaid.stdout
    done = dftrace("import", "m.keras", "-o", "n.yaml", "--preprocess", "keras-caffe", "--classes", "names.txt")
    assert done.returncode == 0
    assert b"not said" not in done.stdout
    said = load_network("n.yaml")
    assert (said.inputs[0].channel_order, said.classes) == ("bgr", ("blue", "green", "red"))
    picture = np.zeros((4, 4, 3), np.uint8) + np.array([10, 20, 30], np.uint8)
    expected = np.array([30 - 103.939, 20 - 116.779, 10 - 123.68])
    assert np.allclose(said.predict(picture)[0], expected, atol=1e-4)
    assert np.array_equal(said.predict(picture), load_network("m.keras").prepared("keras-caffe").predict(picture))


def test_an_axis_is_written_only_where_it_is_not_that_of_the_channels(tmp_path):
    """Keras writes the last one as a number, which says nothing that the shape does not."""
    model = sequential(
        layer("InputLayer", "x", batch_shape=[None, 4, 5, 2]),
        layer("BatchNormalization", "last", axis=[3]),
        layer("BatchNormalization", "rows", axis=1),
    )
    vectors = {f"layers/batch_normalization{n}/vars/{i}": (k,) for n, k in (("", 2), ("_1", 4)) for i in range(4)}
    arrays = {path: rng.uniform(1, 2, shape).astype("f4") for path, shape in vectors.items()}
    (tmp_path / "m.keras").write_bytes(keras_zip(model, counted_h5(arrays)))
    written = import_to_files(tmp_path / "m.keras", tmp_path / "m.yaml")
    assert [line for line in written.path.read_text("utf-8").splitlines() if "batch_normalization" in line] == [
        "  - {type: batch_normalization, name: last}",
        "  - {type: batch_normalization, name: rows, axis: 1}",
    ]
    x = rng.normal(size=(3, 4, 5, 2)).astype("f4")
    np.testing.assert_array_equal(written.network.predict(x), load_network(tmp_path / "m.keras").predict(x))
