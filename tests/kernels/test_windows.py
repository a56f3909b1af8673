"""Windows over an array as views and as taps, and padding."""

from __future__ import annotations

import numpy as np

from dataflow_cli.kernels.windows import padded, sliding, taps


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
