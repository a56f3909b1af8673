"""Pixels are copied as whole squares."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from dataflow_cli.render.pictures import fonts
from dataflow_cli.render.pictures.png import image_of, png_bytes
from dataflow_cli.render.pictures.shapes import Block, Dot, Line, Rect, Sheet, Text


def drawn(*shapes, width=40, height=30):
    return np.asarray(image_of(Sheet(width, height, shapes)))


def test_every_value_is_a_block_of_equal_pixels():
    pixels = np.array([[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]], np.uint8)
    image = drawn(Block(5, 6, pixels, 3, 4))
    for row in range(2):
        for column in range(2):
            block = image[6 + 4 * row : 10 + 4 * row, 5 + 3 * column : 8 + 3 * column]
            assert (block == pixels[row, column]).all()
    assert (image[6:14, 4] == 255).all()
    assert (image[6:14, 11] == 255).all()


def test_a_rectangle_is_filled_to_its_edges_and_cut_at_the_sheet():
    image = drawn(Rect(-1, -1, 3, 3, (9, 9, 9)))
    assert (image[:2, :2] == 9).all()
    assert (image[2, :3] == 255).all()


def test_text_is_ink_around_its_place():
    image = drawn(Text(20, 15, "H", 12, (0, 0, 0), "middle"))
    ys, xs = np.nonzero(image[..., 0] < 128)
    assert abs(xs.mean() - 20) < 2
    assert abs(ys.mean() - 15) < 3


def test_text_ends_at_its_right_end():
    _, xs = np.nonzero(drawn(Text(35, 15, "HH", 12, (0, 0, 0), "right"))[..., 0] < 128)
    assert 30 <= xs.max() <= 35


def test_a_line_is_drawn_in_its_color_and_a_dot_is_round():
    image = drawn(Line(0, 0, ((5.0, 10.0), (30.0, 10.0)), (200, 0, 0)), Dot(20, 20, 3, (0, 0, 200)))
    assert tuple(image[10, 15]) == (200, 0, 0)
    assert tuple(image[20, 20]) == (0, 0, 200)
    assert tuple(image[14, 15]) == (255, 255, 255)


def test_the_bytes_are_a_png_of_that_size():
    with Image.open(BytesIO(png_bytes(Sheet(7, 5)))) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (7, 5), "RGB")


def test_without_freetype_the_small_font_is_used(monkeypatch):
    for cached in (fonts.is_scalable, fonts._built_in, fonts._from_system):
        cached.cache_clear()
    monkeypatch.setattr("PIL.features.check", lambda _: False)
    try:
        assert (drawn(Text(5, 15, "text", 12, (0, 0, 0))) < 128).any()
        assert (drawn(Text(5, 15, "K\xe4fer", 12, (0, 0, 0))) < 128).any()
    finally:
        for cached in (fonts.is_scalable, fonts._built_in, fonts._from_system):
            cached.cache_clear()


def test_letters_that_no_font_has_become_ascii(monkeypatch):
    monkeypatch.setattr(fonts, "_from_system", lambda _: None)
    assert fonts._face("K\xe4fer", 12)[0] == "Ka?fer"
    assert fonts.text_width("Katze", 12) > 0
