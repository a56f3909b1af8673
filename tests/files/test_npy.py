"""The .npy header and data: what NumPy writes is read, what lies is refused before memory is taken."""

import io
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dataflow_cli.files import npy
from dataflow_cli.files.problem import FileProblem

DTYPES = ["bool", "i1", "u1", "<i2", ">i2", "<u4", ">u4", "<i8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]


def saved(array, version=None):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    return stream.getvalue()


def with_header(text, data=b"", version=1, length=None):
    header = text.encode("latin-1")
    width = 2 if version == 1 else 4
    size = (len(header) if length is None else length).to_bytes(width, "little")
    return npy.MAGIC + bytes([version, 0]) + size + header + data


def read(data, **limits):
    return npy.read_array(io.BytesIO(data), len(data), **limits)


def problem(data, **limits):
    with pytest.raises(FileProblem) as caught:
        read(data, **limits)
    return caught.value.message


@st.composite
def arrays(draw):
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    array = draw(hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
    return np.asfortranarray(array) if draw(st.booleans()) else array


@given(arrays(), st.sampled_from([None, (1, 0), (2, 0), (3, 0)]))
def test_reads_what_numpy_writes(array, version):
    found = read(saved(array, version))
    np.testing.assert_array_equal(found, array)
    assert found.shape == array.shape
    assert found.dtype == array.dtype.newbyteorder("=")


@given(arrays())
def test_numpy_reads_what_is_written(array):
    stream = io.BytesIO()
    npy.write_array(stream, array)
    stream.seek(0)
    found = np.load(stream, allow_pickle=False)
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype


def test_header_of_a_fortran_array():
    header = npy.read_header(io.BytesIO(saved(np.asfortranarray(np.zeros((2, 3), ">f4")))))
    assert header == npy.ArrayHeader((2, 3), ">f4", fortran_order=True, itemsize=4, data_offset=128)
    assert (header.dtype, header.count, header.nbytes) == ("float32", 6, 24)


def test_reading_a_header_costs_no_numpy(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((3, 4), np.uint8))
    code = (
        "import sys; from dataflow_cli.files import npy, npz, source, atomic\n"
        f"h = npy.read_header(open({str(tmp_path / 'x.npy')!r}, 'rb'))\n"
        "assert h.shape == (3, 4) and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_byte_of_a_bool_other_than_0_and_1_is_true():
    data = saved(np.zeros(3, bool))[:-3] + b"\x00\x01\x02"
    assert read(data).view(np.uint8).tolist() == [0, 1, 1]


def test_a_header_by_python_2_has_long_integers():
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 1L), }"
    assert read(with_header(text, bytes(8))).shape == (2, 1)


def test_cut_off_data_names_both_figures():
    assert problem(saved(np.zeros((10, 10), np.float32))[:-1]) == (
        "the header says float32 of shape (10, 10), 400 bytes, but 399 bytes of data follow"
    )


def test_data_beyond_the_header_is_an_error():
    assert problem(saved(np.zeros(2)) + saved(np.zeros(2))) == (
        "the header says float64 of shape (2,), 16 bytes, but 160 bytes of data follow"
    )


def test_a_huge_shape_is_refused_without_memory():
    text = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    assert problem(with_header(text, bytes(100))).endswith("8,000,000,000,000 bytes, but 100 bytes of data follow")


@pytest.mark.parametrize("shape", ["(9223372036854775807, 2)", "(0, 99999999999999999999999)", "(1,) * 3"])
def test_shapes_that_no_machine_can_hold(shape):
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    assert problem(with_header(text)).startswith("a header ")


def test_more_than_the_limit_is_refused():
    assert problem(saved(np.zeros(100, np.uint8)), limit=99) == "uint8 of shape (100,), 100 bytes, at most 99 are read"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([{}, []], dtype=object), "holds Python objects, expected numbers"),
        (np.zeros(2, complex), "holds complex numbers, expected numbers"),
        (np.array(["a"]), "holds text, expected numbers"),
        (np.array([b"a"]), "holds text, expected numbers"),
        (np.zeros(2, [("a", "f4"), ("b", "i4")]), "holds records of several fields, expected numbers"),
        (np.zeros(2, "V2"), "holds raw bytes (bfloat16 perhaps), expected numbers"),
        (np.zeros(2, "M8[s]"), "holds dates, expected numbers"),
    ],
)
def test_elements_that_are_no_numbers(array, message):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    assert problem(stream.getvalue()) == message


