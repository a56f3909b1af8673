"""What rounding does to sums of products is no difference, whatever their signs and however many there are."""

import numpy as np
import pytest

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.captured import Captured
from dataflow_cli.diff.compare import compared
from dataflow_cli.diff.distinct import independent
from dataflow_cli.layers import KINDS
from dataflow_cli.network.build import network_from_text
from dataflow_cli.weights.model import Weights
from tests.diff.stacks import ran

UNITS, SAMPLES = 64, 48


def by_products(x, kernel):
    """One product after the other, as a loop in C does."""
    found = np.zeros((len(x), kernel.shape[1]), np.float32)
    for row, weights in zip(x.T, kernel, strict=True):
        found += row[:, None] * weights
    return found


def used(x, kernel, found):
    layer = KINDS["dense"](units=UNITS, use_bias=False)
    exact = {"kernel": kernel.astype(np.float64)}
    return budget(layer, [x.astype(np.float64)], exact, "float32").used(found.astype(np.float64), -1)


@pytest.mark.parametrize("blank", [False, True], ids=["samples", "one sample again and again"])
@pytest.mark.parametrize("least", [0.0, -0.3, -1.0])
@pytest.mark.parametrize("count", [9, 96, 384, 3000])
def test_rounding_is_no_difference(count, least, blank):
    """Weights of one sign, of mostly one, and of both: a plain loop, and blocks of a library."""
    rng = np.random.default_rng(count)
    x = rng.uniform(0, 1, (SAMPLES, count)).astype(np.float32)
    x = np.repeat(x[:1], SAMPLES, 0) if blank else x
    kernel = rng.uniform(least, 1, (count, UNITS)).astype(np.float32)
    for found in (by_products(x, kernel), x @ kernel):
        assert used(x, kernel, found) < 0.8


def test_a_large_product_in_front_is_no_difference():
    """All others are added at its height: sqrt(3) more than where they climb."""
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 1, (SAMPLES, 400)).astype(np.float32)
    kernel = rng.uniform(0, 1e-3, (400, UNITS)).astype(np.float32)
    x[:, 0], kernel[0] = 1, rng.uniform(1, 2, UNITS)
    assert used(x, kernel, by_products(x, kernel)) < 1


def test_two_large_products_that_cancel_each_other_are_no_difference():
    """Between them all others are added at their height, of which the sum shows nothing."""
    rng, count = np.random.default_rng(5), 1600
    x = rng.uniform(-1, 1, (SAMPLES, count)).astype(np.float32)
    kernel = rng.normal(size=(count, UNITS)).astype(np.float32)
    x[:, [0, -1]], kernel[0] = 1, rng.uniform(5000, 10000, UNITS)
    kernel[-1] = -kernel[0]
    layer = f"{{type: dense, name: sums, units: {UNITS}, use_bias: false}}"
    text = f"dftrace: 1\nname: one\ninput: [{count}]\nlayers: [{layer}]"
    run = ran(network_from_text(text.encode(), "one"), x, Weights({"sums": {"kernel": kernel}}))
    wrong = x @ kernel
    wrong[:, 3] += 0.05 * np.abs(wrong).max()
    for found, is_sound in ((by_products(x, kernel), True), (x @ kernel, True), (wrong, False)):
        theirs = {"input": x, "sums": found}
        pairs = compared(run, Captured("b", {name: each.shape for name, each in theirs.items()}, theirs.get)).pairs
        assert (pairs[-1].own < 0.8) == is_sound


@pytest.mark.parametrize("count", [96, 3000])
def test_a_bias_of_a_ten_thousandth_is_one(count):
    """In one channel, of sums that have one sign: four times what rounding may do there, and more."""
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1, (SAMPLES, count)).astype(np.float32)
    kernel = rng.uniform(0, 1, (count, UNITS)).astype(np.float32)
    found = x @ kernel
    found[:, 5] += 1e-4 * found.max()
    assert used(x, kernel, found) > 4


