"""Signals with their numbers, and a kernel where it lies on one: each column of the rows is arithmetic that holds."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.api import network_from_text
from dataflow_cli.render.pictures.fonts import text_width
from dataflow_cli.render.pictures.plan import Wanted, picture
from dataflow_cli.render.pictures.shapes import Text
from dataflow_cli.render.pictures.sheet import sheet
from dataflow_cli.render.pictures.sliding import EVERY, MOST
from dataflow_cli.render.pictures.terminal import Screen, terminal_text
from dataflow_cli.render.pictures.themes import THEMES
from dataflow_cli.weights.learned_kernels import kernels_in


def made(signal, kernel, **fields):
    """The picture of a signal and its convolution."""
    more = "".join(f", {name}: {str(value).lower()}" for name, value in fields.items())
    taps = str([[[tap]] for tap in kernel])
    text = (
        f"dftrace: 1\ninput: [{len(signal)}, 1]\nlayers:\n"
        f"  - {{type: conv1d, name: c, filters: 1, kernel_size: {len(kernel)}, use_bias: false,"
        f" weights: {{kernel: {taps}}}{more}}}\n"
    )
    trace = network_from_text(text).trace(np.array(signal, np.float32)[:, None], keep=["input", "c"])
    return picture(trace, ["input", "c"], Wanted(), kernels=kernels_in(trace.origin, ["input", "c"]))


def rows_of(picture):
    (panel,) = picture.rows[0].panels
    return panel.numbers


integers = st.integers(-9, 9)


@given(
    signal=st.lists(integers, min_size=6, max_size=MOST),
    kernel=st.lists(integers, min_size=1, max_size=4),
    strides=st.integers(1, 3),
    flip_kernel=st.booleans(),
    padding=st.sampled_from(["valid", "same"]),
)
@settings(max_examples=40, deadline=None)
def test_products_in_a_box_add_up_to_the_number_under_its_middle(signal, kernel, strides, flip_kernel, padding):
    first, *boxes, last = rows_of(made(signal, kernel, strides=strides, flip_kernel=flip_kernel, padding=padding))
    assert first.texts == tuple(f"{value:.4g}" for value in signal)
    results = dict(zip(last.at, map(float, last.texts), strict=True))
    numbers = dict(zip(first.at, map(float, first.texts), strict=True))
    shown = 0
    for box in boxes:
        assert len(set(box.at)) == len(box.at)
        for start in range(0, len(box.at), len(kernel)):
            places, taps = box.at[start : start + len(kernel)], box.texts[start : start + len(kernel)]
            total = sum(numbers[place] * float(tap) for place, tap in zip(places, taps, strict=True))
            assert results[sum(places) / len(places)] == total
            shown += 1
    whole = [place for place in last.at if (len(kernel) - 1) / 2 <= place <= len(signal) - 1 - (len(kernel) - 1) / 2]
    assert shown == -(-len(whole) // EVERY)


@pytest.mark.parametrize("fields", [{"activation": "relu"}, {"dilation_rate": 2}])
def test_a_kernel_whose_sums_are_not_what_comes_out_is_not_shown(fields):
    assert [row.name for row in rows_of(made([1, -2, 3, -4, 5, 9, 8], [1, -1, 2], **fields))] == ["input", "c"]


def test_long_signals_are_curves_alone():
    assert rows_of(made([1] * (MOST + 1), [1])) == ()


@pytest.mark.parametrize("theme", THEMES)
def test_no_number_touches_another(theme):
    shown = made([-123456, 0.12345] * 12, [0.001, 1e-9, 123])
    texts = [shape for shape in sheet(shown, THEMES[theme]).shapes if isinstance(shape, Text)]
    assert sum(text.text == "-1.235e+05" for text in texts) == 12
    for line in {text.y for text in texts}:
        beside = sorted((text for text in texts if text.y == line and text.anchor == "middle"), key=lambda text: text.x)
        for one, other in itertools.pairwise(beside):
            room = text_width(one.text, one.size) / 2 + text_width(other.text, other.size) / 2
            assert other.x - one.x >= room


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
def test_a_terminal_has_them_where_they_fit(width):
    text = terminal_text(made(range(20), [-1, 0, 1]), Screen(width, "ascii"))
    assert max(map(len, text.splitlines())) <= width
    assert bool(re.search(r"kernel +-1 +0 +1 +-1", text)) == (width >= 80)
