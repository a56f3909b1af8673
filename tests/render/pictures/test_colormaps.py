"""Colors at known levels."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.render.pictures.colormaps import BAD, paint, table
from dataflow_cli.render.pictures.scale import scale_of


@pytest.mark.parametrize("how", ["zero", "minmax"])
def test_gray_is_the_level_itself(how):
    assert table("gray", how)[[0, 128, 255]].tolist() == [[0, 0, 0], [128, 128, 128], [255, 255, 255]]


def test_diverging_is_white_at_zero_red_above_and_blue_below():
    values = np.array([0.0, 1.0, -1.0])
    white, red, blue = paint(values, scale_of([values], "zero"), "diverging").tolist()
    assert white == [255, 255, 255]
    assert red == [178, 24, 43]
    assert blue == [33, 102, 172]


def test_viridis_gets_yellower_with_the_value_in_both_maps():
    values = np.array([-1.0, 1.0])
    for how in ("zero", "minmax"):
        low, high = paint(values, scale_of([values], how), "viridis").tolist()
        assert low == [68, 1, 84]
        assert high == [253, 231, 37]


@pytest.mark.parametrize("colormap", ["gray", "diverging", "viridis"])
def test_nan_and_infinities_are_magenta_and_nothing_else_is(colormap):
    values = np.array([np.nan, np.inf, -np.inf, 0.5, -0.5])
    pixels = paint(values, scale_of([values], "zero"), colormap)
    assert [tuple(pixel) == BAD for pixel in pixels.tolist()] == [True, True, True, False, False]
    assert BAD not in {tuple(color) for color in table(colormap, "zero").tolist()}
