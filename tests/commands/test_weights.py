"""`dftrace weights`: what is in a file, from its headers, in every format that weights are read from."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from dataflow_cli.files.npy import read_array
from dataflow_cli.render.formats import FORMATS
from fuzz.making.kerasfiles import counted_h5
from fuzz.making.tensorfiles import entry, safetensors, table, tensor, torch_zip
from tests.contract.shell import dftrace, text_of

KERNEL = np.array([[0, 1, 2], [3, 4, 5]], "<f4")
BIAS = np.array([float("nan"), float("inf"), 2, -2], "<f8")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same two tensors in three formats."""
    folder = tmp_path_factory.mktemp("weights")
    named = {"fc.weight": KERNEL, "fc.bias": BIAS}
    words = table({name: tensor(name, array) for name, array in named.items()})
    np.savez(folder / "w.npz", **named)
    (folder / "w.safetensors").write_bytes(safetensors(named))
    (folder / "w.pt").write_bytes(torch_zip(words, named))
    return [folder / name for name in ("w.npz", "w.safetensors", "w.pt")]


def test_every_format_gives_the_same_list(files):
    lists = [text_of("weights", file, "--statistics", "-f", "tsv") for file in files]
    assert lists[0] == lists[1] == lists[2]
    assert [line.split("\t")[:4] for line in lists[0].splitlines()[1:]] == [
        ["fc.weight", "2x3", "float32", "6"],
        ["fc.bias", "4", "float64", "4"],
    ]


def test_what_the_numbers_are_like(files):
    for file in files:
        weight, bias = json.loads(text_of("weights", file, "--statistics", "-f", "json"))["tensors"]
        assert (weight["mean"], weight["min"], weight["max"], weight["nans"]) == (2.5, 0, 5, 0)
        assert weight["std"] == pytest.approx((35 / 12) ** 0.5)  # of 0..5
        assert weight["zeros"] == pytest.approx(1 / 6)
        assert (bias["nans"], bias["infinities"], bias["mean"], bias["std"]) == (1, 1, 0, 2)


def test_values_are_read_only_when_they_are_asked_for(tmp_path):
    """A file whose data is a hole of 1 TiB is listed."""
    path = tmp_path / "large.safetensors"
    path.write_bytes(safetensors({}, a=entry("F32", [2**38], 0, 2**40)))
    start = path.stat().st_size
    with path.open("r+b") as stream:
        stream.truncate(start + 2**40)
    assert json.loads(text_of("weights", path, "-f", "json"))["totals"] == {"count": 2**38, "bytes": 2**40}
    refused = dftrace("weights", path, "-l", "a", "-f", "npy")
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"1,099,511,627,776 bytes, at most 17,179,869,184 are read" in refused.stderr


def test_one_tensor_is_written_as_npy(files):
    for file in files:
        done = dftrace("weights", file, "-l", "*.weight", "-f", "npy")
        stream = io.BytesIO(done.stdout)
        np.testing.assert_array_equal(read_array(stream, len(done.stdout)), KERNEL)
    for patterns, words in ((("-l", "fc.*"), b"2 match"), ((), b"name it with -l NAME"), (("-l", "x"), b"called 'x'")):
        refused = dftrace("weights", files[0], *patterns, "-f", "npy")
        assert (refused.returncode, refused.stdout) == (2, b"")
        assert words in refused.stderr


def test_a_type_that_is_not_read_is_said(tmp_path):
    path = tmp_path / "half.safetensors"
    path.write_bytes(safetensors({"a": KERNEL}, q=entry("F4", [4], 24, 26)) + b"\0\0")
    out = text_of("weights", path)
    assert " q" in out.splitlines()
    assert "tensor 'q': holds elements of type 'F4', which are not read" in out


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_names_both_tensors(files, form):
    out = text_of("weights", files[1], "-f", form)
    assert "fc.weight" in out
    assert "fc.bias" in out


def test_the_list_says_who_wrote_a_file(files, tmp_path):
    pytest.importorskip("h5py")
    (tmp_path / "w.weights.h5").write_bytes(counted_h5({"layers/dense/vars/0": KERNEL}))
    said = [text_of("weights", file).splitlines()[-1] for file in (files[2], tmp_path / "w.weights.h5")]
    assert [line.rpartition("written by ")[2] for line in said] == ["PyTorch", "Keras"]
