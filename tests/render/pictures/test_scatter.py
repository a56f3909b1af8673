"""Points of a plane over what a network answers there."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.api import load_network, network_from_text
from dataflow_cli.render.pictures.png import image_of
from dataflow_cli.render.pictures.scatter import scatter_picture
from dataflow_cli.render.pictures.sheet import sheet
from dataflow_cli.render.pictures.terminal import Screen, terminal_text
from dataflow_cli.render.pictures.themes import THEMES
from dataflow_cli.run.decision_regions import decision_regions
from tests.contract.inside import dftrace

HALVES = """
dftrace: 1
name: halves
input: {shape: [2], scale: 1/2}
classes: [below, above]
layers:
  - {type: dense, units: 2, activation: softmax, weights: {kernel: [[1, -1], [-1, 1]], bias: [0, 0]}}
"""
"""Answers `above` where the second value is larger than the first."""
POINTS = np.array([[0, 4], [4, 0], [-2, 1], [1, -2]], np.float32)


def made(points, labels=None):
    network = network_from_text(HALVES)
    trace = network.trace(points, keep=["input"])
    regions = decision_regions(*trace.origin, (-2.0, -2.0), (3.0, 3.0), dtype=trace.dtype, steps=16)
    return scatter_picture(trace, ["input"], labels, regions)


@given(
    low=st.tuples(st.floats(-9, 0), st.floats(-9, 0)),
    sides=st.tuples(st.floats(0.5, 9), st.floats(0.5, 9)),
    steps=st.integers(1, 40),
)
@settings(max_examples=25, deadline=None)
def test_every_cell_has_the_answer_in_its_middle(low, sides, steps):
    network = network_from_text(HALVES)
    high = (low[0] + sides[0], low[1] + sides[1])
    found = decision_regions(*network.trace([0.0, 1.0]).origin, low, high, dtype="float64", steps=steps).answers
    assert found.shape == (steps, steps)
    for row, column in np.ndindex(steps, steps):
        across = low[0] + sides[0] * (column + 0.5) / steps
        up = high[1] - sides[1] * (row + 0.5) / steps
        assert abs(up - across) < 1e-4 or found[row, column] == int(up > across)


def test_points_and_corners_are_the_values_that_were_given():
    (panel,) = made(POINTS).rows[0].panels
    assert panel.points.tolist() == POINTS.tolist()
    assert (panel.low, panel.high) == ((-4, -4), (6, 6))
    assert panel.names == ("below", "above")
    assert panel.classes.tolist() == [1, 0, 1, 0]


def test_labels_are_counted_beside_the_answers():
    assert "3 of 4 points lie where the network answers their class." in made(POINTS, np.array([1, 0, 1, 1])).notes


@pytest.mark.parametrize("theme", THEMES)
def test_the_picture_has_each_mark_on_its_region(theme):
    picture = made(POINTS)
    colors = THEMES[theme].curves
    pixels = np.asarray(image_of(sheet(picture, THEMES[theme])))
    places = [np.argwhere((pixels == color).all(axis=-1)) for color in colors[:2]]
    assert all(len(place) > 100 for place in places)
    (circle, square) = (place[place[:, 0] > 90] for place in places)  # below the names
    assert circle[:, 0].mean() > square[:, 0].mean()
    assert circle[:, 1].mean() > square[:, 1].mean()


@pytest.mark.parametrize("mode", ["ascii", "256", "truecolor"])
@pytest.mark.parametrize("width", [40, 60, 80, 140])
def test_it_fits_the_terminal(mode, width):
    text = terminal_text(made(POINTS), Screen(width, mode))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= width
    assert sum(plain.count(sign) for sign in ("o#" if mode == "ascii" else "●■")) >= 4


def test_a_network_that_answers_no_class_has_points_alone():
    text = "dftrace: 1\ninput: [2]\nlayers: [{type: dense, units: 1, weights: {kernel: [[1], [2]], bias: [0]}}]\n"
    trace = network_from_text(text).trace(POINTS, keep=["input"])
    assert decision_regions(*trace.origin, (0.0, 0.0), (1.0, 1.0), dtype=trace.dtype) is None
    (panel,) = scatter_picture(trace, ["input"]).rows[0].panels
    assert panel.regions is None
    assert "does not answer with a class" in scatter_picture(trace, ["input"]).notes[0]
    assert set(panel.classes.tolist()) == {-1}


def test_a_python_program_has_the_picture_of_the_command(tmp_path):
    configs = Path(__file__).parents[3] / "configs"
    data, labels = configs / "mlp-2-5-1-test.csv", configs / "mlp-2-5-1-labels.csv"
    trace = load_network(configs / "mlp-2-5-1.yaml").trace(str(data), labels=str(labels))
    trace.show(kind="scatter", path=tmp_path / "ours.svg")
    call = ["show", configs / "mlp-2-5-1.yaml", "--kind", "scatter", "-i", data, "--labels", labels]
    assert dftrace(*call, "-o", tmp_path / "theirs.svg").returncode == 0
    assert (tmp_path / "ours.svg").read_text() == (tmp_path / "theirs.svg").read_text()
