"""No two boxes or texts overlap, no edge goes through a box, and edges cross no more often than Graphviz lets them."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.drawing import DIRECTIONS
from dataflow_cli.errors import OutputError
from dataflow_cli.render.diagram.boxes import boxes_scene
from dataflow_cli.render.diagram.crossings import crossings, ordered
from dataflow_cli.render.diagram.frame import extent
from dataflow_cli.render.diagram.graph import Size, layered
from dataflow_cli.render.diagram.layout import Spacing, laid_out
from dataflow_cli.render.diagram.look import Look
from dataflow_cli.render.diagram.ranks import ranked
from dataflow_cli.render.diagram.scene import Box, Curve, flattened
from dataflow_cli.render.pictures.shapes import Text
from tests.render.diagram.networks import OUTLINES, WAYS, generated


@st.composite
def graphs(draw):
    """Layers that take from up to three before them, as far back as they like, with boxes of many widths."""
    count = draw(st.integers(1, 14))
    edges = {(draw(st.integers(0, end - 1)), end) for end in range(1, count) for _ in range(draw(st.integers(0, 3)))}
    return sorted(edges), draw(st.lists(st.integers(1, 40), min_size=count, max_size=count))


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def inside(box, point, slack=0.01):
    return box[0] + slack < point[0] < box[2] - slack and box[1] + slack < point[1] < box[3] - slack


def points_of(curve):
    """Points all along a curve, at most three pixels from each other."""
    for (x, y), (right, down) in pairwise(flattened(curve)):
        steps = max(int(max(abs(right - x), abs(down - y)) / 3), 1)
        yield from ((x + (right - x) * step / steps, y + (down - y) * step / steps) for step in range(steps + 1))


def assert_tidy(scene):
    """What a drawing owes: from its coordinates alone."""
    boxes = sorted(extent(shape) for shape in scene.shapes if isinstance(shape, Box))
    texts = sorted(extent(shape) for shape in scene.shapes if isinstance(shape, Text))
    for found in (boxes, texts):
        for number, one in enumerate(found):
            for other in found[number + 1 :]:
                if other[0] >= one[2]:
                    break
                assert not overlap(one, other)
    for text in texts:
        held = [box for box in boxes if overlap(text, box)]
        assert all(box[0] <= text[0] and box[1] <= text[1] and text[2] <= box[2] and text[3] <= box[3] for box in held)
    for shape in scene.shapes:
        left, top, right, bottom = extent(shape)
        assert left >= 0
        assert top >= 0
        assert right <= scene.width
        assert bottom <= scene.height
        if isinstance(shape, Curve):
            near = [box for box in boxes if overlap(box, (left - 1, top - 1, right + 1, bottom + 1))]
            assert not [point for point in points_of(shape) for box in near if inside(box, point)]


@pytest.mark.parametrize(("name", "direction"), WAYS)
def test_nothing_overlaps_and_no_edge_goes_through_a_box(name, direction):
    outline = OUTLINES[name]
    scene = boxes_scene(outline, Look(direction=direction, title=outline.name))
    assert sum(isinstance(shape, Box) for shape in scene.shapes) == len(outline.parts)
    assert sum(isinstance(shape, Curve) for shape in scene.shapes) == len(outline.edges)
    assert_tidy(scene)


@settings(max_examples=30)
@given(graph=graphs(), direction=st.sampled_from(DIRECTIONS), size=st.integers(6, 30))
def test_nor_in_any_other_network(graph, direction, size):
    assert_tidy(boxes_scene(generated(*graph), Look(direction=direction, font_size=size)))


def layers_of(outline):
    numbers = {part.name: number for number, part in enumerate(outline.parts)}
    edges = [(numbers[start], numbers[end]) for start, end in outline.edges]
    return layered(len(numbers), edges, ranked(len(numbers), edges)), edges


RECORDED = dict.fromkeys(OUTLINES, 0) | {"all from all before": 3, "cells": 10}
"""Crossings in Graphviz 2.43's drawings of these networks, as `dot -v` tells them."""


@pytest.mark.parametrize("name", OUTLINES)
def test_edges_cross_no_more_often_than_in_graphviz(name):
    graph, _ = layers_of(OUTLINES[name])
    assert crossings(graph, ordered(graph)) <= RECORDED[name]


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("name", OUTLINES)
def test_the_recorded_crossings_are_those_of_graphviz(name):
    _, edges = layers_of(OUTLINES[name])
    text = "digraph {" + "".join(f"n{start} -> n{end};" for start, end in edges) + "}"
    said = subprocess.run(["dot", "-v", "-Tplain"], input=text, capture_output=True, text=True, check=True).stderr
    found = re.findall(r"mincross \S+ (\d+) crossings", said)
    assert found
    assert sum(map(int, found)) == RECORDED[name]


@settings(max_examples=30)
@given(graph=graphs())
def test_crossings_are_counted_as_they_are_seen(graph):
    edges, widths = graph
    layers = layered(len(widths), edges, ranked(len(widths), edges))
    order = ordered(layers)
    place = {vertex: number for rank in order for number, vertex in enumerate(rank)}
    pieces = {(one, two) for path in layers.paths for one, two in pairwise(path)}
    seen = sum(
        place[a] < place[c] and place[b] > place[d]
        for a, b in pieces
        for c, d in pieces
        if layers.ranks[a] == layers.ranks[c]
    )
    assert crossings(layers, order) == seen
    assert all(layers.ranks[end] > layers.ranks[start] for start, end in edges)
    assert sorted(vertex for rank in order for vertex in rank) == list(range(len(layers.ranks)))


def test_a_long_edge_is_straight_on_its_way():
    """A shortcut past ten layers bends after its start and before its end, and nowhere else."""
    edges = [(number, number + 1) for number in range(11)] + [(0, 11)]
    laid = laid_out([Size(30, 80 + 10 * (number % 3)) for number in range(12)], edges, Spacing())
    passed = laid.routes[-1].points[2:-2]
    assert len(passed) == 20
    assert len({across for _, across in passed}) == 1
    assert len({across for _, across in laid.middles}) == 1


def test_what_goes_straight_on_is_straight_however_small_its_box_is():
    """The shortcut beside it makes room."""
    edges = [(0, 1), (1, 2), (2, 3), (1, 3)]
    laid = laid_out([Size(30, 8)] * 4, edges, Spacing())
    for route in laid.routes[:3]:
        assert len({round(across, 6) for _, across in route.points}) == 1
    ends = [
        {route.points[end][1] for route in laid.routes if (route.start, route.end)[end] == box}
        for end, box in ((0, 1), (-1, 3))
    ]
    assert [len(found) for found in ends] == [2, 2]


def test_thousands_of_layers_are_drawn_or_refused_in_words():
    chain = [(number, number + 1) for number in range(2999)]
    laid = laid_out([Size(30, 80)] * 3000, chain, Spacing())
    assert laid.middles[-1][0] > 3000 * 30
    far = chain + [(number, 2999) for number in range(0, 2900, 20)]
    with pytest.raises(OutputError, match="at most 100,000") as refused:
        laid_out([Size(30, 80)] * 3000, far, Spacing())
    assert "--depth 0" in refused.value.hint
