"""Up-sampling against its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.kernels.upsample import bilinear, nearest

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
