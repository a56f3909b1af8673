"""Pictures in a terminal: what fits, and what is said about it."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest

from dataflow_cli.render.pictures.model import Bars, Curve, Group, Legend, Picture, Plot, Row, Strips, Tiles
from dataflow_cli.render.pictures.terminal import Screen, terminal_text

ESCAPES = re.compile(r"\x1b\[[\d;]*m")


def shown(*panels, heads=None, screen=None, lines=(), legend=None):
    """The lines under the title."""
    heads = tuple(f"{index}.png" for index in range(len(panels))) if heads is None else heads
    picture = Picture("title", heads, (Row("row", lines, panels, legend),))
    return terminal_text(picture, screen or Screen()).splitlines()


def seen(line):
    """The line without colors."""
    return ESCAPES.sub("", line)


def gray(count, height, width, value=100):
    return np.full((count, height, width, 3), value, np.uint8)


def test_a_mosaic_of_2_by_2_channels_is_exactly_this():
    pixels = gray(4, 2, 1)
    pixels[3] = 7
    screen = Screen(mode="truecolor", zoom=Fraction(1))
    body = shown(Tiles(pixels, 2), screen=screen)[4:]
    first = "\x1b[38;2;100;100;100;48;2;100;100;100m▀\x1b[49m \x1b[48;2;100;100;100m▀\x1b[0m"
    second = "\x1b[38;2;100;100;100m▄\x1b[49m \x1b[38;2;7;7;7m▄\x1b[0m".replace("\x1b[49m ", " ")
    third = "\x1b[38;2;100;100;100m▀ \x1b[38;2;7;7;7m▀\x1b[0m"
    assert body == [first, second, third]


@pytest.mark.parametrize("mode", ["truecolor", "256", "ascii"])
@pytest.mark.parametrize("width", [20, 40, 80, 133])
@pytest.mark.parametrize(
    ("count", "size", "columns"), [(32, 26, 8), (64, 24, 8), (512, 14, 32), (1, 28, 1), (1, 512, 1)]
)
def test_no_line_is_wider_than_the_terminal(mode, width, count, size, columns):
    panels = (Tiles(gray(count, size, size), columns),) * 2
    lines = shown(*panels, screen=Screen(width, mode), lines=(f"({size}, {size}, {count})",))
    assert max(len(seen(line)) for line in lines) <= width


def test_tiles_are_averaged_by_a_whole_factor_that_is_said():
    lines = shown(Tiles(gray(64, 24, 24), 8), screen=Screen(80, "ascii"))
    assert lines[3].endswith("3 x 3 averaged")
    assert len(lines[4]) == 8 * 9 - 1


def test_what_is_left_out_is_said():
    lines = shown(Tiles(gray(512, 14, 14), 32), screen=Screen(40, "ascii"))
    assert "to a line" in lines[3] + lines[4]
    assert re.search(r"the first \d+ of 512", " ".join(lines[3:6]))


def test_inputs_that_do_not_fit_are_left_out_and_it_is_said():
    lines = shown(*[Tiles(gray(1, 2, 2), 1)] * 9, screen=Screen(80, "ascii"))
    assert lines[0] == "title: the first 3 of 9 inputs"
    assert lines[1].split() == ["0.png", "1.png", "2.png"]


def test_inputs_stand_side_by_side_under_their_names():
    lines = shown(Tiles(gray(1, 24, 24, 0), 1), Tiles(gray(1, 24, 24, 255), 1), screen=Screen(80, "ascii"))
    assert lines[1].index("1.png") == 41
    assert lines[4] == "@" * 24 + " " * 17 + "." * 24


def test_a_small_picture_alone_is_drawn_larger():
    lines = shown(Tiles(gray(1, 8, 8), 1), screen=Screen(80, "ascii"))
    assert len(lines[4]) == 24


def test_a_bar_code_goes_on_in_the_next_line():
    strip = np.zeros((50, 3), np.uint8)
    lines = shown(Strips((strip,)), screen=Screen(20, "ascii"))
    assert "goes on in 3 lines" in " ".join(lines[3:5])
    assert [len(line) for line in lines if set(line) == {"@"}] == [20, 20, 10]


def test_stacked_bar_codes_have_names_and_groups():
    strip = np.zeros((4, 3), np.uint8)
    panel = Strips((strip,) * 2, ("a.png", "b.png"), (Group("one", 1), Group("two", 1)))
    lines = shown(panel, heads=(), screen=Screen(80, "ascii"))
    assert lines[3:] == ["one", "a.png @@@@", "two", "b.png @@@@"]


def test_bars_have_names_numbers_and_a_length():
    panel = Bars(("cat", "mouse"), (0.25, 0.75), ("0.25", "0.75"), 0.0, 1.0, 1)
    lines = shown(panel, screen=Screen(80, "ascii"))
    assert lines[4:] == ["cat   0.25  " + "#" * 10, "mouse 0.75* " + "#" * 30]


def test_the_range_of_the_colors_is_said():
    legend = Legend(np.array([[0, 0, 0], [255, 255, 255]], np.uint8), ((0.0, "0"), (1.0, "255")))
    lines = shown(Tiles(gray(1, 24, 24, 255), 1), screen=Screen(80, "ascii"), lines=("(24, 24, 1)",), legend=legend)
    assert lines[3] == "row  (24, 24, 1); 0 to 255"
    assert lines[4] == "@" * 24  # light is high here


def test_curves_have_signs_and_the_ends_of_both_axes():
    plot = Plot((Curve("f", np.arange(20.0), np.arange(20.0) - 5), Curve("g", np.arange(20.0), np.zeros(20))))
    lines = shown(plot, screen=Screen(60, "ascii"))
    assert lines[4].strip() == "* f  o g"
    assert lines[5].split()[0] == "15"
    assert lines[5].endswith("*")
    assert lines[18].split()[0] == "-5"
    assert lines[-1].split() == ["0", "19"]


def test_a_plot_in_color_fits():
    plot = Plot((Curve("f", np.arange(5.0), np.array([1.0, np.nan, 3.0, 4.0, 5.0])),))
    assert max(len(seen(line)) for line in shown(plot, screen=Screen(40, "truecolor"))) <= 40


def test_small_tensors_are_their_numbers_where_these_fit():
    panel = Tiles(gray(2, 2, 2), 2, texts=np.array([[["1", "-2.5"], ["3", "4"]], [["0", "0"], ["0", "7"]]]))
    assert shown(panel, screen=Screen(40))[4:] == [
        "    1 -2.5       0    0",
        "    3    4       0    7",
    ]
    assert "1 -2.5" not in "\n".join(shown(panel, screen=Screen(8, "ascii")))
