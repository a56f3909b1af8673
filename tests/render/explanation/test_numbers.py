"""Numbers in explanations."""

import math

import pytest

from dataflow_cli.render.explanation.numbers import Numbers

THREE, WHOLE = Numbers(3), Numbers(3, whole=True)


@pytest.mark.parametrize(
    ("numbers", "value", "text"),
    [
        (THREE, 0.35532, "0.355"),
        (THREE, 0.0, "0"),
        (THREE, -0.0, "0"),
        (THREE, 2.0, "2.000"),
        (THREE, 1.2345e-7, "1.23e-07"),
        (THREE, -12345678.9, "-1.23e+07"),
        (THREE, math.nan, "nan"),
        (THREE, -math.inf, "-inf"),
        (WHOLE, -209.0, "-209"),
        (WHOLE, 2.5, "2.500"),
        (Numbers(0), 0.7, "1"),
    ],
)
def test_one(numbers, value, text):
    assert numbers.one(value) == text


def test_a_matrix_has_decimals_only_if_it_needs_them():
    assert THREE.cells([1, -8, 3]) == ["1", "-8", "3"]
    assert THREE.cells([1, 0.5, 0]) == ["1.000", "0.500", "0"]
    assert THREE.cells([-0.0001, 1.5]) == ["0.000", "1.500"]


@pytest.mark.parametrize(
    ("expression", "values", "text"),
    [
        ("{} + {}", (2, -3), "2 - 3"),
        ("{} - {}", (2, -3), "2 - (-3)"),
        ("{} · {}", (-2, -3), "-2 · (-3)"),
        ("1 / (1 + exp(-{}))", (-3,), "1 / (1 + exp(-(-3)))"),
        ("max({}, 0)", (-3,), "max(-3, 0)"),
        ("{} · {} + {} · {}", (1, 2, -3, 4), "1 · 2 - 3 · 4"),
    ],
)
def test_signs(expression, values, text):
    assert WHOLE.filled(expression, values) == text


def test_the_sum_of_section_4():
    assert WHOLE.sum([264, 0, 0, 0, -560, 0, 0, 0, 87]) == "264 + 0 + 0 + 0 - 560 + 0 + 0 + 0 + 87"


def test_a_sum_rounds_what_is_tiny():
    assert THREE.sum([1.5, -1e-9]) == "1.500 + 0.000"
