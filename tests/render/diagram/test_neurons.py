"""The network of section 2, 2-5-1: every weight a line, its sign by color, its size by width."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli import load_network, load_weights
from dataflow_cli.drawing import DIRECTIONS
from dataflow_cli.errors import OutputError
from dataflow_cli.render.diagram.frame import extent
from dataflow_cli.render.diagram.look import Look
from dataflow_cli.render.diagram.neurons import MOST, neurons_scene
from dataflow_cli.render.diagram.scene import Curve, Disc
from dataflow_cli.render.pictures.shapes import Text
from tests.render.diagram.networks import CONFIGS, OUTLINES, network, shipped
from tests.render.diagram.test_layout import overlap

WIDE = "dftrace: 1\ninput: [40]\nlayers: [{type: dense, units: 100}, relu, {type: dense, units: 3}]\n"


def kernels_of(name):
    loaded = load_network(CONFIGS / f"{name}.yaml")
    return {layer: arrays["kernel"] for layer, arrays in load_weights(loaded).arrays.items()}


def shapes_of(scene, kind):
    return [shape for shape in scene.shapes if isinstance(shape, kind)]


def test_every_weight_is_a_line_as_wide_as_it_is_large():
    kernels, look = kernels_of("mlp-2-5-1"), Look(direction="right")
    scene = neurons_scene(shipped("mlp-2-5-1"), kernels, look)
    discs, lines = shapes_of(scene, Disc), shapes_of(scene, Curve)
    columns = {}
    for disc in discs:
        columns.setdefault(disc.x, []).append(disc.y)
    (x0, inputs), (x1, hidden), (x2, outputs) = sorted((x, sorted(ys)) for x, ys in columns.items())
    assert [len(inputs), len(hidden), len(outputs)] == [2, 5, 1]
    found = {(curve.points[0], curve.points[-1]): curve for curve in lines}
    assert len(found) == 2 * 5 + 5
    largest = max(abs(kernel).max() for kernel in kernels.values())
    for kernel, (x, before), (right, after) in (
        (kernels["dense_1"], (x0, inputs), (x1, hidden)),
        (kernels["dense_2"], (x1, hidden), (x2, outputs)),
    ):
        for (row, column), weight in np.ndenumerate(kernel):
            curve = found[(x, before[row]), (right, after[column])]
            assert curve.color == look.colors.curves[0 if weight > 0 else 1]
            assert curve.pen == pytest.approx(0.4 + 3.6 * abs(weight) / largest)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_neurons_and_texts_do_not_overlap(direction):
    for outline in (shipped("mlp-2-5-1"), network(WIDE)):
        scene = neurons_scene(outline, {}, Look(direction=direction, title="t"))
        for kind in (Text, Disc):
            found = [extent(shape) for shape in shapes_of(scene, kind)]
            assert not [1 for number, one in enumerate(found) for other in found[:number] if overlap(one, other)]
        texts = [extent(shape) for shape in shapes_of(scene, Text)]
        assert not [1 for disc in shapes_of(scene, Disc) for text in texts if overlap(extent(disc), text)]


def test_of_many_neurons_the_first_and_the_last_are_drawn():
    scene = neurons_scene(network(WIDE), {}, Look())
    assert len([disc for disc in shapes_of(scene, Disc) if disc.radius > 5]) == 2 * (MOST - 2) + 3
    assert len(shapes_of(scene, Curve)) == (MOST - 2) ** 2 + (MOST - 2) * 3
    assert "100" in [text.text for text in shapes_of(scene, Text)]


def test_weights_that_are_no_numbers_or_zero_have_no_sign():
    kernels = {"dense_1": np.array([[np.nan, 0.0], [np.inf, 2.0]])}
    text = "dftrace: 1\ninput: [2]\nlayers: [{type: dense, units: 2}]\n"
    look = Look()
    curves = shapes_of(neurons_scene(network(text), kernels, look), Curve)
    assert sorted((curve.color == look.colors.line, curve.pen) for curve in curves) == [
        (False, 4.0),
        *[(True, 1.0)] * 3,
    ]


@pytest.mark.parametrize("name", ["chain", "two inputs", "resnet50 folded"])
def test_other_networks_are_refused_with_what_to_do(name):
    with pytest.raises(OutputError, match="dense layers one after the other") as refused:
        neurons_scene(OUTLINES[name], {}, Look())
    assert "--as boxes" in refused.value.hint