@pytest.mark.parametrize("descr", ["<f16", "f3", "", "<f4; rm", "\x1b[31m", "float32", "<i", "?"])
def test_unknown_element_types(descr):
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': (1,), }}"
    message = problem(with_header(text, bytes(16)))
    assert message.startswith("holds elements of type '")
    assert message.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]x",
        "__import__('os').system('true')",
        "{" * 5000,
        "(" * 60000,
        "-" * 60000 + "1",
        "1" + "+1" * 30000,
        "{[]: 1}",
        "1" * 5000,
        "{'descr': '\\z'}}",
    ],
)
def test_headers_that_are_no_dictionary(text):
    assert problem(with_header(text)) == "a header that is not a Python dictionary"


@pytest.mark.parametrize("text", ["[]", "{}", "{'descr': '<f4', 'shape': ()}", "1"])
def test_headers_without_their_keys(text):
    assert problem(with_header(text)) == "a header without exactly descr, fortran_order and shape"


@pytest.mark.parametrize("shape", ["[2]", "(-1,)", "(1.0,)", "(True,)", "2", "None"])
def test_malformed_shapes(shape):
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}"
    assert problem(with_header(text)) == "a header whose shape is not a tuple of non-negative integers"


def test_malformed_order():
    text = "{'descr': '<f4', 'fortran_order': 1, 'shape': ()}"
    assert problem(with_header(text)) == "a header whose fortran_order is neither True nor False"


def test_too_many_dimensions():
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {(1,) * 33}}}"
    assert problem(with_header(text)) == "a header whose shape no machine can hold"


def test_magic_version_and_length():
    assert problem(b"\x93NUMPZ\1\0aaaa") == "not an .npy array"
    assert problem(npy.MAGIC + b"\x09\0aaaa") == ".npy version 9, expected 1, 2 or 3"
    assert (
        problem(with_header("", version=2, length=2**31)) == "a header of 2,147,483,648 bytes, at most 65,536 are read"
    )
    assert problem(with_header("{", length=500)) == "ends inside the header"


@pytest.mark.parametrize("length", range(12))
def test_every_way_to_cut_the_beginning(length):
    assert problem(saved(np.zeros(1))[:length]) == "ends inside the header"


@given(st.integers(0, 200), st.binary(max_size=20))
def test_no_damage_ends_in_anything_but_an_array_or_a_problem(position, damage):
    data = bytearray(saved(np.arange(12, dtype=np.float32)))
    data[position : position + len(damage)] = damage
    with suppress(FileProblem):
        read(bytes(data))


class TestLoadArray:
    def test_small_files_are_read(self, tmp_path):
        np.save(tmp_path / "x.npy", np.arange(6).reshape(2, 3))
        found = npy.load_array(tmp_path / "x.npy")
        assert found.tolist() == [[0, 1, 2], [3, 4, 5]]

    @pytest.mark.parametrize("order", ["C", "F"])
    def test_large_files_are_mapped(self, tmp_path, monkeypatch, order):
        monkeypatch.setattr(npy, "MAP_FROM", 1)
        array = np.asarray(np.arange(24).reshape(2, 3, 4), order=order)
        np.save(tmp_path / "x.npy", array)
        found = npy.load_array(tmp_path / "x.npy")
        assert isinstance(found.base, np.memmap)
        assert type(found) is np.ndarray
        assert not found.flags.writeable
        np.testing.assert_array_equal(found, array)

    @pytest.mark.parametrize("dtype", [">f4", "bool"])
    def test_what_needs_conversion_is_not_mapped(self, tmp_path, monkeypatch, dtype):
        monkeypatch.setattr(npy, "MAP_FROM", 1)
        np.save(tmp_path / "x.npy", np.ones(4, dtype))
        found = npy.load_array(tmp_path / "x.npy")
        assert found.dtype == np.dtype(dtype).newbyteorder("=")
        assert found.tolist() == [1, 1, 1, 1]

    def test_cut_off_files_are_not_mapped(self, tmp_path, monkeypatch):
        monkeypatch.setattr(npy, "MAP_FROM", 1)
        (tmp_path / "x.npy").write_bytes(saved(np.zeros(9))[:-8])
        with pytest.raises(FileProblem, match="72 bytes, but 64 bytes of data follow"):
            npy.load_array(tmp_path / "x.npy")


def test_a_stream_that_gives_little_at_a_time():
    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 3))

    data = saved(np.arange(9))
    assert npy.read_array(Slow(data), len(data)).tolist() == list(range(9))


def test_a_stream_shorter_than_promised():
    data = saved(np.arange(9))
    with pytest.raises(FileProblem, match="ends after 64 of 72 bytes of data"):
        npy.read_array(io.BytesIO(data[:-8]), len(data))
