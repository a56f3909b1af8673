"""What a classifier's output says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dataflow_cli.errors import InputError
from dataflow_cli.trace.model import Trace
from dataflow_cli.trace.prediction import NO_CLASS, classes_of, classified, count_right, label, predictions

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


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("others", [[0, 1, 2, 3], [np.inf, -np.inf, 0, 9]])
def test_nan_leaves_no_answer(place, others):
    """Wherever it stands, and however few classes are asked for: it is first, no class is named, and none is right."""
    rows = np.array([others, [0, 0, 0, 7]], float)
    rows[0, place] = np.nan
    answers = trace(rows, score="logit")
    one, two = predictions(answers, top=1)
    assert not one.is_sound
    assert np.isnan(one.best.score)
    assert (one.classes, two.classes) == ((), two.candidates)
    assert classes_of(answers).tolist() == [NO_CLASS, 3]
    assert [count_right(answers, np.array([label, 3]), "a.csv") for label in range(4)] == [1] * 4


def test_one_number_that_is_nan_is_no_answer():
    for score in ("probability", "logit"):
        assert classes_of(trace([[np.nan], [0.7]], score=score)).tolist() == [NO_CLASS, 1]


@given(hnp.arrays(st.sampled_from(["u1", "u8", "i1", "i8", "?", "f2", "f8"]), (2, 5)))
def test_the_largest_of_any_type_is_first(rows):
    """Unsigned numbers have no negative to be sorted by; of equals the first wins."""
    assume(not np.isnan(rows).any())
    answers = replace(TRACE, values={"out": rows}, score="logit")
    for one, row, best in zip(
        predictions(answers, top=5), rows.astype(float).tolist(), classes_of(answers), strict=True
    ):
        assert [c.index for c in one.candidates] == sorted(range(5), key=lambda place: -row[place])
        assert one.best.index == best == row.index(max(row))


def test_labels_make_a_classifier_of_what_has_a_number_a_class():
    assert count_right(trace([[1, 5, 2], [3, 0, 0]], score=""), np.array([1, 1]), "a.csv") == 1
    assert classified(trace([[1, 5], [3, 0]], score="")).score == "logit"
    for rows in ([[1], [2]], [[[1, 2]], [[3, 4]]]):
        with pytest.raises(InputError, match="no classifier"):
            classified(trace(rows, score=""))


def test_without_a_score_there_is_no_prediction():
    assert predictions(trace([[0.3, 0.7], [0, 1]], score=""), top=3) == ()


def test_sources_are_named_only_if_there_is_one_a_sample():
    assert predictions(trace([[0.3, 0.7], [0, 1]], sources=("all.npy",)), top=1)[0].source == ""


def test_a_class_without_a_name_is_its_number():
    assert [label(("a",), index) for index in (0, 1)] == ["a", "1"]
