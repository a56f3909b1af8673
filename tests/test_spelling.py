"""Which known names a word may be a slip of, and which it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import suggestion
from dataflow_cli.layers import KINDS
from dataflow_cli.spelling import closest

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = st.text(LETTERS, min_size=5, max_size=12)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("dense_2", "dense_3"),
        ("dense_2/kernel", "dense_3/kernel"),
        ("features.0.bias", "features.1.bias"),
        ("float16", "float64"),
        ("conv4d", "conv3d"),
        ("relu6", "relu"),
        ("branch_a", "branch_b"),
        ("max", "min"),
        ("maximum", "minimum"),
        ("encoder", "decoder"),
        ("softmin", "softmax"),
        ("dot", "dropout"),
        ("group_normalization", "layer_normalization"),
        ("bias", "gamma"),
        ("a", "b"),
    ],
)
def test_another_name_is_no_slip(word, name):
    assert closest(word, [name]) == ()
    assert closest(name, [word]) == ()


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("conv2", "conv2d"),
        ("cnov2d", "conv2d"),
        ("kernal_size", "kernel_size"),
        ("kernel-size", "kernel_size"),
        ("KernelSize", "kernel_size"),
        ("filter", "filters"),
        ("residul", "residual"),
        ("linear", "bilinear"),
        ("dence", "dense"),
        ("batch_normalisation", "batch_normalization"),
    ],
)
def test_a_slip(word, name):
    assert closest(word, [name, "something_else"]) == (name,)


@given(WORDS, st.data())
def test_one_step_from_a_word_is_a_slip_of_it(word, data):
    place = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from(LETTERS))
    swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    for slip in (word[:place] + word[place + 1 :], word[:place] + letter + word[place:], swapped):
        assert closest(slip, [word]) == (word,)


@given(WORDS, st.integers(0, 99), st.integers(0, 99))
def test_another_number_is_another_name(word, one, two):
    assert closest(f"{word}_{one}", [f"{word}_{two}"]) == ((f"{word}_{two}",) if one == two else ())


def test_names_that_are_equally_near_are_all_named_unless_they_are_many():
    assert suggestion("bread", ["broad", "breed", "other"]) == "did you mean 'broad' or 'breed'?"
    assert suggestion("breax", ["break", "bream", "bread", "breas"]) == ""


def test_few_kinds_are_a_slip_of_another():
    """A new kind whose name is a slip of another's is told apart by a number, or by more than two letters."""
    near = {kind for kind in KINDS if closest(kind, [name for name in KINDS if name != kind])}
    alike = {"relu", "prelu", "elu", "celu", "selu", "gelu", "glu", "gru", "silu", "sin", "sign"}
    alike |= {"quantize_linear", "dequantize_linear", "gather", "gather_nd"}  # ONNX's names
    functions = {f"{arc}{of}{h}" for arc in ("", "arc") for of in ("sin", "cos", "tan") for h in ("", "h")}
    assert near == alike | functions  # those of mathematics
