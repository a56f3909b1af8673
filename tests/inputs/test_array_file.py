"""NumPy's files as inputs."""

import io

import numpy as np
import pytest

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.source import Source, from_path
from dataflow_cli.inputs.array_file import read_npy, read_npz, split_key


@pytest.fixture
def npz(tmp_path):
    np.savez(tmp_path / "two.npz", images=np.eye(2), labels=np.arange(2))
    np.savez(tmp_path / "one.npz", images=np.eye(2))
    return tmp_path


def test_npy_from_a_file_and_from_memory(tmp_path):
    np.save(tmp_path / "x.npy", np.eye(2))
    for source in (from_path(tmp_path / "x.npy"), Source("standard input", (tmp_path / "x.npy").read_bytes())):
        assert read_npy(source).tolist() == [[1, 0], [0, 1]]


def test_npz_of_one_array_and_of_several(npz):
    assert read_npz(from_path(npz / "one.npz")).tolist() == [[1, 0], [0, 1]]
    assert read_npz(from_path(npz / "two.npz"), "labels").tolist() == [0, 1]
    with pytest.raises(FileProblem) as caught:
        read_npz(Source("two.npz", npz / "two.npz"))
    assert caught.value.message == "holds 2 arrays, expected one"
    assert caught.value.hint == "it holds images, labels; pick one: two.npz:images"
    with pytest.raises(FileProblem) as caught:
        read_npz(from_path(npz / "two.npz"), "image")
    assert (caught.value.message, caught.value.hint) == ("has no array 'image'", "did you mean 'images'?")


def test_an_empty_npz():
    stream = io.BytesIO()
    np.savez(stream)
    with pytest.raises(FileProblem) as caught:
        read_npz(Source("x", stream.getvalue()))
    assert (caught.value.message, caught.value.hint) == ("holds 0 arrays, expected one", "it holds no arrays")


def test_the_shape_is_seen_before_the_data(npz):
    seen = []
    read_npz(from_path(npz / "two.npz"), "labels", seen.append)
    np.save(npz / "x.npy", np.zeros((3, 4)))
    read_npy(from_path(npz / "x.npy"), seen.append)
    assert seen == [(2,), (3, 4)]


def test_names_of_arrays_in_a_path(npz):
    file = str(npz / "two.npz")
    assert split_key(file) == (file, "")
    assert split_key(f"{file}:images") == (file, "images")
    assert split_key(f"{file}:conv/kernel:0") == (file, "conv/kernel:0")
    assert split_key("missing.npz:images") == ("missing.npz:images", "")
    odd = npz / "odd.npz:images"
    odd.write_bytes(b"")
    assert split_key(str(odd)) == (str(odd), "")
