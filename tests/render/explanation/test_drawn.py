"""Explanations as pictures: what the document says stands in them, nothing overlaps, the window is where it is."""

import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.api import network_from_text
from dataflow_cli.explain.parts import explain_traced
from dataflow_cli.explaining import explained
from dataflow_cli.render.diagram.frame import extent
from dataflow_cli.render.diagram.look import Look
from dataflow_cli.render.diagram.png import image_of
from dataflow_cli.render.diagram.scene import Box
from dataflow_cli.render.diagram.svg import svg_text
from dataflow_cli.render.explanation import write
from dataflow_cli.render.explanation.any import as_document
from dataflow_cli.render.explanation.document import Plane
from dataflow_cli.render.explanation.drawn.plane import plane_piece
from dataflow_cli.render.explanation.drawn.scene import scene_of
from dataflow_cli.render.explanation.options import Wanted
from dataflow_cli.render.formats import Style
from dataflow_cli.render.pictures.shapes import Text
from dataflow_cli.render.pictures.themes import THEMES
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights
from tests.explain.chapter import CONFIGS
from tests.layers.examples import BY_NUMBER
from tests.layers.per_kind import each_kind
from tests.run.test_types import ALONE, network_of

CASES = [
    ("conv2d-picture", (1, 1, 0), "conv2d_1", 0),
    ("conv1d-ramp", (0, 0), "same", 0),
    ("conv-layer", (0, 1, 1), "relu_1", 0),
    ("pooling", (0, 1, 0), "max_stride_1", 0),
    ("mlp-2-5-1", ":", "dense_1", 0),
    ("mnist-cnn", (12, 12, 9), "conv2d_2", 0),
    ("mnist-cnn", (4711,), "flatten_1", 0),
    ("mnist-cnn", (7,), "dense_2", 5),
    ("tiny-resnet", (3, 3, 1), "residual_1/add_1", 0),
]
"""Windows in one and two dimensions, a function of one number, pooling, vectors, terms, the way back, a sum."""
case = pytest.mark.parametrize(("config", "at", "layer", "back"), CASES, ids=[f"{one[0]}-{one[2]}" for one in CASES])


def document_of(config, layer, at, back=0):
    network = load_network(CONFIGS / f"{config}.yaml")
    return as_document(explained(network, layer, at, back=back), Wanted())


def texts(scene):
    return [shape for shape in scene.shapes if isinstance(shape, Text) and shape.text]


def suited(values, spec):
    """The values, or for an input of whole numbers those at the ends of its type."""
    if not spec.dtype.startswith(("int", "uint")):
        return values
    ends = np.iinfo(spec.dtype)
    return (ends.min, 0, 3, ends.max)


@each_kind([kind for kind in ALONE if kind not in BY_NUMBER])
@pytest.mark.parametrize(
    "values", [(-2.5, 0, 3), (np.nan, -np.inf, 1.7e308, -1.7e308, 5e-324)], ids=["usual", "extreme"]
)
def test_every_kind_is_drawn_in_numbers_that_can_be_drawn(kind, values):
    network = network_of(ALONE[kind])
    rng = np.random.default_rng(1)
    batch = {spec.name: rng.choice(suited(values, spec), (1, *spec.shape)) for spec in network.inputs}
    with np.errstate(all="ignore"):
        weights = load_weights(network, dtype="float64")
        trace = run(network, weights, [batch], keep=batch)
        (node,) = network.nodes
        account = explain_traced(network, weights, trace, node.name, [0] * len(node.output_shape))
        document = as_document(account, Wanted())
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        scene = scene_of(document, "light")
    assert document.parts[0].text in {shape.text for shape in texts(scene)}
    corners = np.array([extent(shape) for shape in scene.shapes])
    assert np.isfinite(corners).all()
    assert (corners[:, 2:] <= (scene.width + 2, scene.height + 2)).all()


@case
@pytest.mark.parametrize("theme", THEMES)
def test_no_text_covers_another_or_leaves_the_picture(config, at, layer, back, theme):
    scene = scene_of(document_of(config, layer, at, back), theme)
    places = [extent(shape) for shape in texts(scene)]
    for left, top, right, bottom in places:
        assert left >= 0
        assert top >= 0
        assert right <= scene.width
        assert bottom <= scene.height
    for one, other in itertools.combinations(places, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)


@case
def test_every_number_of_the_text_stands_in_the_picture(config, at, layer, back):
    document = document_of(config, layer, at, back)
    said = " ".join(shape.text for shape in texts(scene_of(document, "light")))
    numbers = set(re.findall(r"\d+\.?\d*", write(document, "text", Style())))
    assert numbers <= set(re.findall(r"\d+\.?\d*", said))


def test_bars_are_as_long_as_their_terms():
    document = document_of("mnist-cnn", "dense_1", (61,))
    bars = [shape for shape in scene_of(document, "light").shapes if isinstance(shape, Box) and shape.height == 12]
    (table,) = (part for part in document.parts if hasattr(part, "heads"))
    terms = [float(row[-1]) for row in table.rows if all(row)]
    assert [bar.width / bars[0].width for bar in bars] == pytest.approx([term / terms[0] for term in terms])


def test_planes_are_what_the_run_had_with_the_window_on_them():
    network = load_network(CONFIGS / "mnist-cnn.yaml")
    seven = CONFIGS / "digits" / "7.png"
    trace = network.trace(seven, keep=["input", "conv2d_2"])
    document = as_document(network.explain("max_pooling2d_1", (6, 6, 9), seven), Wanted())
    field, channel = document.planes
    assert np.allclose(field.values, trace.value("input")[0, :, :, 0])
    assert field.window == ((12, 17), (12, 17))
    assert np.array_equal(channel.values, trace.value("conv2d_2")[0, :, :, 9].astype(np.float64))
    assert channel.window == ((12, 13), (12, 13))
    assert "planes" not in write(document, "text", Style())


@pytest.mark.parametrize("window", [((-1, 1), (-2, 0)), ((2, 5), (3, 4))])
def test_a_window_in_the_padding_is_outlined_on_the_plane_alone(window):
    """Else its outline would lie on the title."""
    inside, beyond = (
        plane_piece(Plane("x", np.ones((4, 4)), part), Look())
        for part in (tuple((max(a, 0), min(b, 3)) for a, b in window), window)
    )
    assert beyond == inside


def test_it_is_a_file_that_others_read():
    scene = scene_of(document_of("conv2d-picture", "conv2d_1", (1, 1, 0)), "dark")
    root = ET.fromstring(svg_text(scene))  # noqa: S314  our own
    assert root.find("{http://www.w3.org/2000/svg}title").text == "conv2d_1[1, 1, 0] = -209"
    assert not any("style" in element.attrib or "class" in element.attrib for element in root.iter())
    image = image_of(scene)
    assert image.getpixel((0, 0)) == THEMES["dark"].background
    assert image.size == (2 * scene.width, 2 * scene.height)


def test_a_smallest_and_a_largest_of_one_number_each_are_told():
    text = "{dftrace: 1, input: [1], layers: [{type: dynamic_quantize_linear, name: q}], outputs: ['q:zero_point']}"
    assert "smallest" in str(network_from_text(text).explain("q:zero_point", [], x=[1.0]))
