"""Pooling against the maximum and the mean of every window, taken one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given

from dataflow_cli.kernels.pooling import average_pool, global_average, global_max
from dataflow_cli.kernels.windows import Slide
from tests.kernels.plainly import max_pool
from tests.kernels.windowed import assembled, by_position, cases

pools = cases(dilated=False)


def slide_of(case):
    return Slide(case.sizes, case.strides, case.dilations, case.pads)


def seen(case):
    """The axes of a window, and whether every window holds something that is not padding."""
    assume(all(max(pads) < size for pads, size in zip(case.pads, case.sizes, strict=True)))
    return tuple(range(1, len(case.sizes) + 1))


@given(pools)
def test_max_pool(case):
    axes = seen(case)
    expected = assembled({at: np.nanmax(window, axes) for at, window in by_position(case, np.nan).items()})
    np.testing.assert_array_equal(max_pool(case.x, sizes=case.sizes, strides=case.strides, pads=case.pads), expected)


@given(pools)
def test_average_pool_leaves_padding_out_of_the_mean(case):
    axes = seen(case)
    expected = assembled({at: np.nanmean(window, axes) for at, window in by_position(case, np.nan).items()})
    found = average_pool(case.x, slide_of(case))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@given(pools)
def test_global_pools(case):
    axes = tuple(range(1, len(case.sizes) + 1))
    np.testing.assert_array_equal(global_max(case.x), case.x.max(axes))
    np.testing.assert_allclose(global_average(case.x), case.x.mean(axes), rtol=1e-12, atol=1e-12)


def test_a_pool_that_does_nothing_copies_nothing_and_changes_nothing():
    x = np.arange(6.0).reshape(1, 3, 2)
    np.testing.assert_array_equal(max_pool(x, sizes=(1,), strides=(1,), pads=((0, 0),)), x)
    np.testing.assert_array_equal(average_pool(x, Slide((1,), (2,), (1,), ((0, 0),))), x[:, ::2])


def test_integers_have_a_maximum_too():
    x = np.array([[[-5], [-7]]], np.int8)
    found = max_pool(x, sizes=(2,), strides=(1,), pads=((1, 0),))
    assert found.dtype == np.int8
    assert found.ravel().tolist() == [-5, -5]


def test_nan_is_not_hidden():
    x = np.array([[[1.0], [np.nan], [3.0], [4.0]]])
    assert np.isnan(max_pool(x, sizes=(2,), strides=(2,), pads=((0, 0),))).ravel().tolist() == [True, False]


def test_the_mean_of_many_float32_is_exact():
    """Sums of sums: a million numbers near 1000 to the last digit but one."""
    x = (1000 + np.random.default_rng(0).random((1, 1000, 1000, 1))).astype(np.float32)
    np.testing.assert_allclose(global_average(x), x.astype(np.float64).mean((1, 2)), rtol=1e-6)
