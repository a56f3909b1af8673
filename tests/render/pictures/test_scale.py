"""The levels of values, worked out by hand: 128 - 128 v / m, and 255 (v - low) / (high - low)."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.render.pictures.scale import Scale, levels, scale_of


def test_zero_is_128_the_largest_is_0_and_its_negative_is_255():
    values = np.array([0.0, 2.0, -2.0, 1.0, -1.0, 0.5])
    assert levels(values, scale_of([values], "zero")).tolist() == [128, 0, 255, 64, 192, 96]


def test_the_scale_is_symmetric_about_zero_though_the_values_are_not():
    values = np.array([-1.0, 4.0])
    assert levels(values, scale_of([values], "zero")).tolist() == [160, 0]


def test_minmax_shifts_to_0_divides_by_the_maximum_and_multiplies_by_255():
    values = np.array([-209.0, -566.0, 45.0])
    # (-209 + 566) / (45 + 566) * 255 = 357 / 611 * 255 = 148.99
    assert levels(values, scale_of([values], "minmax")).tolist() == [149, 0, 255]


def test_one_scale_holds_for_several_tensors():
    first, second = np.array([1.0]), np.array([[4.0]])
    scale = scale_of([first, second], "zero")
    assert levels(first, scale).tolist() == [96]
    assert levels(second, scale).tolist() == [[0]]


def test_each_channel_has_its_own_scale():
    planes = np.array([[[[1.0, 0.5]], [[10.0, -5.0]]], [[[0.0, -1.0]], [[0.0, 0.0]]]])
    found = levels(planes, scale_of([planes], "zero", by_channel=True))
    assert found.tolist() == [[[[0, 64]], [[0, 192]]], [[[128, 255]], [[128, 128]]]]


def test_nan_and_infinities_do_not_stretch_the_scale():
    values = np.array([np.nan, np.inf, -np.inf, 1.0, 0.0])
    scale = scale_of([values], "zero")
    assert (scale.low.item(), scale.high.item()) == (0.0, 1.0)
    assert levels(values, scale)[3:].tolist() == [0, 128]


@pytest.mark.parametrize("how", ["zero", "minmax"])
def test_a_tensor_without_a_finite_value_has_a_scale_that_says_so(how):
    values = np.full((1, 2, 1, 1), np.nan)
    assert scale_of([values], how).is_empty
    assert levels(values, scale_of([values], how, by_channel=True)).shape == values.shape


def test_a_channel_without_a_finite_value_leaves_the_others_alone():
    planes = np.array([[[[np.nan]], [[2.0]]]])
    for how, level in (("zero", 0), ("minmax", 0)):
        assert levels(planes, scale_of([planes], how, by_channel=True))[0, 1, 0, 0] == level


def test_all_zeros_are_middle_gray():
    assert levels(np.zeros(3), scale_of([np.zeros(3)], "zero")).tolist() == [128, 128, 128]


def test_a_constant_is_black_by_minmax():
    assert levels(np.full(2, 7.0), scale_of([np.full(2, 7.0)], "minmax")).tolist() == [0, 0]


def test_the_largest_floats_do_not_overflow():
    values = np.array([-1.7e308, 0.0, 1.7e308])
    with np.errstate(all="raise"):
        assert levels(values, scale_of([values], "zero")).tolist() == [255, 128, 0]
        assert levels(values, scale_of([values], "minmax")).tolist() == [0, 128, 255]


def test_values_beyond_the_scale_are_cut():
    scale = Scale("minmax", np.array(0.0), np.array(1.0))
    assert levels(np.array([-3.0, 5.0]), scale).tolist() == [0, 255]


def test_integers_are_values_too():
    assert levels(np.array([0, 3], np.int64), scale_of([np.array([0, 3])], "zero")).tolist() == [128, 0]
