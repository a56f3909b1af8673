"""Numbers on the command line and in the network file."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.literal import from_plain, read_literal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,0", [1, 0]),
        ("1 0", [1, 0]),
        (" [1, 0] ", [1, 0]),
        ("3", [3]),
        ("[[1,0],[0,1]]", [[1, 0], [0, 1]]),
        ("[1,0],[0,1]", [[1, 0], [0, 1]]),
        ("[[1 0] [0 1]]", [[1, 0], [0, 1]]),
        ("nan,-inf,1e-3", [np.nan, -np.inf, 0.001]),
    ],
)
def test_ways_to_write_them(text, expected):
    np.testing.assert_array_equal(read_literal(text), expected)


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=4, max_side=3)))
def test_round_trip(array):
    np.testing.assert_array_equal(read_literal(str(array.tolist())), array)
    np.testing.assert_array_equal(from_plain(array.tolist()), array)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty list, expected numbers"),
        ("[]", "an empty list, expected numbers"),
        ("1,x", "expected a number, found 'x'"),
        ("1,\x1b", "expected a number, found '\\x1b'"),
        ("[1,0", "a bracket is not closed"),
        ("1,0]", "expected a number, found ']'"),
        ("[[1,0],[0]]", "expected a list of 2, found a list of 1"),
        ("[[1,0],0]", "expected a list of 2, found '0'"),
        ("[1,[0]]", "expected a number, found a list of 1"),
        ("[" * 100_000, "lists nest deeper than 32"),
    ],
)
def test_mistakes(text, message):
    with pytest.raises(FileProblem) as caught:
        read_literal(text)
    assert caught.value.message == message


def test_plain_values_of_the_network_file():
    assert from_plain(["1", "0"]).tolist() == [1, 0]
    assert from_plain([1, 2.5]).tolist() == [1, 2.5]
    assert from_plain("3").shape == ()
    deep = []
    for _ in range(100):
        deep = [deep]
    for value, message in [
        ([None], "expected a number, found nothing"),
        ([True], "expected a number, found 'True'"),
        ([{}], "expected a number, found '{}'"),
        (deep, "lists nest deeper than 32"),
    ]:
        with pytest.raises(FileProblem) as caught:
            from_plain(value)
        assert caught.value.message == message
