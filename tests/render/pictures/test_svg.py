"""SVG is XML with the coordinates of the sheet."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from dataflow_cli.render.pictures.model import Bars, Curve, Picture, Plot, Row
from dataflow_cli.render.pictures.shapes import Block, Dot, Line, Rect, Sheet, Text
from dataflow_cli.render.pictures.sheet import sheet
from dataflow_cli.render.pictures.svg import svg_text
from dataflow_cli.render.pictures.themes import THEMES

NAMES = {"svg": "http://www.w3.org/2000/svg"}


def parsed(found):
    return ET.fromstring(svg_text(found))  # noqa: S314  our own text


def test_every_shape_is_an_element_at_its_place():
    root = parsed(
        Sheet(
            50,
            40,
            (
                Rect(1, 2, 3, 4, (255, 0, 16)),
                Line(0, 1, ((1.0, 2.0), (3.5, 4.0)), (0, 0, 0)),
                Dot(5, 6, 2, (1, 2, 3)),
                Text(7, 8, "a < b & c", 12, (0, 0, 0), "right"),
            ),
        )
    )
    assert root.attrib["viewBox"] == "0 0 50 40"
    assert root.find("svg:rect[@x='1']", NAMES).attrib["fill"] == "#ff0010"
    assert root.find("svg:polyline", NAMES).attrib["points"] == "1.00,3.00 3.50,5.00"
    assert root.find("svg:circle", NAMES).attrib["cx"] == "5.00"
    text = root.find("svg:text", NAMES)
    assert (text.text, text.attrib["text-anchor"]) == ("a < b & c", "end")


def test_a_curve_has_the_points_of_its_values():
    curves = (Curve("f", np.arange(3.0), np.array([0.0, 10.0, 5.0])),)
    root = parsed(sheet(Picture("t", ("x",), (Row("f", (), (Plot(curves),)),)), THEMES["light"]))
    points = root.find("svg:polyline", NAMES).attrib["points"].split()
    (_, low), (_, high), (_, middle) = (map(float, point.split(",")) for point in points)
    assert low - high == pytest.approx(240, abs=0.02)  # the frame's height holds 0 to 10
    assert low - middle == pytest.approx(120, abs=0.02)
    assert len(root.findall("svg:circle", NAMES)) == 3


def test_bars_are_rectangles_and_their_names_are_escaped():
    bars = Bars(("<cat>", "dog"), (0.75, 0.25), ("0.75", "0.25"), 0.0, 1.0, 0)
    root = parsed(sheet(Picture("t", ("x",), (Row("r", (), (bars,)),)), THEMES["dark"]))
    assert "<cat>" in [text.text for text in root.findall("svg:text", NAMES)]


def test_pixels_are_a_png_inside_as_large_as_on_the_sheet():
    pixels = np.array([[[1, 2, 3], [200, 100, 50]]], np.uint8)
    found = parsed(Sheet(20, 30, (Block(4, 5, pixels, 3, 2),))).find("svg:image", NAMES)
    assert [found.attrib[name] for name in ("x", "y", "width", "height")] == ["4", "5", "6", "2"]
    assert found.attrib["image-rendering"] == "pixelated"
    kind, _, data = found.attrib["{http://www.w3.org/1999/xlink}href"].partition(",")
    assert kind == "data:image/png;base64"
    inside = np.asarray(Image.open(BytesIO(b64decode(data))))
    assert np.array_equal(inside, pixels.repeat(2, axis=0).repeat(3, axis=1))


def test_nothing_is_placed_by_what_only_browsers_know():
    """Office programs know neither styles nor `dominant-baseline`, nor percentages."""
    written = svg_text(Sheet(50, 40, (Text(7, 8, "x", 20, (0, 0, 0)), Rect(1, 2, 3, 4, (0, 0, 0)))))
    assert not re.search(r"style|dominant-baseline|%|class=", written)
    assert 'y="15"' in written  # the baseline of letters of 20 pixels around 8
