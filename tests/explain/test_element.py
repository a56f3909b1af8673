"""How a Python program names an element: as two arguments or as one text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.errors import UnknownName
from dataflow_cli.explain.element import element_of


@given(st.lists(st.integers(-9, 99), max_size=4))
def test_one_text_means_the_same_as_two_arguments(index):
    text = f"conv2d_1:sum[{', '.join(map(str, index))}]"
    assert element_of(text, None) == element_of("conv2d_1:sum", index) == ("conv2d_1:sum", tuple(index))


@pytest.mark.parametrize(
    ("layer", "at", "said"),
    [
        ("dense_1[2]", (2,), "says already"),
        ("dense_1[2]", "7.png", "says already"),
        ("dense_1", "7.png", "is no index"),
        ("dense_1[:]", None, "no single element"),
        ("dense_1[", None, "names no element"),
    ],
)
def test_what_is_no_element_is_said(layer, at, said):
    with pytest.raises(UnknownName, match=said):
        element_of(layer, at)
