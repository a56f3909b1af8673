"""Where panels, labels and legends stand, and how large a value is drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.errors import OutputError
from dataflow_cli.render.pictures import sheet as sheets
from dataflow_cli.render.pictures import tiles as tiles_module
from dataflow_cli.render.pictures.curves import ticks
from dataflow_cli.render.pictures.look import Look
from dataflow_cli.render.pictures.model import Bars, Curve, Group, Picture, Plot, Row, Strips, Tiles
from dataflow_cli.render.pictures.planes import shrunk
from dataflow_cli.render.pictures.png import image_of
from dataflow_cli.render.pictures.room import Room
from dataflow_cli.render.pictures.shapes import Block, Dot, Line, Rect, Text
from dataflow_cli.render.pictures.sheet import MARGIN, MAX_PIXELS, sheet
from dataflow_cli.render.pictures.sizing import place
from dataflow_cli.render.pictures.themes import THEMES

LIGHT = THEMES["light"]


def tiles(count, height, width, columns, captions=()):
    pixels = np.arange(count, dtype=np.uint8)[:, None, None, None] + np.zeros((count, height, width, 3), np.uint8)
    return Tiles(pixels, columns, captions)


def blocks(drawing):
    return [shape for shape in drawing.shapes if isinstance(shape, Block)]


def test_a_tile_stands_at_its_column_and_row():
    drawing = place(tiles(6, 2, 3, 3), Room(400, Fraction(4)), LIGHT)
    # tiles of 12 x 8 pixels, small ones 1 pixel apart
    assert [(block.x, block.y) for block in blocks(drawing)] == [(0, 0), (13, 0), (26, 0), (0, 9), (13, 9), (26, 9)]
    assert (drawing.width, drawing.height) == (38, 17)


def test_large_tiles_are_two_pixels_apart():
    drawing = place(tiles(2, 28, 28, 2), Room(400, Fraction(1)), LIGHT)
    assert blocks(drawing)[1].x == 30


@pytest.mark.parametrize(("columns", "size", "zoom"), [(8, 26, 2), (8, 24, 2), (8, 12, 4)])
def test_the_zoom_is_the_largest_whole_number_that_fits(columns, size, zoom):
    drawing = place(tiles(columns, size, size, columns), Room(432), LIGHT)
    assert blocks(drawing)[0].across == zoom
    assert drawing.width <= 432


def test_a_512_channel_layer_is_a_grid_of_32_by_16_and_never_smaller_than_a_pixel_a_value():
    drawing = place(tiles(512, 14, 14, 32), Room(432), LIGHT)
    assert (drawing.width, drawing.height) == (32 * 15 - 1, 16 * 15 - 1)
    assert len(blocks(drawing)) == 512


def test_a_fraction_averages():
    drawing = place(tiles(1, 4, 6, 1), Room(400, Fraction(1, 2)), LIGHT)
    assert blocks(drawing)[0].pixels.shape == (2, 3, 3)
    assert (drawing.width, drawing.height) == (3, 2)


def test_the_bars_of_a_bar_code_stand_side_by_side():
    strip = np.array([[1, 1, 1], [2, 2, 2], [3, 3, 3]], np.uint8)
    row = Row("code", (), (Strips((strip,)),))
    image = np.asarray(image_of(sheet(Picture("t", ("a",), (row,)), LIGHT, Fraction(5))))
    y, x = np.argwhere((image == 1).all(axis=-1))[0]
    assert image[y, x : x + 15, 0].tolist() == [1] * 5 + [2] * 5 + [3] * 5
    assert (image[y : y + 40, x] == 1).all()


def test_stacked_bar_codes_are_apart_by_group():
    strip = np.zeros((2, 3), np.uint8)
    panel = Strips((strip,) * 3, ("a", "b", "c"), (Group("one", 2), Group("two", 1)))
    ys = [block.y for block in blocks(place(panel, Room(400, Fraction(2)), LIGHT))]
    assert ys == [0, 16, 44]


def test_a_bar_is_as_long_as_its_value():
    panel = Bars(("a", "b", "c"), (1.0, 0.25, float("nan")), ("1", "0.25", "nan"), 0.0, 1.0, 0)
    rects = [shape for shape in place(panel, Room(300), LIGHT).shapes if isinstance(shape, Rect) and shape.height > 10]
    full, quarter, none = (rect.width for rect in rects[:3])
    assert abs(quarter - full / 4) <= 0.5
    assert none == 0
    assert (rects[0].color, rects[1].color) == (LIGHT.accent, LIGHT.rest)


def test_negative_bars_grow_to_the_left_of_zero():
    panel = Bars(("a", "b"), (-1.0, 3.0), ("-1", "3"), -1.0, 3.0, 1)
    minus, plus = [s for s in place(panel, Room(300), LIGHT).shapes if isinstance(s, Rect) and s.height == 12]
    assert minus.x + minus.width == plus.x
    assert abs(plus.width - 3 * minus.width) <= 2


def test_curves_go_through_their_points():
    plot = Plot((Curve("f", np.array([0.0, 1.0, 2.0]), np.array([0.0, 10.0, 5.0])),))
    drawing = place(plot, Room(600), LIGHT)
    (line,) = [shape for shape in drawing.shapes if isinstance(shape, Line)]
    (x0, y0), (x1, y1), (x2, y2) = line.points
    assert x1 - x0 == pytest.approx(x2 - x1)
    assert (y0 - y1) / (y0 - y2) == pytest.approx(2)
    assert len([shape for shape in drawing.shapes if isinstance(shape, Dot)]) == 3


def test_a_curve_is_interrupted_by_nan():
    plot = Plot((Curve("f", np.arange(5.0), np.array([0.0, 1.0, np.nan, 1.0, 0.0])),))
    lines = [shape for shape in place(plot, Room(600), LIGHT).shapes if isinstance(shape, Line)]
    assert [len(line.points) for line in lines] == [2, 2]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (-94, 251, [-100, 0, 100, 200, 300]), (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1])],
)
def test_ticks_are_round_numbers_that_hold_all_values(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


def test_labels_are_ink_left_of_the_panels():
    row = Row("conv2d_1", ("(26, 26, 32)",), (tiles(1, 10, 10, 1),))
    image = np.asarray(image_of(sheet(Picture("title", ("7.png",), (row,)), LIGHT)))
    block = next(s for s in sheet(Picture("title", ("7.png",), (row,)), LIGHT).shapes if isinstance(s, Block))
    label = image[block.y : block.y + 45, MARGIN : block.x - 8]
    assert (label < 100).any()
    assert (image[: block.y - 4, block.x :] < 100).any()  # the input's name above its column
    assert (image[:, :MARGIN] == 255).all()


def test_columns_stand_under_their_heads():
    row = Row("r", (), (tiles(1, 4, 4, 1), tiles(1, 4, 4, 1)))
    found = sheet(Picture("t", ("first", "second"), (row,)), LIGHT, Fraction(50))
    heads = [s.x for s in found.shapes if isinstance(s, Text) and s.text in ("first", "second")]
    assert heads == [s.x for s in found.shapes if isinstance(s, Block)]


def test_a_picture_that_is_too_large_is_refused_with_what_to_do():
    row = Row("r", (), (tiles(1, 100, 100, 1),))
    with pytest.raises(OutputError, match="64,000,000 are the most") as caught:
        sheet(Picture("t", ("a",), (row,)), LIGHT, Fraction(100))
    assert "--zoom 1/2" in caught.value.hint


def test_what_makes_a_picture_fit_that_is_too_large_does():
    picture = Picture("t", ("a",), (Row("r", (), (tiles(1, 30000, 9000, 1),)),))
    with pytest.raises(OutputError) as caught:
        sheet(picture, LIGHT, Fraction(1))
    over = re.search(r"--zoom 1/([0-9]+) ", caught.value.hint)[1]
    found = sheet(picture, LIGHT, Fraction(1, int(over)))
    assert found.width * found.height <= MAX_PIXELS
    with pytest.raises(OutputError, match="64,000,000 are the most"):
        sheet(picture, LIGHT, Fraction(1, int(over) - 1))


def test_a_deep_network_is_averaged_until_it_fits_and_the_labels_say_so(monkeypatch):
    """Five rows and a twentieth of the limit, for a hundred and the whole."""
    monkeypatch.setattr(sheets, "MAX_PIXELS", 3_200_000)
    row = Row("r", ("(112, 112, 64)",), (tiles(64, 112, 112, 8),))
    found = sheet(Picture("t", ("a",), (row,) * 5), LIGHT)
    assert found.width * found.height <= 3_200_000
    # 8 x 113 = 904 does not fit into 432, nor do 8 x 57 = 456, but 8 x 39 = 312 does
    assert "3 x 3 averaged" in [shape.text for shape in found.shapes if isinstance(shape, Text)]


def test_a_fraction_is_said_in_the_label():
    row = Row("r", (), (tiles(1, 4, 4, 1),))
    found = sheet(Picture("t", ("a",), (row,)), LIGHT, Fraction(1, 2))
    assert "2 x 2 averaged" in [shape.text for shape in found.shapes if isinstance(shape, Text)]


def test_a_theme_changes_paper_and_ink_but_no_value():
    row = Row("r", (), (tiles(1, 2, 2, 1),))
    for name, theme in THEMES.items():
        found = sheet(Picture("t", ("a",), (row,)), theme)
        image = np.asarray(image_of(found))
        block = next(s for s in found.shapes if isinstance(s, Block))
        assert tuple(image[0, 0]) == theme.background, name
        assert (image[block.y, block.x] == 0).all()


def test_half_the_length_is_seen_to_be_half():
    """The pooled 12 x 12 channels beside the 24 x 24 ones that they are from; a picture alone may be larger."""
    rows = [Row("r", (), (replace(tiles(64, size, size, 8), kin="grids"),)) for size in (24, 12)]
    large, small = (max(b.across for b in blocks(sheet(Picture("t", ("a",), (row,)), LIGHT))) for row in rows)
    assert large < small  # each for itself is as large as it can be
    assert {block.across for block in blocks(sheet(Picture("t", ("a",), tuple(rows)), LIGHT))} == {large}


def test_many_inputs_go_on_below_each_under_its_name():
    row = Row("r", (), (tiles(1, 4, 4, 1),) * 5)
    found = sheet(Picture("t", tuple("abcde"), (row,)), LIGHT, Fraction(50), columns=2)
    names = {shape.text: (shape.x, shape.y) for shape in found.shapes if isinstance(shape, Text)}
    assert names["a"][0] == names["c"][0] == names["e"][0] < names["b"][0] == names["d"][0]
    assert names["a"][1] == names["b"][1] < names["c"][1] == names["d"][1] < names["e"][1]
    assert min(block.x for block in blocks(found)) == names["a"][0]
    assert len([shape for shape in found.shapes if isinstance(shape, Text) and shape.text == "r"]) == 3


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 8))
def test_tensors_of_one_input_go_on_beside_and_none_overlap(heights, columns):
    rows = tuple(Row(str(index), (), (tiles(1, height, 10, 1),)) for index, height in enumerate(heights))
    found = sheet(Picture("t", ("a",), rows), LIGHT, Fraction(10), columns=columns)
    places = [(block.x, block.y, block.y + 10 * len(block.pixels)) for block in blocks(found)]
    assert len(places) == len(rows)
    assert len({x for x, _, _ in places}) <= columns
    for (x, _, bottom), (beside, top, _) in pairwise(places):
        assert (beside == x and top > bottom) or beside > x
    assert max(bottom for _, _, bottom in places) <= found.height


def test_a_deep_network_is_about_as_wide_as_high_and_no_tensor_is_drawn_that_is_thrown_away(monkeypatch):
    shrinks = []
    monkeypatch.setattr(tiles_module, "shrunk", lambda pixels, factor: shrinks.append(factor) or shrunk(pixels, factor))
    rows = (Row("r", (), (tiles(64, 28, 28, 8),)),) * 40
    found = sheet(Picture("t", ("a",), rows), LIGHT)
    assert found.height <= max(4100, found.width * 1.1)
    assert len(shrinks) == 40


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_tile_whose_edge_has_the_color_of_the_paper_has_a_frame(theme):
    paper = THEMES[theme].background
    for color, framed in ((paper, True), ((128, 128, 128), False)):
        panel = Tiles(np.full((4, 5, 5, 3), color, np.uint8), 2)
        assert any(isinstance(shape, Rect) for shape in place(panel, Room(100), THEMES[theme]).shapes) == framed


def test_channels_have_their_numbers_where_they_fit():
    for zoom, numbers in ((1, []), (6, ["0", "1", "2", "3"])):
        panel = replace(tiles(4, 6, 6, 2), numbers=("0", "1", "2", "3"))
        drawing = place(panel, Room(400, Fraction(zoom)), LIGHT)
        assert [shape.text for shape in drawing.shapes if isinstance(shape, Text)] == numbers


def test_letters_of_twice_the_size_take_twice_the_room():
    look = Look(font_size=24, title="", caption="none")
    row = Row("name", ("(1, 2)",), (tiles(1, 4, 4, 1),))
    picture = look.captioned(Picture("network", ("a",), (row,), ("what colors mean",)))
    sizes = {shape.text: shape.size for shape in sheet(picture, look.colors).shapes if isinstance(shape, Text)}
    assert sizes == {"a": 30, "name": 30, "(1, 2)": 24}
