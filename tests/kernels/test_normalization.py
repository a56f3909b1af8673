"""Normalization against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.kernels.normalization import layer_normalize, normalizing_job, scale_and_shift, scaling, scaling_job


@given(st.floats(0, 1), st.booleans(), st.booleans())
def test_batch_normalize(epsilon, scale, center):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 3))
    mean, variance, gamma, beta = rng.uniform(0.5, 2, (4, 3))
    expected = (x - mean) / np.sqrt(variance + epsilon) * (gamma if scale else 1) + (beta if center else 0)
    factor, addend = scaling(
        mean=mean,
        variance=variance,
        gamma=gamma if scale else None,
        beta=beta if center else None,
        epsilon=epsilon,
    )
    np.testing.assert_allclose(scale_and_shift(x, factor, addend), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(scaling_job(x, factor, addend).done(), scale_and_shift(x, factor, addend))


def test_layer_normalize():
    rng = np.random.default_rng(0)
    x = rng.normal(3, 2, (4, 5, 6))
    found = layer_normalize(x, axes=[1, 2], gamma=None, beta=None, epsilon=0)
    np.testing.assert_allclose(found.mean((1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(found.var((1, 2)), 1, rtol=1e-12)
    shifted = layer_normalize(x, axes=[1, 2], gamma=np.full((5, 6), 2.0), beta=np.ones((5, 6)), epsilon=0)
    np.testing.assert_allclose(shifted, found * 2 + 1, rtol=1e-12, atol=1e-12)


def test_layer_normalize_by_axes_that_do_not_lie_together():
    rng = np.random.default_rng(1)
    x, gamma, beta = rng.normal(3, 2, (4, 5, 6, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    centred = x - x.mean((1, 3), keepdims=True)
    known = centred / np.sqrt(x.var((1, 3), keepdims=True) + 0.1) * gamma[:, None] + beta[:, None]
    found = layer_normalize(x, axes=[1, 3], gamma=gamma, beta=beta, epsilon=0.1)
    np.testing.assert_allclose(found, known, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_whose_squares_are_too_large_or_small(dtype):
    """Where one of a tile is, the others are what they are without it."""
    limits = np.finfo(dtype)
    rows = np.array([[1, 2, 4], [1, 2, 4], [1, 2, 4]], dtype)
    rows[0] *= limits.max / 5
    rows[2] *= limits.tiny
    with np.errstate(all="ignore"):
        found = normalizing_job(rows, None, None, epsilon=0).done()
    known = (np.array([1, 2, 4]) - 7 / 3) / np.std([1, 2, 4])
    np.testing.assert_allclose(found, [known] * 3, rtol=1e-5)
