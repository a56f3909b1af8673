"""Reductions by long rows are NumPy's, and a byte holds what is counted in it."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.kernels.middle import reduced, squares, trues


@pytest.mark.parametrize("places", [0, 1, 2, 7, 340, 342, 576, 2047, 90_000])
def test_they_are_numpys(places):
    values = np.random.default_rng(places).normal(size=(2, places, 3)).astype(np.float32)
    np.testing.assert_array_equal(reduced(np.minimum, values, np.inf), values.min(axis=1, initial=np.inf))
    np.testing.assert_array_equal(reduced(np.maximum, values, -np.inf), values.max(axis=1, initial=-np.inf))
    for marks in (values > 0, np.ones(values.shape, bool)):
        np.testing.assert_array_equal(trues(marks), marks.sum(axis=1))
    wide = values.astype(np.float64)
    np.testing.assert_allclose(squares(wide), (wide**2).sum(axis=(0, 1)), rtol=1e-12)
