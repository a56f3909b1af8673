"""The input as the picture it is."""

from __future__ import annotations

import numpy as np

from tests.render.pictures.pictures import grays, planned

NET = "dftrace: 1\nname: n\ninput: {{shape: {shape}{more}}}\nlayers: [{{type: linear, name: same}}]\n"


def photo(values, shape, more="", **wanted):
    return planned(NET.format(shape=shape, more=more), values, ["input"], **wanted).rows[0]


def test_a_gray_picture_is_shown_as_stored():
    values = np.array([[[[0], [128], [255]]]], np.uint8)
    assert grays(photo(values, "[1, 3, 1]").panels[0].pixels) == [[[0, 128, 255]]]


def test_inverted_dark_is_high():
    row = photo(np.array([[[[0], [100], [255]]]], np.uint8), "[1, 3, 1]", invert=True)
    assert grays(row.panels[0].pixels) == [[[255, 155, 0]]]
    assert grays(row.legend.pixels)[0] == 255
    assert row.lines == ("(1, 3, 1)", "inverted")


def test_scale_mean_and_std_are_undone():
    values = np.array([[[[0], [51], [255]]]], np.uint8)
    row = photo(values, "[1, 3, 1]", ", scale: 1/255, mean: 0.1307, std: 0.3081")
    assert grays(row.panels[0].pixels) == [[[0, 51, 255]]]
    assert row.legend.marks == ((0.0, "0"), (1.0, "255"))


def test_the_means_of_channels_are_undone_in_both_data_formats():
    more = ", scale: 1/255, mean: [0.1, 0.2, 0.3], std: [0.5, 0.6, 0.7]"
    values = np.array([[[[10, 20, 30]]]], np.uint8)
    assert photo(values, "[1, 1, 3]", more).panels[0].pixels[0, 0, 0].tolist() == [10, 20, 30]
    first = NET.format(shape="[3, 1, 1]", more=more).replace("name: n", "name: n\ndata_format: channels_first")
    made = planned(first, values.transpose(0, 3, 1, 2), ["input"])
    assert made.rows[0].panels[0].pixels[0, 0, 0].tolist() == [10, 20, 30]


def test_a_color_picture_stands_beside_its_channels():
    values = np.array([[[[200, 100, 0], [1, 2, 255]]]], np.uint8)
    (tiles,) = photo(values, "[1, 2, 3]").panels
    assert tiles.captions == ("picture", "red", "green", "blue")
    assert tiles.columns == 4
    assert tiles.pixels[0, 0].tolist() == [[200, 100, 0], [1, 2, 255]]
    assert grays(tiles.pixels[1:]) == [[[200, 1]], [[100, 2]], [[0, 255]]]


def test_values_from_0_to_1_are_black_to_white():
    row = photo(np.array([[[[0.0], [0.2], [1.0]]]]), "[1, 3, 1]")
    assert grays(row.panels[0].pixels) == [[[0, 51, 255]]]
    assert row.legend.marks[-1] == (1.0, "1")


def test_other_values_go_from_the_smallest_to_the_largest():
    row = photo(np.array([[[[-1.0], [0.0], [3.0]]]]), "[1, 3, 1]")
    assert grays(row.panels[0].pixels) == [[[0, 64, 255]]]  # 1 / 4 * 255 = 63.75
    assert row.legend.marks == ((0.0, "-1"), (1.0, "3"))


def test_all_inputs_share_the_range():
    values = np.array([[[[0.0], [1.0]]], [[[0.0], [200.0]]]])
    first, second = photo(values, "[1, 2, 1]").panels
    assert (grays(first.pixels), grays(second.pixels)) == ([[[0, 1]]], [[[0, 200]]])
