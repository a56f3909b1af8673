"""The way back: shares worked out by hand, and what must hold for every network."""

import numpy as np
import pytest

from dataflow_cli import explaining, network_from_text
from tests.explain.chapter import explained

CHAIN = """
dftrace: 1
name: chain
input: {shape: [2], example: [3, 1]}
layers:
  - {type: dense, name: a, units: 2, weights: {kernel: [[1, 0], [1, 2]], bias: [0, 2]}}
  - {type: dense, name: b, units: 1, weights: {kernel: [[1], [-1]], bias: 0}}
"""


def stages(text, layer, at, most=5):
    attribution = explaining.explained(network_from_text(text), layer, at, back=most)
    return {stage.step: {one.at: one.share for one in stage.reached} for stage in attribution.stages}


def test_shares_by_hand():
    """b = 4 - 4: half and half; a[0] = 3 + 1 (3/4, 1/4), a[1] = 2·1 + 2: the bias carries half of it."""
    found = stages(CHAIN, "b", (0,))
    assert found["b"] == {(0,): 1}
    assert found["a"] == {(0,): 0.5, (1,): 0.5}
    assert found["input"] == {(0,): pytest.approx(0.375), (1,): pytest.approx(0.125 + 0.25)}


def test_only_what_is_shown_is_followed():
    found = stages(CHAIN, "b", (0,), most=1)
    assert found["a"] == {(0,): 0.5}
    assert found["input"] == {(0,): pytest.approx(0.375)}


BRANCHES = """
dftrace: 1
name: branches
input: {shape: [2], example: [3, 1]}
layers:
  - {type: relu, name: left}
  - {type: linear, name: right, inputs: [input]}
  - {type: add, name: sum, inputs: [left, right]}
  - {type: maximum, name: largest, inputs: [sum, right]}
"""


def test_ways_that_meet_add_up():
    found = stages(BRANCHES, "largest", (0,))
    assert found["sum"] == {(0,): 1}
    assert found["left"] == {(0,): 0.5}
    assert found["right"] == {(0,): 0.5}
    assert found["input"] == {(0,): 1}


def test_a_value_that_was_cut_off_is_followed_through_its_sum():
    text = CHAIN.replace("bias: 0}", "bias: -9}, activation: relu")
    found = stages(text, "b", (0,))
    assert found["a"] == {(0,): pytest.approx(4 / 17), (1,): pytest.approx(4 / 17)}


def test_the_whole_cnn():
    """With all ways followed, what the bias does not carry reaches the layer before; no share is over 1."""
    attribution = explained("mnist-cnn", "dense_2", (7,), back=128)
    by_name = {stage.step: stage for stage in attribution.stages}
    bias = abs(attribution.account.explanation.offset) / attribution.account.explanation.magnitude
    assert by_name["dense_1"].share == pytest.approx(1 - bias)
    shares = [stage.share for stage in attribution.stages]
    assert all(0 < share <= 1 + 1e-9 for share in shares)
    assert [stage.step for stage in attribution.stages] == [
        "dense_2", "dense_1", "flatten_1", "max_pooling2d_1", "conv2d_2", "conv2d_1", "input"
    ]  # fmt: skip


def test_every_step_lists_the_largest_first():
    attribution = explained("mnist-cnn", "dense_2", (7,), back=4)
    for stage in attribution.stages:
        shares = [one.share for one in stage.reached]
        assert shares == sorted(shares, reverse=True)
        assert len(shares) <= 4


def test_what_is_reached_lies_in_the_receptive_field():
    attribution = explained("mnist-cnn", "conv2d_2", (12, 12, 9), back=100)
    (region,) = attribution.account.regions
    pixels = next(stage for stage in attribution.stages if stage.type == "input").reached
    places = np.array([one.at for one in pixels])
    for axis, (first, last) in enumerate(region.spans):
        assert places[:, axis].min() >= first
        assert places[:, axis].max() <= last
