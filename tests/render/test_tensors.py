"""Tensors as the chapter prints them, beside what was written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.render.tensors import tensor_lines


def lines(array, name="x", *, full=True, precision=3, channels_first=False):
    return list(tensor_lines(name, np.asarray(array), full=full, precision=precision, channels_first=channels_first))


PICTURE = np.array([[[[1, -0.5], [2, 0.25], [3, 0]], [[4, 1.5], [5, 10.125], [6, -1]]]])
"""One sample of height 2, width 3 and 2 channels."""


def test_a_picture_is_printed_channel_by_channel():
    assert lines(PICTURE, "conv2d_1") == [
        "conv2d_1  (2, 3, 2) = (height, width, channels)",
        "channel 0",
        "  1 2 3",
        "  4 5 6",
        "channel 1",
        "  -0.500  0.250  0.000",
        "   1.500 10.125 -1.000",
    ]


def test_channels_first_are_the_same_channels():
    first = lines(np.moveaxis(PICTURE, -1, 1), "conv2d_1", channels_first=True)
    assert first[0] == "conv2d_1  (2, 2, 3) = (channels, height, width)"
    assert first[1:] == lines(PICTURE)[1:]


def test_a_vector_stands_on_lines_of_ten():
    assert lines([[*range(12)]], "flatten_1") == [
        "flatten_1  12",
        "   0  1  2  3  4  5  6  7  8  9",
        "  10 11",
    ]


def test_a_signal_and_a_volume():
    assert lines([[[1, 2], [3, 4]]]) == ["x  (2, 2) = (length, channels)", "channel 0", "  1 3", "channel 1", "  2 4"]
    volume = np.arange(8).reshape(1, 2, 2, 2, 1)
    assert lines(volume) == [
        "x  (2, 2, 2, 1) = (depth, height, width, channels)",
        *["channel 0", "depth 0", "  0 1", "  2 3", "depth 1", "  4 5", "  6 7"],
    ]


def test_samples_are_numbered_if_there_are_several():
    assert lines([[1], [2]]) == ["x  1", "sample 0", "  1", "sample 1", "  2"]


def test_the_head_is_eight_by_eight_of_two_channels_of_one_sample():
    shown = lines(np.arange(3 * 10 * 9 * 4).reshape(3, 10, 9, 4), full=False)
    assert shown[:4] == [
        "x  (10, 9, 4) = (height, width, channels)",
        "sample 0",
        "channel 0",
        "    0   4   8  12  16  20  24  28 ...",
    ]
    assert shown[-3:] == ["  ... 2 more rows", "... 2 more channels", "... 2 more samples"]
    assert sum(line.endswith(" ...") for line in shown) == 16
    assert lines([[*range(30)]], full=False)[-1] == "  ... 14 more values"
    assert lines(np.zeros((2, 9, 1, 3)), full=False)[-3:] == [
        "  ... 1 more row",
        "... 1 more channel",
        "... 1 more sample",
    ]


@pytest.mark.parametrize(
    ("values", "precision", "line"),
    [
        ([0.5, np.nan, np.inf, -np.inf], 2, "  0.50  nan  inf -inf"),
        ([1, 2, 3.0], 3, "  1 2 3"),
        ([-0.0, 0.5], 1, "  0.0 0.5"),
        ([-0.0, 1.0], 3, "  0 1"),
        ([np.nan, np.nan], 3, "  nan nan"),
        ([1e300, 0.5], 3, "  1.000e+300  5.000e-01"),
        ([123456789.5, 0.25], 2, "  123456789.50         0.25"),
        ([True, False], 3, "  1 0"),
        ([0.123456789], 8, "  0.12345679"),
    ],
)
def test_numbers(values, precision, line):
    assert lines([values], precision=precision)[1] == line


def test_bytes_and_integers():
    assert lines(np.array([[0, 255]], "uint8"))[1] == "    0 255"
    assert lines(np.array([[-(2**63), 5]], "int64"))[1] == "  -9.223e+18  5.000e+00"


def test_a_single_number():
    assert lines(np.array([3.5])) == ["x  ()", "  3.500"]


def test_a_name_cannot_control_the_terminal():
    assert lines([[1]], "\x1b[2J")[0] == "\\x1b[2J  1"
