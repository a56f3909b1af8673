"""Numbers as text."""

import math

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.source import Source
from dataflow_cli.inputs import text
from dataflow_cli.inputs.first_bytes import is_text
from dataflow_cli.inputs.table_rows import number
from dataflow_cli.inputs.text import read_part, read_table
from dataflow_cli.inputs.wanted import Fitting
from dataflow_cli.netfile.model import InputSpec


def read(data):
    return read_table(Source("x", data.encode() if isinstance(data, str) else data)).array.tolist()


def problem(data):
    with pytest.raises(FileProblem) as caught:
        read(data)
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize("separator", [",", ", ", ";", "\t", " ", "   "])
@given(array=hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=4)))
def test_round_trip(separator, array):
    lines = "\n".join(separator.join(map(repr, row)) for row in array.tolist())
    np.testing.assert_array_equal(read(lines), array)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("1,0", [[1, 0]]),
        ("1,0\n", [[1, 0]]),
        ("1,0\r\n0,1\r\n", [[1, 0], [0, 1]]),
        ("\n\n1,0\n\n0,1\n\n", [[1, 0], [0, 1]]),
        ("# from np.savetxt\n1 0\n0 1", [[1, 0], [0, 1]]),
        ("a,b\n1,0", [[1, 0]]),
        ("length width\n1,0", [[1, 0]]),
        ('"a","b"\n"1","0"', [[1, 0]]),
        ("x\n1\n2", [[1], [2]]),
        ("nan,inf\n-inf,+1e-3", [[math.nan, math.inf], [-math.inf, 0.001]]),
        ("NaN,Infinity", [[math.nan, math.inf]]),
        (".5,5.,+1,-2E+3", [[0.5, 5, 1, -2000]]),
        ("  1   2  \n 3 4", [[1, 2], [3, 4]]),
        ("\ufeff1,0".encode(), [[1, 0]]),
        ("1,0\r\n".encode("utf-16"), [[1, 0]]),
    ],
)
def test_ways_to_write_numbers(data, expected):
    np.testing.assert_array_equal(read(data), expected)


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ("", "holds no numbers", "write a sample a row, its numbers separated by commas"),
        ("a,b\n", "holds no numbers", "write a sample a row, its numbers separated by commas"),
        (
            "1,2\n3",
            "line 2 has 1 number, the lines before have 2",
            "every row needs as many numbers; `pad: 0` at the input fills up shorter ones",
        ),
        (
            "1\n\n# x\n3 4",
            "line 4 has 2 numbers, the lines before have 1",
            "every row needs as many numbers; `pad: 0` at the input fills up shorter ones",
        ),
        ("a,b\n1,2\nc,d", "line 3, field 1: expected a number, found 'c'", "only numbers, nan and inf can stand there"),
        ("id,1\n2,3", "line 1, field 1: expected a number, found 'id'", "only numbers, nan and inf can stand there"),
        ("1,,2", "line 1, field 2: expected a number, found nothing", "only numbers, nan and inf can stand there"),
        ("1,2,\n", "line 1, field 3: expected a number, found nothing", "only numbers, nan and inf can stand there"),
        ("0,5;0,3\n1;2", "line 1, field 1: expected a number, found '0,5'", "decimals take a point: 0.5"),
        ("1;2\n0,5;0,3", "line 2, field 1: expected a number, found '0,5'", "decimals take a point: 0.5"),
        ("1,1_000", "line 1, field 2: expected a number, found '1_000'", "only numbers, nan and inf can stand there"),
        ("1,0x10", "line 1, field 2: expected a number, found '0x10'", "only numbers, nan and inf can stand there"),
        ("1,\u0661", "line 1, field 2: expected a number, found '\u0661'", "only numbers, nan and inf can stand there"),
        (
            "1,\x1b[31m",
            "line 1, field 2: expected a number, found '\\x1b[31m'",
            "only numbers, nan and inf can stand there",
        ),
    ],
)
def test_mistakes(data, message, hint):
    assert problem(data) == (message, hint)