def test_places_under_equal_windows_are_one_draw_of_chance():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(1, 10, 10, 3))
    assert independent(values, -1) == 100
    assert independent(np.moveaxis(values, -1, 1), 1) == 100
    values[:, :5] = values[0, 0, 0]
    assert independent(values, -1) == pytest.approx(100**2 / (50**2 + 50))
    assert independent(np.full((1, 4, 4, 3), np.nan), -1) == 1


def test_what_a_softmax_divides_by_errs_in_all_elements_alike():
    """Sums near 0, of 1000 classes: one rounding of the denominator, added up one by one, moves every probability."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(1, 8)).astype(np.float32)
    kernel = (1e-8 * rng.normal(size=(8, 1000))).astype(np.float32)
    layer = KINDS["dense"](units=1000, use_bias=False, activation=KINDS["softmax"]())
    powers = np.exp(x @ kernel)
    total = np.float32(0)
    for each in powers[0]:
        total += each * np.float32(1.0000001)
    found = powers / total
    exact = {"kernel": kernel.astype(np.float64)}
    assert budget(layer, [x.astype(np.float64)], exact, "float32").used(found.astype(np.float64), -1) < 1


def test_a_bias_that_takes_the_sum_back_leaves_what_it_was_rounded_at():
    """One product in front is as large as the bias: all others are added at its height, and what is left is low."""
    rng = np.random.default_rng(5)
    x = rng.uniform(-1, 1, (SAMPLES, 240)).astype(np.float32)
    kernel = rng.uniform(-1e-5, 1e-5, (240, UNITS)).astype(np.float32)
    x[:, 0], kernel[0] = rng.uniform(1, 1.2, SAMPLES), rng.uniform(1, 2, UNITS)
    bias = -1.1 * kernel[0]
    layer, exact = KINDS["dense"](units=UNITS), {"kernel": kernel.astype(np.float64), "bias": bias.astype(np.float64)}
    allowed = budget(layer, [x.astype(np.float64)], exact, "float32")
    found = (by_products(x, kernel) + bias).astype(np.float64)
    assert allowed.used(found, -1) < 1
    found[:, 3] += 1e-4 * np.abs(found).max()
    assert allowed.used(found, -1) > 10


def test_a_bias_that_a_normalization_was_folded_into_is_rounded_as_its_terms_are():
    """Where hardly anything goes in, the bias comes out: beta - mean gamma / sigma, which nearly cancel in some."""
    rng = np.random.default_rng(6)
    x, kernel = (rng.normal(0, size, shape).astype(np.float32) for size, shape in ((1e-4, (2, 9)), (1, (9, UNITS))))
    mean, gamma, beta = rng.normal(size=(3, UNITS)).astype(np.float32)
    sigma = np.sqrt(rng.uniform(0.5, 1.5, UNITS).astype(np.float32))
    beta[::2] = ((mean * gamma / sigma)[::2] * rng.uniform(0.999, 1.001, UNITS // 2)).astype(np.float32)
    found = ((by_products(x, kernel) - mean) / sigma * gamma + beta).astype(np.float64)
    folded = {"kernel": (kernel * (gamma / sigma)).astype(np.float64), "bias": np.float64(beta - mean * gamma / sigma)}
    allowed = budget(KINDS["dense"](units=UNITS), [x.astype(np.float64)], folded, "float32")
    assert allowed.used(found, -1) < 1
    found[:, 0] += 1e-4 * np.abs(found).max()
    assert allowed.used(found, -1) > 10


def test_a_variance_as_a_difference_of_squares_errs_as_these_do():
    """Some engines take E[x²] - E[x]²: beside a mean of 13 deviations that has few digits left."""
    x = np.random.default_rng(7).normal(13, 1, (4, 15, 15, 8)).astype(np.float32)
    mean, square = x.mean((1, 2, 3), keepdims=True), np.square(x).mean((1, 2, 3), keepdims=True)
    found = (x - mean) / np.sqrt(square - np.square(mean) + np.float32(1e-3))
    layer = KINDS["layer_normalization"](axis=[1, 2, 3], center=False, scale=False)
    allowed = budget(layer, [x.astype(np.float64)], {}, "float32")
    assert allowed.used(found.astype(np.float64), -1) < 1
    assert allowed.used(found * 1.0002, -1) > 1


def by_steps(x, kernel, recurrent):
    """The last state of a recurrent layer without an activation."""
    state = np.zeros((len(x), recurrent.shape[1]), np.float32)
    for step in range(x.shape[1]):
        state = by_products(np.concatenate([x[:, step], state], -1), np.concatenate([kernel, recurrent]))
    return state


def by_one_head(x, query, key, value, output):
    """Attention of the samples (places, channels) to each other."""
    q, k, v = (by_products(x, each) for each in (query, key, value))
    powers = np.exp(by_products(q, k.T) / np.float32(np.sqrt(q.shape[1])))
    return by_products(by_products(powers / powers.sum(-1, keepdims=True), v), output)


LONG = 9000
SUMMING = {
    "simple_rnn": (
        by_steps,
        {"units": 32, "activation": KINDS["linear"](), "use_bias": False},
        (SAMPLES, 2, LONG),
        [(LONG, 32), (32, 32)],
    ),
    "multi_head_attention": (
        by_one_head,
        {"num_heads": 1, "key_dim": 8, "value_dim": LONG, "use_bias": False},
        (SAMPLES, 32),
        [(32, 8), (32, 8), (32, LONG), (LONG, 32)],
    ),
}


@pytest.mark.parametrize("kind", SUMMING)
def test_products_that_a_layer_sums_on_the_way_are_rounded_like_others(kind):
    """By loops in C: what rounding does grows with the root of their number."""
    loop, fields, shape, shapes = SUMMING[kind]
    rng = np.random.default_rng(6)
    x = rng.normal(size=shape).astype(np.float32)
    weights = [rng.normal(size=each, scale=each[0] ** -0.5).astype(np.float32) for each in shapes]
    found = loop(x, *weights).astype(np.float64)
    layer, one = KINDS[kind](**fields), x.ndim == 2
    names = layer.parameters([shape[not one :]]).items()
    exact = {
        name: each.reshape(like.shape).astype(np.float64) for (name, like), each in zip(names, weights, strict=True)
    }
    allowed = budget(layer, [x[None] if one else x], exact, "float32")
    found = found[None] if one else found
    assert allowed.used(found, -1) < 0.8
    found[..., 3] += 1e-3 * np.abs(found).max()
    assert allowed.used(found, -1) > 1


def moved(made, kind, **fields):
    """The budget of a layer whose input was not captured, and what of that is known is `made`."""
    return budget(KINDS[kind](**fields), [made.wanted], {}, "float32", [made.noise])


def test_what_only_hands_elements_on_may_err_as_what_made_them():
    """A recurrent layer, or a dense one, of which the tensor behind it was captured, with other axes."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(SAMPLES, 3, 8))
    weights = {"kernel": rng.normal(size=(8, 4)), "recurrent_kernel": rng.normal(size=(4, 4)), "bias": np.zeros(4)}
    state = budget(KINDS["simple_rnn"](units=4, return_sequences=True), [x], weights, "float32")
    at_most = (state.wanted + 0.99 * state.element).swapaxes(1, 2)
    assert moved(state, "permute", dims=(2, 1)).used(at_most, -1) == pytest.approx(0.99, abs=1e-6)
    sums = budget(KINDS["dense"](units=6), [x], {"kernel": rng.normal(size=(8, 6)), "bias": np.ones(6)}, "float32")
    off = sums.wanted.copy()
    off[..., 2] += 3 * sums.spread[..., 2]
    for one, way in ((moved(sums, "permute", dims=(2, 1)), lambda y: y.swapaxes(1, 2)), (moved(sums, "relu"), relu)):
        assert 1 < one.used(way(off), 1 if one.wanted.shape[1] == 6 else -1) < 3.1
        assert one.used(way(sums.wanted + 0.9 * sums.spread), -1) < 1


def relu(y):
    return np.maximum(y, 0)
