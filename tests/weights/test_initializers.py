"""Initializers: the bounds and spreads that their papers give, the same numbers for the same seed and name."""

from __future__ import annotations

import math
from zlib import crc32

import numpy as np
import pytest

from dataflow_cli.layers.base import Parameter
from dataflow_cli.network.build import network_from_text
from dataflow_cli.weights.initializers import fans, initialize
from dataflow_cli.weights.load import load_weights

KERNEL = Parameter((3, 3, 64, 128))


def test_glorot_uniform():
    """Glorot and Bengio, 2010: even between ±sqrt(6 / (fan in + fan out))."""
    values = initialize("a/kernel", KERNEL, "glorot_uniform", 7, "float32")
    limit = math.sqrt(6 / (9 * 64 + 9 * 128))
    assert np.abs(values).max() <= np.float32(limit)
    assert np.abs(values).max() > 0.999 * limit
    assert values.mean() == pytest.approx(0, abs=limit / 100)
    assert values.std() == pytest.approx(limit / math.sqrt(3), rel=0.01)


def test_he_normal():
    """He et al., 2015, as Keras has it: a normal distribution cut at two deviations, of variance 2 / fan in."""
    values = initialize("a/kernel", KERNEL, "he_normal", 7, "float64")
    std = math.sqrt(2 / (9 * 64))
    assert values.std() == pytest.approx(std, rel=0.01)
    assert values.mean() == pytest.approx(0, abs=std / 100)
    assert np.abs(values).max() <= 2 * std / 0.87962566103423978
    assert np.abs(values).max() > 1.99 * std / 0.87962566103423978


@pytest.mark.parametrize("init", ["glorot_uniform", "he_normal"])
def test_constants_are_what_the_layer_says(init):
    assert initialize("a/gamma", Parameter((4,), fill=1), init, 7, "float32").tolist() == [1, 1, 1, 1]
    assert initialize("a/bias", Parameter((2,), fill=0), init, 7, "float32").tolist() == [0, 0]


def test_zeros():
    assert initialize("a/kernel", Parameter((2, 2)), "zeros", 7, "float32").tolist() == [[0, 0], [0, 0]]
    assert initialize("a/moving_variance", Parameter((2,), fill=1), "zeros", 7, "float32").tolist() == [1, 1]


def test_the_same_seed_and_name_give_the_same_numbers():
    one = initialize("a/kernel", KERNEL, "he_normal", 7, "float32")
    np.testing.assert_array_equal(one, initialize("a/kernel", KERNEL, "he_normal", 7, "float32"))
    assert not np.array_equal(one, initialize("a/kernel", KERNEL, "he_normal", 8, "float32"))
    assert not np.array_equal(one, initialize("b/kernel", KERNEL, "he_normal", 7, "float32"))


def test_the_numbers_come_from_the_seed_and_the_name_alone():
    generator = np.random.default_rng([7, crc32(b"dense_1/kernel")])
    limit = math.sqrt(6 / 4)
    values = initialize("dense_1/kernel", Parameter((2, 2)), "glorot_uniform", 7, "float64")
    np.testing.assert_array_equal(values, generator.uniform(-limit, limit, (2, 2)))


def test_another_layer_changes_no_other_parameters():
    head = "dftrace: 1\ninput: [3]\nweights: {init: he_normal, seed: 7}\nlayers: [{type: dense, name: a, units: 4}"
    one = load_weights(network_from_text(head + "]"))
    two = load_weights(network_from_text(head + ", {type: dense, units: 2}]"))
    np.testing.assert_array_equal(one.of("a")["kernel"], two.of("a")["kernel"])
    assert two.source == "he_normal, seed 7"


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((10,), (10, 10)), ((), (1, 1)), ((3, 4), (3, 4)), ((3, 3, 8, 16), (72, 144)), ((5, 2, 3), (10, 15))],
)
def test_fans(shape, expected):
    assert fans(shape) == expected


def test_weights_say_by_which_rule_they_were_made_if_any_were():
    head = "dftrace: 1\ninput: [1]\nweights: {init: he_normal, seed: 7}\nlayers: [{type: dense, name: a, units: 1"
    given = ", weights: {kernel: [[2]], bias: [0]}"
    assert load_weights(network_from_text(f"{head}}}]")).init == "he_normal"
    assert load_weights(network_from_text(f"{head}{given}}}]")).init == ""
    assert load_weights(network_from_text(f"{head}{given}}}, {{type: dense, units: 1}}]")).init == "he_normal"
    assert load_weights(network_from_text(f"{head}}}]"), init="zeros").init == "zeros"
