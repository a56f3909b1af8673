"""What a classifier's output says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dataflow_cli.trace.model import Trace
from dataflow_cli.trace.prediction import classes_of, label, predictions

TRACE = Trace("net", "net.yaml", "w", ("a.png", "b.png"), 2, "float32", (), ("out",), score="probability")


def trace(rows, **changes):
    return replace(TRACE, values={"out": np.array(rows, "float32")}, **changes)


def test_the_best_come_first_and_ties_in_order():
    one, two = predictions(trace([[0.1, 0.7, 0.2], [0.4, 0.2, 0.4]], classes=("x", "y", "z")), top=2)
    assert [(c.index, c.label) for c in one.candidates] == [(1, "y"), (2, "z")]
    assert [(c.index, c.label) for c in two.candidates] == [(0, "x"), (2, "z")]
    assert (one.source, two.source, two.sample, one.best.label) == ("a.png", "b.png", 1, "y")


def test_one_sigmoid_is_two_classes():
    one, two = predictions(trace([[0.3], [0.5]]), top=5)
    assert [c.index for c in one.candidates] == [0, 1]
    np.testing.assert_allclose([c.score for c in one.candidates], [0.7, 0.3], rtol=1e-6)
    assert two.best.index == 0
    assert classes_of(trace([[0.3], [0.8]])).tolist() == [0, 1]


def test_one_logit_is_two_classes_with_the_threshold_at_zero():
    answers = trace([[-0.1], [0.2]], score="logit", classes=("no", "yes"))
    assert [one.best.label for one in predictions(answers, top=1)] == ["no", "yes"]
    assert classes_of(answers).tolist() == [0, 1]


def test_nan_leaves_no_answer():
    one, two = predictions(trace([[np.nan, np.nan], [0.1, 0.9]]), top=2)
    assert not one.is_sound
    assert two.is_sound


def test_without_a_score_there_is_no_prediction():
    assert predictions(trace([[0.3, 0.7], [0, 1]], score=""), top=3) == ()


def test_sources_are_named_only_if_there_is_one_a_sample():
    assert predictions(trace([[0.3, 0.7], [0, 1]], sources=("all.npy",)), top=1)[0].source == ""


def test_a_class_without_a_name_is_its_number():
    assert [label(("a",), index) for index in (0, 1)] == ["a", "1"]