class TestFirstRowsThatCount:
    """As pandas writes columns without names."""

    @given(rows=st.integers(1, 3), columns=st.integers(10, 30), start=st.integers(0, 1))
    def test_headings_of_a_wide_table(self, rows, columns, start):
        data = np.random.default_rng(rows).integers(100, 256, (rows, columns)).tolist()
        heading = list(range(start, start + columns))
        lines = "\n".join(",".join(map(str, row)) for row in [heading, *data])
        notes = []
        assert read_table(Source("x", lines.encode()), notes).array.tolist() == data
        ((code, said, hint),) = notes
        assert (code, said.endswith("and was taken for headings"), bool(hint)) == ("W308", True, True)
        assert read(
            f"label,{lines.partition(chr(10))[0]}\n" + "\n".join(f"7,{','.join(map(str, row))}" for row in data)
        ) == [[7, *row] for row in data]

    @pytest.mark.parametrize("data", ["0,1,2\n5,1,0", "1 2 3\n3 3 3"])
    def test_a_short_one_is_a_sample_and_is_doubted(self, data):
        notes = []
        assert len(read_table(Source("x", data.encode()), notes).array) == 2
        assert notes[0][0] == "W308"

    @pytest.mark.parametrize(
        "array",
        [
            np.arange(24).reshape(2, 12),
            np.tile(np.arange(12), (3, 1)),
            np.arange(12)[None],
            np.eye(3),
            [[0, 1], [1, 0]],
        ],
    )
    def test_counting_arrays_are_data(self, array):
        notes = []
        lines = "\n".join(",".join(map(str, row)) for row in np.asarray(array).tolist())
        np.testing.assert_array_equal(read_table(Source("x", lines.encode()), notes).array, array)
        assert notes == []


def test_bytes_that_are_no_text():
    assert problem(b"1,2\n\xff\xfe\xfa")[0] == "neither numbers as text (utf-8-sig) nor a format that is read"


def test_the_size_is_bounded(monkeypatch):
    monkeypatch.setattr(text, "TEXT_LIMIT", 5)
    assert problem("1,2,3,4")[0] == "7 bytes, at most 5 are read"


@given(st.floats())
def test_every_number_is_read_as_python_writes_it(value):
    found = number(repr(value))
    assert found == value or (math.isnan(found) and math.isnan(value))


@given(st.text(max_size=12))
def test_a_number_is_what_float_takes_and_less(word):
    if (found := number(word)) is not None:
        assert repr(found) == repr(float(word))


def test_what_looks_like_text():
    assert is_text(b"1,2\n\t")
    assert is_text("1,2".encode("utf-16"))
    assert is_text("größe".encode())
    assert is_text(b"\x1b[31m")
    assert not is_text(b"\x89PNG\r\n\x1a\n\0")


@given(
    st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=1, max_size=6),
    st.sampled_from(["", "a,b,c\n", "# remark\n\n", "0,1,2\n", "0 1 2\n"]),
    st.integers(-1, 7),
)
def test_one_sample_of_a_table_is_that_of_all(rows, head, sample):
    lines = head + "".join(f"{one},{two},{three}\n" for one, two, three in rows)
    try:
        whole = read_table(Source("x", lines.encode()), []).array
    except FileProblem:
        reject()
    fitting = Fitting(InputSpec("input", (3,)), sample, flat=True)
    notes = []
    part = read_part(Source("x", lines.encode()), notes, fitting).array
    assert fitting.total == len(whole)
    assert part.tolist() == whole[sample : sample + 1].tolist() if sample >= 0 else not part.size
    everything = []
    read_table(Source("x", lines.encode()), everything)
    assert notes == everything


def test_the_rows_of_other_samples_are_not_looked_at():
    """Nor if the sample is several rows, or if there is something wrong with them."""
    table = b"1,2\n3,4\n5,6\n7,8\nnone,9\n10\n"
    fitting = Fitting(InputSpec("input", (2,)), 2, flat=True)
    assert read_part(Source("x", table), [], fitting).array.tolist() == [[5, 6]]
    with pytest.raises(FileProblem, match="line 5, field 1"):
        read_part(Source("x", table), [], Fitting(InputSpec("input", (2,)), 4, flat=True))
    with pytest.raises(FileProblem, match="1 number where the first line has 2"):
        read_part(Source("x", table), [], Fitting(InputSpec("input", (2,)), 5, flat=True))
