"""Tallies: what NumPy says of all values at once, however they are divided."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dataflow_cli.kernels.octaves import counted, edges, percentile
from dataflow_cli.profile.tally import NOBODY, TOP
from dataflow_cli.profile.tallying import Tallying, tally

SOUND = st.floats(-(2.0**99), 2.0**99, width=32)


def near(one, other):
    return np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9 * max(np.abs(other).max(initial=0), 1e-30))


@given(arrays(np.float32, st.tuples(st.integers(1, 9), st.just(3), st.just(2), st.just(4)), elements=SOUND), st.data())
def test_a_tally_says_what_numpy_says_of_each_channel(values, data):
    cut = data.draw(st.integers(0, len(values)))
    numbers = np.arange(len(values)) + 7
    parts = [tally(values[some], numbers[some], axis=2) for some in (slice(cut), slice(cut, None)) if len(values[some])]
    found = parts[0] if len(parts) == 1 else parts[0].merged(parts[1])
    wide = values.astype(np.float64)
    near(found.mean, wide.mean(axis=(0, 1, 2)))
    near(found.m2, wide.var(axis=(0, 1, 2)) * (len(values) * 6))
    assert found.zeros.tolist() == (values == 0).sum(axis=(0, 1, 2)).tolist()
    assert found.low.tolist() == wide.min(axis=(0, 1, 2)).tolist()
    most = wide.max(axis=(1, 2))
    assert found.high_at.tolist() == (most.argmax(axis=0) + 7).tolist()
    for channel in range(4):
        order = sorted(range(len(values)), key=lambda n: (-most[n, channel], n))[:TOP]
        assert found.top_at[channel].tolist() == [n + 7 for n in order] + [NOBODY] * (TOP - len(order))
    assert int(found.counts.sum()) == values.size


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.9])
@pytest.mark.parametrize("tile", [8, 100, 1 << 17])
def test_tiles_and_zeros_however_many_change_nothing(share, tile, monkeypatch):
    """Tiles of some places of a sample and of several samples; zeros of both signs; the sums made of few values."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(7, 6, 5, 4)).astype(np.float32) * (rng.random((7, 6, 5, 4)) < share)
    monkeypatch.setattr("dataflow_cli.profile.tallying._TILE", tile)
    classes = np.arange(7) % 2
    tallying, wide = Tallying(values.shape, values.dtype, axis=2), values.astype(np.float64)
    for some in (slice(3), slice(3, 6), slice(6, 7)):
        tallying.look(values[some])
    found = tallying.tally(np.arange(7), labels=classes, classes=2)
    near(found.mean, wide.mean(axis=(0, 1, 2)))
    near(found.m2, wide.var(axis=(0, 1, 2)) * 7 * 30)
    near(found.class_sums, [wide[classes == each].mean(axis=(1, 2)).sum(axis=0) for each in (0, 1)])
    assert found.zeros.tolist() == (values == 0).sum(axis=(0, 1, 2)).tolist()
    assert found.low.tolist() == wide.min(axis=(0, 1, 2)).tolist()
    assert found.top[:, 0].tolist() == wide.max(axis=(0, 1, 2)).tolist()
    assert found.counts.tolist() == counted(values.reshape(-1), values.reshape(-1) != 0).tolist()


