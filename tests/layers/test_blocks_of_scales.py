"""Scales of so many places in a row each, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.layers import KINDS

X = np.array([[[4, 6], [8, 10], [1, 2]]], dtype=np.int8)


@pytest.mark.parametrize(
    ("size", "scale", "wanted"),
    [
        (1, [[0.5, 2], [1, 1], [4, 8]], [[2, 12], [8, 10], [4, 16]]),
        (2, [[0.5, 2], [4, 8]], [[2, 12], [4, 20], [4, 16]]),
        (2**62, [[0.5, 2]], [[2, 12], [4, 20], [0.5, 4]]),  # longer than the axis, and than memory
    ],
)
def test_a_block_has_one_scale(size, scale, wanted):
    layer = KINDS["dequantize_linear"](axis=1, block_size=size)
    scale = np.array(scale, dtype=np.float32)
    assert layer.parameters([X.shape[1:]])["scale"].shape == scale.shape
    found = layer([X], {"scale": scale, "zero_point": np.zeros(scale.shape, dtype=np.int8)})
    np.testing.assert_array_equal(found, [wanted])
