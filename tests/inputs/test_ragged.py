"""Samples of unequal length: filled up at their ends, and left out by masks."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.errors import InputError, NetworkError
from dataflow_cli.network.build import network_from_text

WORDS = """\
dftrace: 1
input: {shape: [SHAPE], dtype: int32, pad: 0}
weights: {init: glorot_uniform, seed: 1}
layers:
  - {type: embedding, input_dim: 9, output_dim: 2, mask_zero: true}
  - global_average_pooling1d
"""
STEPS = """\
dftrace: 1
input: {shape: [SHAPE, 2], pad: -1}
layers:
  - {type: masking, mask_value: -1}
  - global_average_pooling1d
"""
FILLED = [[3, 1, 2, 0], [4, 0, 0, 0], [5, 6, 0, 0]]


def words(size):
    return network_from_text(WORDS.replace("SHAPE", size))


def steps(size):
    return network_from_text(STEPS.replace("SHAPE", size))


@pytest.mark.parametrize("text", ["3,1,2\n4\n5,6\n", "# ids\n\n[3, 1, 2]\n[4]\n[5, 6]\n", "3;1;2\n4;;\n5;6;\n"])
@pytest.mark.parametrize(("size", "length"), [("4", 4), ("null", 3)])
def test_rows_are_filled_up_to_the_length_or_the_longest(tmp_path, text, size, length):
    (tmp_path / "x.csv").write_text(text)
    trace = words(size).trace(tmp_path / "x.csv", keep="all")
    np.testing.assert_array_equal(trace.value("input"), np.array(FILLED)[:, :length])


def test_what_is_filled_up_plays_no_part():
    """Alone, and beside a longer sample, a sample gives the same."""
    network = words("null")
    together = network.trace([[3, 1, 2], [4], [5, 6]])
    for number, ids in enumerate(([3, 1, 2], [4], [5, 6])):
        np.testing.assert_allclose(network.trace([ids]).output[0], together.output[number], rtol=1e-6)


def test_steps_of_several_numbers(tmp_path):
    (tmp_path / "x.jsonl").write_text("[[1, 2], [3, 4]]\n[[5, 6]]\n")
    (tmp_path / "x.csv").write_text("1,2,3,4\n5,6\n")
    for name in ("x.jsonl", "x.csv"):
        np.testing.assert_array_equal(steps("3").trace(tmp_path / name).output, [[2, 3], [5, 6]])


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("1,2\n1,2,3,4,5\n", "line 2 has 5 steps, and the input takes 4", "shape: [null]"),
        ("1,2\n1,x\n", "line 2, field 2: expected a number, found 'x'", "only numbers"),
        ("[1, 2]\n[[1], [2]]\n", "line 2 is (2, 1), and the input (4,)", "fewer steps"),
        ("[1, 2]\n[1\n", "line 2: a bracket is not closed", "lists of one length"),
        ("# nothing\n", "holds no numbers", "a sample a line"),
    ],
)
def test_a_file_that_does_not_fit(tmp_path, text, said, hint):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        words("4").trace(tmp_path / "x.csv")
    assert said in str(caught.value)
    assert hint in caught.value.hint


def test_pictures_are_not_filled_up():
    with pytest.raises(NetworkError, match="samples of 3 axes are no sequences"):
        network_from_text("dftrace: 1\ninput: {shape: [8, 8, 3], pad: 0}\nlayers: [flatten]")


def test_without_padding_the_hint_says_what_to_write(tmp_path):
    (tmp_path / "x.csv").write_text("1,2\n1\n")
    with pytest.raises(InputError) as caught:
        network_from_text("dftrace: 1\ninput: [2]\nlayers: [relu]").trace(tmp_path / "x.csv")
    assert "`pad: 0`" in caught.value.hint
