"""Tensors in perspective: sizes to scale, nothing over anything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.drawing import DIRECTIONS
from dataflow_cli.render.diagram.frame import extent
from dataflow_cli.render.diagram.look import Look, Shades
from dataflow_cli.render.diagram.scene import Curve, Polygon
from dataflow_cli.render.diagram.tensors import joined
from dataflow_cli.render.diagram.volumes import volumes_scene
from dataflow_cli.render.pictures.shapes import Text
from tests.render.diagram.networks import OUTLINES, WAYS, network, shipped
from tests.render.diagram.test_layout import overlap, points_of


def volumes_of(scene):
    """The three faces of every tensor, in order: front, top, side. An arrow's head has three corners."""
    faces = [shape for shape in scene.shapes if isinstance(shape, Polygon) and shape.stroke and len(shape.points) == 4]
    return [faces[number : number + 3] for number in range(0, len(faces), 3)]


def length(one, other):
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def holds(polygon, point):
    """Whether a point lies well inside of a convex polygon."""
    signs = []
    for (x, y), (right, down) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        far = ((right - x) ** 2 + (down - y) ** 2) ** 0.5
        signs.append(((right - x) * (point[1] - y) - (down - y) * (point[0] - x)) / max(far, 1e-9))
    return min(signs) > 0.1 or max(signs) < -0.1


def assert_tidy(scene):
    volumes = volumes_of(scene)
    texts = [extent(shape) for shape in scene.shapes if isinstance(shape, Text)]
    faces = [face.points for volume in volumes for face in volume]
    whole = [
        [
            min(each[0] for each in ends),
            min(each[1] for each in ends),
            max(each[2] for each in ends),
            max(each[3] for each in ends),
        ]
        for ends in ([extent(face) for face in volume] for volume in volumes)
    ]
    for found in (texts, whole):
        assert not [1 for number, one in enumerate(found) for other in found[:number] if overlap(one, other)]
    assert not [1 for text in texts for volume in whole if overlap(text, volume)]
    for curve in [shape for shape in scene.shapes if isinstance(shape, Curve) and shape.pen == 1.4]:
        left, top, right, bottom = extent(curve)
        near = [face for face in faces if overlap(extent(Polygon(face, (0, 0, 0))), (left, top, right + 1, bottom + 1))]
        assert not [point for point in points_of(curve) if any(holds(face, point) for face in near)]
        assert not [
            point for point in points_of(curve) for t in texts if t[0] < point[0] < t[2] and t[1] < point[1] < t[3]
        ]


@pytest.mark.parametrize(("name", "direction"), [way for way in WAYS if way[1] in ("right", "down")])
def test_nothing_overlaps_and_no_edge_goes_through_a_tensor(name, direction):
    assert_tidy(volumes_scene(OUTLINES[name], Look(direction=direction, title="t")))


def test_height_width_and_channels_are_to_scale():
    """Section 8: (28,28,1) -> (26,26,32) -> (24,24,64) -> (12,12,64) -> 9216 -> 128 -> 10."""
    volumes = volumes_of(volumes_scene(OUTLINES["chain"], Look(direction="right")))
    assert len(volumes) == 7
    heights = [length(front.points[1], front.points[2]) for front, _, _ in volumes]
    channels = [length(front.points[0], front.points[1]) for front, _, _ in volumes]
    depths = [length(side.points[0], side.points[1]) for _, _, side in volumes]
    for found in (heights, depths):
        assert [found[number] / found[0] for number in range(4)] == pytest.approx([1, 26 / 28, 24 / 28, 12 / 28])
    assert [one / channels[2] for one in channels[1:4]] == pytest.approx([0.5, 1, 1])
    assert heights[4] > heights[5] > heights[6]


def test_the_window_is_drawn_to_scale_on_what_it_slides_over():
    """3 x 3 on 28 x 28 and on 26 x 26, 2 x 2 on 24 x 24; two lines lead from it to where an element of it is made."""
    scene = volumes_scene(OUTLINES["chain"], Look(direction="right"))
    sides = [side for _, _, side in volumes_of(scene)]
    windows = [shape.points[::3] for shape in scene.shapes if isinstance(shape, Curve) and shape.pen == 1.0]
    assert len(windows) == 3
    for window, size, length_of_side, side in zip(windows, (3, 3, 2), (28, 26, 24), sides, strict=False):
        assert length(window[1], window[2]) == pytest.approx(
            size / length_of_side * length(side.points[1], side.points[2])
        )
        assert length(window[0], window[1]) == pytest.approx(
            size / length_of_side * length(side.points[0], side.points[1])
        )
        assert all(holds(side.points, corner) for corner in window)
    assert len([shape for shape in scene.shapes if isinstance(shape, Curve) and shape.pen == 0.7]) == 2 * 3


def test_layers_that_change_elements_in_their_places_are_no_tensors_of_their_own():
    whole = shipped("resnet50")
    tensors, last = joined(whole)
    stem = tensors.by_name["conv1"]
    assert (stem.activation, stem.parameters) == ("batch_normalization, relu", 9472 + 256)
    assert last["conv1"] == "relu1"
    assert sum(part.parameters for part in tensors.parts) == 25_636_712
    assert tensors.by_name["conv2_block1/add"].inputs == ("conv2_block1/shortcut", "conv2_block1/branch/conv3")


def test_what_others_read_too_stays_a_tensor():
    layers = "[relu, {type: dense, units: 4}, tanh, {type: add, inputs: [dense_1, tanh_1]}]"
    text = f"dftrace: 1\ninput: [4]\nlayers: {layers}\n"
    assert list(joined(network(text))[0].by_name) == ["input", "relu_1", "dense_1", "tanh_1", "add_1"]


def test_a_tensor_has_the_color_of_what_comes_out_of_it():
    text = "dftrace: 1\ninput: [4]\nlayers: [{type: dense, units: 4}, relu, {type: dense, units: 1}]\n"
    values = {"input": 0.0, "dense_1": 5.0, "relu_1": 10.0, "dense_2": 0.0}
    shades = Shades("zeros", values, {name: f"{value:g}" for name, value in values.items()})
    scene = volumes_scene(network(text), Look(shades=shades))
    said = [shape.text for shape in scene.shapes if isinstance(shape, Text)]
    assert "zeros 10" in said
    assert "zeros 5" not in said
    front = [volume[0].fill for volume in volumes_of(scene)]
    assert front[0] == front[2] != front[1]


@settings(max_examples=20)
@given(
    shapes=st.lists(st.lists(st.integers(1, 3000), max_size=5).map(tuple), min_size=1, max_size=5),
    first=st.booleans(),
    direction=st.sampled_from(DIRECTIONS),
)
def test_tensors_of_any_shape_are_drawn(shapes, first, direction):
    from dataflow_cli.outline import Outline, Part

    parts = [
        Part(f"t{number}", "x", shape, (f"t{number - 1}",) if number else (), layers=min(number, 1), window=(3, 3))
        for number, shape in enumerate(shapes)
    ]
    assert_tidy(volumes_scene(Outline("any", tuple(parts), (), channels_first=first), Look(direction=direction)))
