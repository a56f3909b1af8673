"""What rounding does to sums of products is no difference, whatever their signs and however many there are."""

import numpy as np
import pytest

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.distinct import independent
from dataflow_cli.layers import KINDS

UNITS, SAMPLES = 64, 48


def by_products(x, kernel):
    """One product after the other, as a loop in C does."""
    found = np.zeros((len(x), kernel.shape[1]), np.float32)
    for row, weights in zip(x.T, kernel, strict=True):
        found += row[:, None] * weights
    return found


def used(x, kernel, found):
    layer = KINDS["dense"](units=UNITS, use_bias=False)
    exact = {"kernel": kernel.astype(np.float64)}
    return budget(layer, [x.astype(np.float64)], exact, "float32").used(found.astype(np.float64), -1)


@pytest.mark.parametrize("blank", [False, True], ids=["samples", "one sample again and again"])
@pytest.mark.parametrize("least", [0.0, -0.3, -1.0])
@pytest.mark.parametrize("count", [9, 96, 384, 3000])
def test_rounding_is_no_difference(count, least, blank):
    """Weights of one sign, of mostly one, and of both: a plain loop, and blocks of a library."""
    rng = np.random.default_rng(count)
    x = rng.uniform(0, 1, (SAMPLES, count)).astype(np.float32)
    x = np.repeat(x[:1], SAMPLES, 0) if blank else x
    kernel = rng.uniform(least, 1, (count, UNITS)).astype(np.float32)
    for found in (by_products(x, kernel), x @ kernel):
        assert used(x, kernel, found) < 0.8


def test_a_large_product_in_front_is_no_difference():
    """All others are added at its height: sqrt(3) more than where they climb."""
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 1, (SAMPLES, 400)).astype(np.float32)
    kernel = rng.uniform(0, 1e-3, (400, UNITS)).astype(np.float32)
    x[:, 0], kernel[0] = 1, rng.uniform(1, 2, UNITS)
    assert used(x, kernel, by_products(x, kernel)) < 1


@pytest.mark.parametrize("count", [96, 3000])
def test_a_bias_of_a_ten_thousandth_is_one(count):
    """In one channel, of sums that have one sign: four times what rounding may do there, and more."""
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1, (SAMPLES, count)).astype(np.float32)
    kernel = rng.uniform(0, 1, (count, UNITS)).astype(np.float32)
    found = x @ kernel
    found[:, 5] += 1e-4 * found.max()
    assert used(x, kernel, found) > 4


def test_places_under_equal_windows_are_one_draw_of_chance():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(1, 10, 10, 3))
    assert independent(values, -1) == 100
    assert independent(np.moveaxis(values, -1, 1), 1) == 100
    values[:, :5] = values[0, 0, 0]
    assert independent(values, -1) == pytest.approx(100**2 / (50**2 + 50))
    assert independent(np.full((1, 4, 4, 3), np.nan), -1) == 1


def test_what_a_softmax_divides_by_errs_in_all_elements_alike():
    """Sums near 0, of 1000 classes: one rounding of the denominator, added up one by one, moves every probability."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(1, 8)).astype(np.float32)
    kernel = (1e-8 * rng.normal(size=(8, 1000))).astype(np.float32)
    layer = KINDS["dense"](units=1000, use_bias=False, activation=KINDS["softmax"]())
    powers = np.exp(x @ kernel)
    total = np.float32(0)
    for each in powers[0]:
        total += each * np.float32(1.0000001)
    found = powers / total
    exact = {"kernel": kernel.astype(np.float64)}
    assert budget(layer, [x.astype(np.float64)], exact, "float32").used(found.astype(np.float64), -1) < 1
