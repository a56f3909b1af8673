"""Histograms and confusion matrices: what is counted, and what is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli.errors import InputError
from dataflow_cli.render.pictures.histogram import staircase
from dataflow_cli.render.pictures.matrix import matrix_lines
from dataflow_cli.render.pictures.model import Matrix
from dataflow_cli.render.pictures.shapes import Rect, Text
from dataflow_cli.render.pictures.sheet import sheet
from dataflow_cli.render.pictures.themes import THEMES, mixed
from tests.render.pictures.pictures import planned

VALUES = "dftrace: 1\nname: n\ninput: {shape: [4]}\nlayers: [{type: relu, name: relu_1}]\n"
CLASSES = "dftrace: 1\nname: n\ninput: {shape: [2]}\nlayers: [softmax]\nclasses: [left, right]\n"
LEFT, RIGHT = [1.0, 0.0], [0.0, 1.0]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-1e6, 1e6), max_size=40))
def test_every_value_is_counted_once_between_the_ends(values):
    x, y = staircase(np.array(values, np.float64))
    assert y[1:-1:2].sum() == len(values)
    assert (y[0], y[-1]) == (0, 0)
    assert (np.diff(x) >= 0).all()
    assert not values or (x[0] <= min(values) and x[-1] >= max(values))


def test_zeros_are_said_and_not_drawn():
    made = planned(VALUES, [[-1.0, -2.0, 0.0, 3.0], [-1.0, 1.0, 2.0, np.nan]], ["relu_1"], kind="histogram")
    (row,) = made.rows
    assert row.lines == ("4", "8 values of 2 inputs", "50.0 % are 0", "1 NaN or infinite")
    (curve,) = row.panels[0].curves
    assert (curve.x[0], curve.x[-1], curve.y[1:-1:2].sum()) == (1, 3, 3)
    shapes = list(sheet(made, THEMES["light"]).shapes)
    tint = mixed((255, 255, 255), THEMES["light"].curves[0], 0.4)
    heights = [shape.height for shape in shapes if isinstance(shape, Rect) and shape.color == tint]
    assert heights == [240, 240, 240]  # of three steps with one value each
    assert "value" in [shape.text for shape in shapes if isinstance(shape, Text)]


def test_rows_are_right_classes_and_columns_answers():
    made = planned(CLASSES, [LEFT, LEFT, RIGHT], labels=np.array([0, 1, 1]), kind="confusion")
    panel = made.rows[0].panels[0]
    assert panel.names == ("left", "right")
    assert panel.counts.tolist() == [[1, 0], [1, 1]]
    assert made.rows[0].lines == ("3 inputs", "66.7 % are right")
    assert matrix_lines(panel, 40) == ["       left right", "left      1     0", "right     1     1"]
    assert matrix_lines(panel, 12) == ["     1  right answered as left"[:12]]


def test_folders_that_are_called_as_classes_are_say_what_is_right():
    made = planned(CLASSES, [LEFT, RIGHT], sources=["right/a.png", "right/b.png"], kind="confusion")
    assert made.rows[0].panels[0].counts.tolist() == [[0, 0], [1, 1]]
    with pytest.raises(InputError, match="needs the right classes"):
        planned(CLASSES, [LEFT, RIGHT], sources=["up/a.png", "up/b.png"], kind="confusion")


def test_a_matrix_is_as_strong_as_its_share_of_the_row():
    panel = Matrix(("a", "b"), np.array([[3, 1], [0, 0]]))
    assert matrix_lines(panel, 80)[2] == "b 0 0"
