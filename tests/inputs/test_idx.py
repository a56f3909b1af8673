"""MNIST's own format, plain and gzipped."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.source import Source
from dataflow_cli.inputs.first_bytes import is_idx
from dataflow_cli.inputs.idx import read_idx

CODES = {"u1": 8, "i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}


def idx(array, shape=None):
    shape = array.shape if shape is None else shape
    header = bytes([0, 0, CODES[array.dtype.newbyteorder(">").str.lstrip("|")], len(shape)])
    return header + struct.pack(f">{len(shape)}I", *shape) + array.tobytes()


def problem(data):
    with pytest.raises(FileProblem) as caught:
        read_idx(Source("x", data))
    return caught.value.message


@given(hnp.arrays(st.sampled_from(list(CODES)), hnp.array_shapes(max_dims=3, max_side=4)), st.booleans())
def test_round_trip(array, packed):
    data = idx(array)
    assert is_idx(data)
    found = read_idx(Source("x", gzip.compress(data) if packed else data))
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype.newbyteorder("=")


PICTURES = np.zeros((10, 28, 28), np.uint8)


def test_cut_off():
    assert problem(idx(PICTURES)[:-1]) == "the header says 7,840 bytes of data, but 7,839 bytes of data follow"
    assert problem(idx(PICTURES)[:9]) == "ends inside the header"
    assert problem(gzip.compress(idx(PICTURES)[:-1])) == "ends after 7,839 of 7,840 bytes of data"
    assert problem(gzip.compress(idx(PICTURES))[:-12]).startswith("damaged gzip (")
    assert problem(gzip.compress(idx(PICTURES))[:5]).startswith("damaged gzip (")


def test_too_long():
    assert problem(idx(PICTURES) + b"x") == "the header says 7,840 bytes of data, but 7,841 bytes of data follow"
    assert (
        problem(gzip.compress(idx(PICTURES) + b"x")) == "holds more than the 7,840 bytes of data that its header says"
    )


def test_a_gzip_bomb_is_bounded_by_its_header():
    bomb = gzip.compress(idx(PICTURES) + bytes(50_000_000))
    assert problem(bomb) == "holds more than the 7,840 bytes of data that its header says"


def test_a_header_that_lies():
    huge = idx(PICTURES, (2**31, 2**31))
    assert problem(huge).startswith("the header says 4,611,686,018,427,387,904 bytes of data, but 7,84")
    assert problem(gzip.compress(huge)).endswith("but the packed file is too short for that")


def test_a_wrong_checksum():
    data = bytearray(gzip.compress(idx(PICTURES)))
    data[-6] ^= 1
    assert problem(bytes(data)).startswith("damaged gzip (crc check failed")


def test_a_gzip_of_something_else():
    assert problem(gzip.compress(b"1,2,3,4")) == (
        "begins with 31 2c 32 2c, expected the header of an idx file, such as 00 00 08 03"
    )


def test_the_shape_is_seen_before_the_data():
    def refuse(shape):
        raise FileProblem(f"seen {shape}")

    with pytest.raises(FileProblem, match=r"seen \(2147483648,\)"):
        read_idx(Source("x", idx(PICTURES, (2**31,))), refuse)
