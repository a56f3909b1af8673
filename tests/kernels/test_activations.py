"""Activation functions against the formulas of textbooks, computed with Python's own mathematics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.kernels import activations
from dataflow_cli.kernels.erf import erfc
from tests.kernels.plainly import relu

numbers = st.floats(-30, 30)


def bell(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


FORMULAS = {
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "gelu": lambda x: x * bell(x),
    "gelu_by_tanh": lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "hard_sigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
    "tanh": math.tanh,
    "softplus": lambda x: math.log1p(math.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
}


@pytest.mark.parametrize("name", FORMULAS)
@given(st.lists(numbers, min_size=1, max_size=5))
def test_formula(name, values):
    found = getattr(activations, name)(np.array(values))
    np.testing.assert_allclose(found, [FORMULAS[name](value) for value in values], rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extremes_do_not_overflow_or_warn(name, dtype):
    largest = np.finfo(dtype).max / 8 if name != "gelu_by_tanh" else 1e6
    found = getattr(activations, name)(np.array([-largest, 0, largest], dtype))
    assert found.dtype == dtype
    assert np.isfinite(found).all()


@given(numbers, numbers)
def test_elu_and_leaky(x, slope):
    array = np.array([x])
    assert activations.elu(array, slope).item() == pytest.approx(x if x > 0 else slope * math.expm1(x), rel=1e-12)
    assert activations.leaky(array, slope).item() == (x if x > 0 else slope * x)


def test_gelu_of_float32_is_exact_to_its_rounding():
    x = np.concatenate([np.linspace(-12, 12, 40_001), [-3e38, 3e38, -1e-30]]).astype(np.float32)
    expected = np.array([float(value) * bell(float(value)) for value in x])
    assert (np.abs(activations.gelu(x) - expected) <= 1.2e-7 * np.abs(x)).all()


def test_relu():
    largest = np.finfo(np.float32).max
    found = relu(np.array([-largest, -1, 0, 1, largest], np.float32))
    assert (found.dtype, found.tolist()) == (np.float32, [0, 0, 0, 1, largest])


@given(numbers, st.floats(0, 2), st.floats(0, 5), st.one_of(st.none(), st.floats(6, 9)))
def test_rectify(x, slope, threshold, max_value):
    found = activations.rectify(np.array([x]), negative_slope=slope, threshold=threshold, max_value=max_value)
    above = x if max_value is None else min(x, max_value)
    assert found.item() == pytest.approx(above if x > threshold else slope * (x - threshold), abs=1e-12)


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=6))
def test_softmax_is_positive_and_sums_to_one(values):
    found = activations.softmax(np.array([values]), [1])
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    expected = [
        value - max(values) - math.log(math.fsum(math.exp(v - max(values)) for v in values)) for value in values
    ]
    np.testing.assert_allclose(activations.log_softmax(np.array([values]), [1])[0], expected, rtol=1e-12, atol=1e-12)


def test_relu_lets_nan_through():
    assert np.isnan(relu(np.array([np.nan]))).all()
    assert np.isnan(activations.rectify(np.array([np.nan]), negative_slope=0, threshold=0, max_value=6.0)).all()


# The error function


def test_erfc_is_that_of_the_c_library():
    x = np.concatenate([np.linspace(-9, 9, 20_001), np.geomspace(1e-300, 26, 2_000), [0.0, 1.0, -1.0, 8.0]])
    np.testing.assert_allclose(erfc(x), [math.erfc(value) for value in x], rtol=1e-13, atol=1e-300)


def test_erfc_of_float32_is_rounded_once():
    x = np.linspace(-6, 6, 30_001).astype(np.float32)
    np.testing.assert_array_equal(erfc(x), np.array([math.erfc(value) for value in x], np.float32))


def test_erfc_at_the_ends():
    ends = np.array([-np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(erfc(ends), [2, 0, np.nan])
    assert erfc(np.array([], np.float32)).dtype == np.float32
