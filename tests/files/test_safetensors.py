"""The safetensors format: what a file says of itself is held against its bytes before anything is read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.safetensors import HEADER_LIMIT, open_safetensors
from dataflow_cli.weights.formats import open_arrays
from fuzz.making.tensorfiles import KINDS, entry, framed, safetensors

FOUR = np.arange(4, dtype="<f4")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("safetensors") / "m.safetensors"


def problem(path, content):
    path.write_bytes(content)
    with pytest.raises(FileProblem) as caught:
        open_safetensors(path)
    return caught.value


@given(
    arrays=st.dictionaries(
        st.text("abc./0", min_size=1, max_size=6),
        st.sampled_from(list(KINDS)).flatmap(lambda kind: npst.arrays(kind, npst.array_shapes(min_dims=0, min_side=0))),
        max_size=4,
    )
)
def test_what_was_written_is_read(path, arrays):
    path.write_bytes(safetensors(arrays))
    with open_safetensors(path) as file:
        assert file.names == tuple(arrays)
        for name, array in arrays.items():
            read = file.read(name)
            assert (read.shape, read.dtype, file.header(name).dtype) == (array.shape, array.dtype, array.dtype.name)
            np.testing.assert_array_equal(read, array)
            assert b"".join(file.chunks(name)) == array.tobytes()


def test_numbers_of_eight_bits_are_those_of_the_specification(path):
    """Its largest, smallest and special ones; e5m2 has infinities, e4m3 has none."""
    codes = bytes([0x38, 0xC0, 0x7E, 0x01, 0x80, 0x7F, 0xFF, 0x3C, 0xBE, 0x7B, 0x01, 0x7C, 0xFC, 0x7D])
    path.write_bytes(safetensors({}, data=codes, a=entry("F8_E4M3", [7], 0, 7), b=entry("F8_E5M2", [7], 7, 14)))
    with open_safetensors(path) as file:
        assert [file.header(name).dtype for name in "ab"] == ["float8_e4m3", "float8_e5m2"]
        np.testing.assert_array_equal(file.read("a"), np.float32([1, -2, 448, 2**-9, -0.0, np.nan, np.nan]))
        np.testing.assert_array_equal(file.read("b"), np.float32([1, -1.5, 57344, 2**-16, np.inf, -np.inf, np.nan]))


def test_bfloat16_is_the_upper_half_of_a_float32(path):
    bits = np.array([0x3F80, 0xC049, 0x7F80, 0x0001], "<u2")  # 1, -3.140625, infinity, the least denormal there is
    path.write_bytes(safetensors({}, data=bits.tobytes(), b=entry("BF16", [4], 0, 8)))
    with open_safetensors(path) as file:
        assert file.header("b").dtype == "bfloat16"
        assert file.read("b").tolist() == [1.0, -3.140625, float("inf"), 2.0**-133]


def test_metadata_says_who_wrote_it(path):
    for metadata, origin in (({"format": "pt"}, "torch"), ({"format": "np"}, ""), ({}, "")):
        path.write_bytes(safetensors({"a": FOUR}, __metadata__=metadata))
        with open_safetensors(path) as file:
            assert (file.origin, file.names) == (origin, ("a",))


def test_types_that_are_not_read_spoil_no_other_tensor(path):
    path.write_bytes(safetensors({"a": FOUR}, data=b"", q=entry("F8_E8M0", [2], 16, 18)) + b"\0\0")
    with open_safetensors(path) as file:
        assert file.read("a").tolist() == FOUR.tolist()
        with pytest.raises(FileProblem, match="tensor 'q': holds elements of type 'F8_E8M0', which are not read"):
            file.header("q")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x08", "ends inside the header"),
        (framed(b"{}")[:8] + b"{", "its header claims 2 bytes, but 1 follow"),
        (b"\xff" * 8 + b"{}", "its header claims 18,446,744,073,709,551,615 bytes, but 2 follow"),
        (framed(b"[1]"), "its header is no JSON object"),
        (framed(b'{"a": }'), "its header is no JSON ("),
        (framed(b"[" * 100_000), "its header is no JSON ("),
        (framed(b'{"a": 1, "a": 2}'), "holds 'a' twice"),
        (framed(b'{"a": 1}'), "tensor 'a': an entry without exactly dtype, shape and data_offsets"),
        (safetensors({}, a=entry("F32", [-1], 0, 4)), "tensor 'a': its shape is no list of non-negative integers"),
        (safetensors({}, a=entry("F32", [True], 0, 4)), "tensor 'a': its shape is no list of non-negative integers"),
        (
            safetensors({}, a=entry("F32", [2**40, 2**40], 0, 4)),
            "tensor 'a': its shape is one that no machine",
        ),
        (
            safetensors({}, a=entry("F32", [2**40, 0, 2**40], 0, 0)),
            "tensor 'a': its shape is one that no machine",
        ),
        (
            safetensors({}, a=entry("F32", [4], 0, 12)),
            "tensor 'a': 4 elements of 4 bytes are 16 bytes, its",
        ),
        (safetensors({}, a=entry("F32", [4], 4, 2)), "tensor 'a': data_offsets [4, 2], which end before they begin"),
        (safetensors({}, a=entry("F32", [4], "0", 2)), "tensor 'a': data_offsets that are not two integers"),
        (safetensors({"a": FOUR}, b=entry("F32", [4], 0, 16)), "its tensors overlap at byte 0"),
        (safetensors({"a": FOUR}, b=entry("F32", [1], 20, 24)), "its tensors leave a hole at byte 20"),
        (safetensors({"a": FOUR})[:-1], "its tensors take 16 bytes, but 15 bytes of data follow"),
        (safetensors({"a": FOUR}) + b"\0", "its tensors take 16 bytes, but 17 bytes of data follow"),
        (safetensors({"\x1b[2J": FOUR}), "holds a tensor with the name '\\x1b[2J'"),
    ],
)
def test_a_file_that_lies_is_refused(path, content, words):
    found = problem(path, content)
    assert found.message.startswith(words)
    assert found.hint


def test_a_header_that_is_too_long_is_not_read(path):
    with path.open("wb") as stream:
        stream.write((HEADER_LIMIT + 1).to_bytes(8, "little"))
        stream.truncate(HEADER_LIMIT + 100)
    with pytest.raises(FileProblem, match="a header of 16,777,217 bytes"):
        open_safetensors(path)


def indexed(folder, weight_map):
    (folder / "a.safetensors").write_bytes(safetensors({"x": FOUR}))
    (folder / "b.safetensors").write_bytes(safetensors({"y": FOUR + 4}))
    index = folder / "m.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 32}, "weight_map": weight_map}), encoding="utf-8")
    return index


def test_shards_are_read_as_one_file(tmp_path):
    with open_arrays(indexed(tmp_path, {"y": "b.safetensors", "x": "a.safetensors"})) as file:
        assert file.names == ("y", "x")
        assert file.read("y").tolist() == [4, 5, 6, 7]


@pytest.mark.parametrize(
    ("weight_map", "words"),
    [
        ({"x": "c.safetensors"}, "names c.safetensors, which is not there"),
        ({"x": "b.safetensors"}, "says that 'x' is in b.safetensors, which has no such tensor"),
        ({"x": "../a.safetensors"}, "says that 'x' is in '../a.safetensors'"),
        ({"x": "/etc/passwd"}, "says that 'x' is in '/etc/passwd'"),
        ({"x": ".."}, "says that 'x' is in '..'"),
        ({"x": 3}, "says that 'x' is in '3'"),
        ([], "no index of weights"),
    ],
)
def test_an_index_that_leads_elsewhere_is_refused(tmp_path, weight_map, words):
    with pytest.raises(FileProblem) as caught:
        open_arrays(indexed(tmp_path, weight_map))
    assert caught.value.message.startswith(words)
    assert caught.value.hint