def test_a_mean_far_from_zero_costs_no_digits():
    values = (1e4 + np.random.default_rng(1).normal(size=(6, 50, 2))).astype(np.float32)
    tallying = Tallying(values.shape, values.dtype, axis=1)
    for some in (slice(4), slice(4, 6)):
        tallying.look(values[some])
    near(tallying.tally(np.arange(6)).m2, values.astype(np.float64).var(axis=(0, 1)) * 300)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_not_finite_is_counted_and_left_out(dtype):
    values = np.array([[1, np.nan], [np.inf, 2], [3, -np.inf], [np.nan, 4]], dtype)
    found = tally(values, np.arange(4), axis=0)
    assert found.nans.tolist() == [1, 1]
    assert found.infinities.tolist() == [1, 1]
    assert found.mean.tolist() == [2, 3]
    assert found.m2.tolist() == [2, 2]
    assert (found.low.tolist(), found.high.tolist()) == ([1, 2], [3, 4])
    assert found.top_at[0].tolist() == [2, 0, NOBODY, NOBODY, NOBODY]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_sent_is_small_and_comes_whole(dtype):
    made = tally(np.random.default_rng(1).normal(size=(4, 9, 2)).astype(dtype), np.arange(4), axis=1)
    sent = pickle.dumps(made.thinned())
    assert 10 * len(sent) < len(pickle.dumps(made))
    for name, array in pickle.loads(sent).filled().arrays().items():
        np.testing.assert_array_equal(array, made.arrays()[name])


def test_channels_of_either_data_format_are_the_same():
    values = np.random.default_rng(1).normal(size=(5, 3, 4, 2)).astype(np.float32)
    last, first = (
        tally(array, np.arange(5), axis=axis) for array, axis in ((values, 2), (values.transpose(0, 3, 1, 2), 0))
    )
    for name, array in last.arrays().items():
        np.testing.assert_array_equal(array, first.arrays()[name])


def test_means_by_class_and_what_is_near_an_end():
    values = np.array([[0.0, 1], [0.995, 1], [0.5, 0.2], [0.5, 0.6]], np.float32)
    found = tally(values, np.arange(4), axis=0, labels=np.array([0, 2, 2, -1]), classes=3, ends=(0, 1))
    np.testing.assert_allclose(found.class_sums, [[0, 1], [0, 0], [1.495, 1.2]], rtol=1e-6)
    assert found.class_counts.tolist() == [1, 0, 2]
    assert found.near.tolist() == [2, 2]


@given(arrays(np.float32, st.integers(1, 60), elements=SOUND), st.floats(0.001, 1))
def test_a_percentile_is_at_most_a_sixteenth_too_high(values, share):
    found = percentile(counted(values, values != 0), share, "float32")
    true = float(np.sort(values.astype(np.float64))[max(int(np.ceil(share * len(values))) - 1, 0)])
    least = float(edges("float32")[1])
    assert true <= found <= true + abs(true) / 16 + least


@given(arrays(np.float64, st.integers(0, 30), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_every_value_lies_between_the_edges_of_its_bin(values):
    for value in values:
        (place,) = np.flatnonzero(counted(np.array([value]), np.array([value]) != 0))
        half, sizes = 1 << 15, edges("float64")
        assert sizes[place % half] <= abs(value) <= sizes[place % half + 1]
        assert (place >= half) == (value < 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_counts_by_channel_are_those_of_each_channel_alone_and_merge(dtype):
    values = np.random.default_rng(1).normal(size=(9, 7, 3)).astype(dtype)
    values[:, :, 1] = np.maximum(values[:, :, 1], 0)
    values[0, 0] = (-0.0, np.nan, np.inf)
    whole = tally(values, np.arange(9), axis=1, by_channel=True)
    parts = [tally(values[some], np.arange(9)[some], axis=1, by_channel=True) for some in (slice(4), slice(4, 9))]
    merged = parts[0].merged(parts[1])
    later = Tallying(values.shape, dtype, axis=1, by_channel=True)
    for some in (slice(4, 9), slice(4)):
        later.look(values[some])
    np.testing.assert_array_equal(later.tally(np.arange(9)).by_channel, whole.by_channel)
    for channel in range(3):
        alone = np.ascontiguousarray(values[:, :, channel]).reshape(-1)
        assert whole.by_channel[channel].tolist() == counted(alone, alone != 0)[whole.used].tolist()
    np.testing.assert_array_equal(whole.used, np.flatnonzero(whole.counts))
    np.testing.assert_array_equal(whole.by_channel.sum(axis=0), whole.counts[whole.used])
    np.testing.assert_array_equal(merged.by_channel, whole.by_channel)
    assert tally(values, np.arange(9), axis=1).by_channel.shape == (3, 0)
