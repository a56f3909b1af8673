"""Parts merge into the whole: statistics, histograms and tensors, run apart, saved and loaded."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflow_cli import load_trace, network_from_text, save_trace
from dataflow_cli.errors import InputError
from dataflow_cli.kernels.statistics import histogram, moments
from dataflow_cli.trace.model import Statistics

NETWORK = network_from_text("""\
dftrace: 1
name: small
input: {shape: [2], example: [1, 2]}
weights: {init: he_normal, seed: 1}
classes: [a, b, c]
layers:
  - {type: dense, units: 4, activation: relu}
  - {type: dense, units: 3, activation: softmax}
""")
ANY = st.floats(width=32) | st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 3e38, 1e-45])
PARTS = st.lists(st.lists(ANY, max_size=6), min_size=1, max_size=5)
SAMPLES = st.lists(st.lists(st.floats(-8, 8, width=32), min_size=2, max_size=2), min_size=2, max_size=8)
EXACT = ("count", "finite", "nans", "infinities", "zeros", "minimum", "maximum", "histogram")


def of(values):
    array = np.array(values, "float32")
    return Statistics.of(moments(array), histogram(array))


def together(parts):
    return reduce(Statistics.merged, parts)


def assert_merged(found, whole):
    """Counts, extremes and histogram to the bit, mean and deviation to 1e-12 of the largest value."""
    assert {name: getattr(found, name) for name in EXACT} == {name: getattr(whole, name) for name in EXACT}
    size = max(abs(whole.low), abs(whole.high)) if whole.finite else 0
    assert abs(found.mean - whole.mean) <= 1e-12 * size
    assert found.m2 == pytest.approx(whole.m2, rel=1e-12, abs=1e-12 * size * size * max(whole.finite, 1))


@given(PARTS, st.randoms(use_true_random=False))
def test_statistics_of_parts_in_any_order_are_those_of_the_whole(parts, random):
    whole = of([value for part in parts for value in part])
    found = [of(part) for part in parts]
    random.shuffle(found)
    assert_merged(together(found), whole)


def test_a_histogram_needs_all_parts_that_have_values():
    with_one, without, empty = of([1, 2]), Statistics.of(moments(np.ones(2))), Statistics()
    assert with_one.merged(without).histogram is None
    assert with_one.merged(empty) == with_one == empty.merged(with_one)
    assert without.merged(empty) == without


@settings(max_examples=25)
@given(SAMPLES, st.data())
def test_traces_of_parts_are_the_trace_of_all(samples, data):
    cut = data.draw(st.integers(1, len(samples) - 1))
    labels = [number % 3 for number in range(len(samples))]
    whole = NETWORK.trace(samples, histogram=True, labels=labels)
    parts = [
        NETWORK.trace(samples[:cut], histogram=True, labels=labels[:cut]),
        NETWORK.trace(samples[cut:], histogram=True, labels=labels[cut:]),
    ]
    found = parts[0].merged(parts[1])
    assert (found.samples, found.right, len(found.sources)) == (whole.samples, whole.right, whole.samples)
    assert [step.name for step in found.steps] == [step.name for step in whole.steps]
    for one, two in zip(found.steps, whole.steps, strict=True):
        np.testing.assert_allclose(found.value(one.name), whole.value(two.name), rtol=1e-5, atol=1e-7)
        for part, values in ((one, found), (two, whole)):
            assert_merged(part.statistics, of(values.value(part.name)))
    assert found.explain("dense_2", [1], sample=cut).agrees


def test_saved_parts_merge(tmp_path):
    parts = [NETWORK.trace([[1, 2], [3, 4]]), NETWORK.trace([[5, 6]]), NETWORK.trace([[0, 0]])]
    for number, part in enumerate(parts):
        save_trace(part, tmp_path / f"{number}.npz")
    loaded = [load_trace(tmp_path / f"{number}.npz") for number in range(3)]
    found, expected = loaded[0].merged(*loaded[1:]), parts[0].merged(*parts[1:])
    assert found == replace(expected, values=found.values)
    assert found.value("input").tolist() == [[1, 2], [3, 4], [5, 6], [0, 0]]
    assert parts[0].merged() == parts[0]
    assert loaded[0].merged(loaded[1]).merged(loaded[2]).steps == expected.steps, "to the bit, saved or not"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": "other.npz"}, "its weights is 'other.npz', that of the first 'he_normal, seed 1'"),
        ({"dtype": "float64"}, "its dtype is 'float64'"),
        ({"steps": ()}, "its steps is []"),
        ({"values": {}}, "the tensor of 'dense_1' is not in all of them"),
        ({"labels": np.zeros(1, int)}, "some have labels, some have not"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    trace = NETWORK.trace()
    with pytest.raises(InputError) as caught:
        trace.merged(trace, replace(trace, **change))
    assert caught.value.message.startswith("trace 3 cannot be merged: ")
    assert message in caught.value.message
    assert caught.value.hint


def test_steps_that_differ_are_named():
    trace = NETWORK.trace()
    other = replace(trace, steps=(trace.steps[0], replace(trace.steps[1], macs=None), trace.steps[2]))
    with pytest.raises(InputError, match="its macs of step 'dense_1' is None, that of the first 8"):
        trace.merged(other)
