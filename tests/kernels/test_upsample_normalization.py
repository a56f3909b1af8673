"""Up-sampling and normalization against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.kernels.normalization import layer_normalize, scale_and_shift, scaling, scaling_job
from dataflow_cli.kernels.upsample import bilinear, nearest
from dataflow_cli.kernels.windows import padded, sliding, taps

lengths = st.integers(1, 5)


def tent(line, factor):
    """A line interpolated between its elements' centres, element by element."""
    result = []
    for place in range(len(line) * factor):
        at = min(max((place + 0.5) / factor - 0.5, 0), len(line) - 1)
        low = math.floor(at)
        high = min(low + 1, len(line) - 1)
        result.append(line[low] * (1 - (at - low)) + line[high] * (at - low))
    return result


@given(lengths, lengths, st.integers(1, 4), st.integers(1, 4))
def test_nearest(height, width, rows, columns):
    x = np.random.default_rng(0).standard_normal((2, height, width, 3))
    found = nearest(x, (rows, columns))
    assert found.shape == (2, height * rows, width * columns, 3)
    for r in range(height * rows):
        for s in range(width * columns):
            np.testing.assert_array_equal(found[:, r, s], x[:, r // rows, s // columns])


@given(lengths, lengths, st.integers(1, 4), st.integers(1, 4))
def test_bilinear(height, width, rows, columns):
    x = np.random.default_rng(0).standard_normal((2, height, width, 3))
    down = np.apply_along_axis(tent, 1, x, rows)
    np.testing.assert_allclose(bilinear(x, (rows, columns)), np.apply_along_axis(tent, 2, down, columns), atol=1e-12)


@pytest.mark.parametrize("grow", [nearest, bilinear])
def test_growing_keeps_constants_and_dtype(grow):
    found = grow(np.full((1, 2, 3, 1), 7, np.float32), (3, 2))
    assert found.dtype == np.float32
    assert (found == 7).all()


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


def test_padding_nothing_copies_nothing():
    x = np.ones((1, 2, 1))
    assert padded(x, [(0, 0)]) is x
    np.testing.assert_array_equal(padded(x, [(1, 0)])[0, :, 0], [0, 1, 1])


def test_windows_as_views_and_as_taps_hold_the_same():
    x = np.random.default_rng(0).standard_normal((2, 7, 6, 3))
    fields = ((3, 2), (2, 1), (1, 3))
    view = sliding(x, *fields)
    assert not view.flags.writeable
    for tap, under in taps(x, *fields):
        np.testing.assert_array_equal(under, view[:, :, :, *tap])
