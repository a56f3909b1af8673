"""A drawing in its formats: SVG and PNG of one geometry, DOT, Mermaid and the line of text."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dataflow_cli.errors import OutputError
from dataflow_cli.outline import Outline, Part
from dataflow_cli.render.diagram import words
from dataflow_cli.render.diagram.boxes import boxes_scene
from dataflow_cli.render.diagram.dot import dot_text
from dataflow_cli.render.diagram.folding import folded
from dataflow_cli.render.diagram.line import line_text
from dataflow_cli.render.diagram.look import Look, Shades, contrast, readable, shade, shaded, tinted
from dataflow_cli.render.diagram.mermaid import mermaid_text
from dataflow_cli.render.diagram.png import image_of, png_bytes
from dataflow_cli.render.diagram.scene import Box, Scene
from dataflow_cli.render.diagram.svg import svg_text
from dataflow_cli.render.pictures.shapes import Text
from tests.render.diagram.networks import OUTLINES, network

SVG = "{http://www.w3.org/2000/svg}"
CHAIN = OUTLINES["chain"]


def named(name):
    return Outline(name, (Part("input", "input", (2,), layers=0), Part(name, name, (3,), ("input",))), (name,))


def test_the_line_is_the_one_of_the_chapter():
    """Section 8: (28,28,1) -> (26,26,32) -> (24,24,64) -> (12,12,64) -> 9216 -> 128 -> 10."""
    assert line_text(CHAIN) == (
        "(28,28,1) -> conv2d_1 (26,26,32) -> conv2d_2 (24,24,64) -> max_pooling2d_1 (12,12,64)"
        " -> flatten_1 9216 -> dense_1 128 -> dense_2 10\n"
    )


def test_branches_begin_with_what_they_take():
    assert line_text(OUTLINES["two inputs"]).splitlines() == [
        "image (32,32,3) -> conv2d_1 (30,30,8) -> max_pooling2d_1 (15,15,8) -> flatten_1 1800 -> seen 16",
        "meta 6 -> told 8",
        "[seen, told] -> both 24 -> answer 2",
        "told -> side 1",
    ]


@pytest.mark.parametrize("outline", OUTLINES.values(), ids=OUTLINES)
@pytest.mark.parametrize("width", [40, 80, 140])
def test_lines_wrap_before_an_arrow_and_say_the_same(outline, width):
    wrapped = line_text(outline, width)
    assert wrapped.replace("\n  -> ", " -> ") == line_text(outline)
    assert all(len(line) <= width or line.count(" -> ") <= 1 for line in wrapped.splitlines())
    for part in outline.parts:
        assert part.is_input or f"{part.name} " in wrapped


def test_blocks_are_drawn_as_one_each_at_any_depth():
    whole = OUTLINES["resnet50"]
    blocks, branches = folded(whole, 0), folded(whole, 1)
    assert len(blocks.parts) == 1 + 4 + 16 + 2
    assert len(branches.parts) > len(blocks.parts)
    assert folded(whole, 2).parts == whole.parts
    for one in (blocks, branches):
        assert sum(part.parameters for part in one.parts) == 25_636_712
        assert sum(part.layers for part in one.parts) == len(whole.parts) - 1
    first = blocks.by_name["conv2_block1"]
    assert (first.inputs, first.shape, first.layers) == (("pool1",), (56, 56, 256), 12)


def test_svg_and_png_are_of_one_geometry():
    scene = boxes_scene(CHAIN, Look(title="MNIST & more"))
    root = ET.fromstring(svg_text(scene))  # noqa: S314  our own text
    with Image.open(BytesIO(png_bytes(scene))) as image:
        assert image.size == (2 * scene.width, 2 * scene.height)
        assert (root.attrib["width"], root.attrib["height"]) == (str(scene.width), str(scene.height))
        for rect in root.findall(f"{SVG}rect")[1:]:
            x, y, width = (float(rect.attrib[key]) for key in ("x", "y", "width"))
            color = "#{:02x}{:02x}{:02x}".format(*image.getpixel((round(2 * x + width), round(2 * y + 6))))
            assert color == rect.attrib["fill"]
    assert [text.text for text in root.findall(f"{SVG}text")][:2] == ["MNIST & more", "input"]


def test_svg_needs_nothing_that_office_programs_do_not_know():
    text = svg_text(boxes_scene(OUTLINES["resnet50"], Look()))
    assert not re.search(r"<style|class=|marker|dominant-baseline|transform|var\(|rgba", text)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_transparent_drawing_has_no_background(theme):
    scene = boxes_scene(CHAIN, Look(theme=theme, transparent=True))
    image = image_of(scene)
    assert (image.mode, image.getpixel((0, 0))[3]) == ("RGBA", 0)
    assert image.getchannel("A").getextrema() == (0, 255)
    assert svg_text(scene).count("<rect") == len(CHAIN.parts)


def test_nan_is_seen_and_what_is_not_known_has_no_color():
    look, values = Look(), {"a": 1.0, "b": float("nan"), "c": 2.0}
    shades = Shades("max", values, {name: str(value) for name, value in values.items()})
    red, green, blue = shaded(look, shades, "b")
    assert red > green + 50 > 0
    assert red > blue + 50
    assert shaded(look, shades, "d") == look.colors.background
    assert len({shaded(look, shades, name) for name in "abcd"}) == 4
    assert shades.ends == (1.0, 2.0)


def test_text_on_nothing_has_edges_of_its_own_color():
    scene = Scene(60, 20, (Text(5, 10, "Text", 12, (255, 255, 255)),), None)
    colors = {color[:3] for _, color in image_of(scene).getcolors(1 << 16) if color[3]}
    assert colors == {(255, 255, 255)}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_plain_to_see_on_every_color(theme):
    look = Look(theme=theme)
    scales = [shade(look, value / 20, low, 1.0) for low in (0.0, -1.0) for value in range(-20 if low else 0, 21)]
    families = [tinted(look, part.family) for part in (*CHAIN.parts, *OUTLINES["resnet50"].parts)]
    for fill in (*scales, *families):
        assert contrast(readable(look, fill), fill) >= 4.5


def test_what_is_too_large_for_a_png_is_refused_in_words():
    with pytest.raises(OutputError, match="at most 64,000,000") as refused:
        png_bytes(Scene(10_000, 10_000, (Box(0, 0, 1, 1, (0, 0, 0), (0, 0, 0)),), None))
    assert ".svg" in refused.value.hint


@settings(max_examples=30)
@given(name=st.text(max_size=30))
def test_names_mean_nothing_in_any_language(name):
    outline, look = named(name), Look(title=name)
    svg = svg_text(boxes_scene(outline, look))
    shown = [text.text or "" for text in ET.fromstring(svg).findall(f"{SVG}text")]  # noqa: S314
    assert words.lines(outline.parts[1])[0].strip() in [line.strip() for line in shown]
    for text in (svg, dot_text(outline, look), mermaid_text(outline, look)):
        assert text.isascii()
    dot = dot_text(outline, look)
    assert re.fullmatch(r'(?:[^"]|"(?:[^"\\]|\\.)*")*', dot)
    assert len(re.sub(r'"(?:[^"\\]|\\.)*"', "", dot).splitlines()) == 8
    labels = re.findall(r'\["(.*)"\]$', mermaid_text(outline, look), re.MULTILINE)
    assert len(labels) == 2
    assert all(re.fullmatch(r"(?:[\w .,:()+=*/%|-]|#\d+;|<br>)*", label) for label in labels)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_shows_names_as_they_are():
    for name in ('a"b', "a\\nb", "\\N", "<b>&amp;", "é→"):
        done = subprocess.run(
            ["dot", "-Tsvg"], input=dot_text(named(name), Look()), capture_output=True, check=True, text=True
        )
        assert name in [text.text for text in ET.fromstring(done.stdout).iter(f"{SVG}text")]  # noqa: S314


def test_every_part_and_edge_is_in_dot_and_mermaid():
    outline = network("dftrace: 1\nname: x\ninput: [4]\nlayers: [relu, {type: add, inputs: [input, relu_1]}]\n")
    assert re.findall(r"(n\d) -> (n\d);", dot_text(outline, Look())) == [("n0", "n1"), ("n0", "n2"), ("n1", "n2")]
    assert re.findall(r"(n\d) --> (n\d)", mermaid_text(outline, Look())) == [("n0", "n1"), ("n0", "n2"), ("n1", "n2")]
    assert "flowchart LR" in mermaid_text(outline, Look(direction="right"))
    assert "rankdir=RL" in dot_text(outline, Look(direction="left"))


def test_the_font_size_is_that_of_the_names():
    scene = boxes_scene(CHAIN, Look(font_size=20, title="t"))
    sizes = {shape.text: shape.size for shape in scene.shapes if isinstance(shape, Text)}
    assert (sizes["conv2d_1"], sizes["(28, 28, 1)"], sizes["t"]) == (20, 18, 28)
