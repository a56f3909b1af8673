"""The exact characters and escape sequences of a 2 x 2 picture."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.render.pictures.half_blocks import cell_lines, colored, nearest_256

PIXELS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)
ALL = np.ones((2, 2), bool)


def test_truecolor():
    assert cell_lines(PIXELS, ALL, "truecolor") == [
        "\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[38;2;0;255;0;48;2;255;255;255m▀\x1b[0m"
    ]


def test_256_colors():
    # red 16 + 36*5 = 196, blue 16 + 5 = 21, green 16 + 6*5 = 46, white 16 + 36*5 + 6*5 + 5 = 231
    assert cell_lines(PIXELS, ALL, "256") == ["\x1b[38;5;196;48;5;21m▀\x1b[38;5;46;48;5;231m▀\x1b[0m"]


def test_ascii_gets_denser_with_the_value():
    gray = np.repeat(np.array([[255, 128, 0], [255, 128, 0]], np.uint8)[..., None], 3, axis=-1)
    assert cell_lines(gray, np.ones((2, 3), bool), "ascii") == [".+@"]
    assert cell_lines(gray, np.ones((2, 3), bool), "ascii", (0.0, 255.0)) == ["@+."]


def test_a_color_is_written_only_where_it_changes():
    same = np.full((2, 3, 3), 7, np.uint8)
    assert cell_lines(same, np.ones((2, 3), bool), "truecolor") == ["\x1b[38;2;7;7;7;48;2;7;7;7m▀▀▀\x1b[0m"]


def test_an_odd_last_row_leaves_the_background():
    assert cell_lines(PIXELS[:1], ALL[:1], "truecolor") == ["\x1b[38;2;255;0;0m▀\x1b[38;2;0;255;0m▀\x1b[0m"]


def test_empty_pixels_leave_the_background():
    filled = np.array([[True, False, False], [True, True, False]])
    pixels = np.full((2, 3, 3), 9, np.uint8)
    assert cell_lines(pixels, filled, "truecolor") == ["\x1b[38;2;9;9;9;48;2;9;9;9m▀\x1b[49m▄ \x1b[0m"]


@pytest.mark.parametrize(
    ("color", "index"), [((0, 0, 0), 16), ((128, 128, 128), 244), ((8, 8, 8), 232), ((95, 135, 175), 67)]
)
def test_the_nearest_of_256(color, index):
    assert nearest_256(np.array([color], np.uint8)).tolist() == [index]


def test_colored_text():
    assert colored("x", (1, 2, 3), "truecolor") == "\x1b[38;2;1;2;3mx\x1b[0m"
    assert colored("x", (1, 2, 3), "ascii") == "x"
