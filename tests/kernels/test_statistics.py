"""Statistics: held against exact fractions, and against themselves in any split and order."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.kernels import statistics
from dataflow_cli.kernels.running.scratch import release
from dataflow_cli.kernels.statistics import CHUNK, Histogram, Moments, histogram, moments
from tests.kernels.plainly import held_bytes

RNG = np.random.default_rng(11)
FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=32)
LISTS = st.lists(FLOATS, max_size=30)


def exact(values):
    """Mean and sum of squared differences as fractions, rounded once."""
    fractions = [Fraction(float(value)) for value in np.ravel(values).tolist()]
    mean = sum(fractions) / len(fractions)
    return float(mean), float(sum((value - mean) ** 2 for value in fractions))


def power_counts(values):
    """The histogram, value by value."""
    powers = {1: {}, -1: {}}
    for value in values:
        sign, exponent = (1 if value > 0 else -1), math.frexp(value)[1] - 1
        powers[sign][exponent] = powers[sign].get(exponent, 0) + 1
    return powers[-1], powers[1]


def assert_alike(one, two):
    """Counts and extremes are equal; sums are, but for rounding."""
    for name in ("count", "finite", "nans", "infinities", "zeros", "minimum", "maximum"):
        assert getattr(one, name) == getattr(two, name), name
    scale = max(abs(one.minimum), abs(one.maximum)) if one.finite else 0
    assert one.mean == pytest.approx(two.mean, rel=1e-12, abs=1e-14 * scale)
    assert one.m2 == pytest.approx(two.m2, rel=1e-10, abs=1e-24 + 1e-13 * scale * scale * max(one.finite, 1))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "uint8", "int8", "int32", "int64", "bool"])
def test_exact_in_every_type(dtype):
    values = (RNG.standard_normal((7, 11, 13)) * 40).astype(dtype)
    found = moments(values)
    mean, m2 = exact(values)
    assert (found.count, found.finite, found.nans, found.infinities) == (1001, 1001, 0, 0)
    assert found.zeros == int((values == 0).sum())
    assert (found.minimum, found.maximum) == (float(values.min()), float(values.max()))
    assert found.mean == pytest.approx(mean, rel=1e-14, abs=1e-14)
    assert found.m2 == pytest.approx(m2, rel=1e-13)


def test_exact_over_several_chunks():
    """A float32 sum of these would be off in the fourth digit."""
    values = (RNG.random(3 * CHUNK + 17) * 1e-3 + 1000).astype("float32")
    found = moments(values)
    mean = math.fsum(values.tolist()) / values.size
    assert found.count == values.size
    assert found.mean == pytest.approx(mean, rel=1e-15)
    assert found.m2 == pytest.approx(math.fsum((value - mean) ** 2 for value in values.tolist()), rel=1e-9)


def test_nothing():
    for empty in (np.zeros(0), np.zeros((0, 3), "float32"), np.zeros((2, 0, 3))[:, :, ::2]):
        assert moments(empty) == Moments()
        assert histogram(empty) == Histogram()
    assert Moments().merged(Moments()) == Moments()
    one = moments(np.array([1.0, 2.0, 4.0]))
    assert Moments().merged(one) == one == one.merged(Moments())


def test_a_single_number():
    assert moments(np.float32(2.5)[()].reshape(())) == Moments(1, 1, 0, 0, 0, 2.5, 2.5, 2.5, 0.0)


def test_what_is_not_finite_is_counted_and_left_out():
    values = np.array([np.nan, 1, np.inf, 0, -0.0, -np.inf, 3, np.nan, -np.inf], "float32")
    found = moments(values)
    assert (found.count, found.finite, found.nans, found.infinities, found.zeros) == (9, 4, 2, 3, 2)
    assert (found.minimum, found.maximum, found.mean, found.m2) == (0, 3, 1, 6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nothing_but_what_is_not_finite(value):
    found = moments(np.full(5, value, "float32"))
    assert (found.count, found.finite, found.nans + found.infinities) == (5, 0, 5)
    assert (found.minimum, found.maximum) == (math.inf, -math.inf)


def test_huge_values_make_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = moments(np.array([1e300, -1e300, 1e300]))
        assert found.mean == pytest.approx(1e300 / 3)
        assert found.m2 == math.inf
        assert moments(np.full(10, 1.7e308)).mean == pytest.approx(1.7e308)
        assert not math.isnan(moments(np.full(10, 1.7e308)).m2)
        assert moments(np.array([1.7e308, -1.7e308])).mean == 0
        both = moments(np.full(4, 1.7e308)).merged(moments(np.full(4, -1.7e308)))
        assert both.mean == pytest.approx(0, abs=1e293)
        assert moments(np.array([5e-324, 0])).minimum == 0
        histogram(np.array([np.nan, np.inf, 1.7e308, 5e-324, 0]))


VIEWS = {
    "Fortran": np.asfortranarray,
    "transposed": lambda x: x.transpose(2, 0, 1),
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "reversed": lambda x: x[::-1, ::-1],
    "broadcast": lambda x: np.broadcast_to(x, (3, *x.shape)),
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
}


@pytest.mark.parametrize("view", VIEWS)
def test_memory_in_any_order(view):
    values = RNG.standard_normal((40, 50, 60)).astype("float32")
    values[0, 0, :3] = 0, np.nan, np.inf
    seen = VIEWS[view](values)
    before = seen.copy()
    plain = np.ascontiguousarray(seen)
    assert_alike(moments(seen), moments(plain))
    assert histogram(seen) == histogram(plain)
    np.testing.assert_array_equal(seen, before)


def test_a_strided_array_is_not_copied_as_a_whole():
    """Chunks of a view are at most CHUNK long, so no more than that is copied at a time."""
    values = np.zeros((1000, 1000), "float32")[:, ::2]
    sizes = [chunk.size for chunk in statistics._chunks(values)]
    assert sum(sizes) == values.size
    assert max(sizes) <= CHUNK
    flat = np.zeros((100, 1000), "float32")
    assert all(np.shares_memory(chunk, flat) for chunk in statistics._chunks(flat.T))


def test_what_statistics_work_in_does_not_grow_with_a_view():
    release()
    moments(np.zeros((1000, 1000), "float32")[:, ::2])
    assert held_bytes() <= 2 * 9 * CHUNK
    release()


@given(st.lists(LISTS, max_size=6), st.randoms())
def test_any_split_in_any_order_merges_to_the_whole(parts, random):
    whole = np.array([value for part in parts for value in part], "float64")
    random.shuffle(parts)
    merged, counted = Moments(), Histogram()
    for part in parts:
        merged = merged.merged(moments(np.array(part, "float64")))
        counted = counted.merged(histogram(np.array(part, "float64")))
    assert_alike(merged, moments(whole))
    assert counted == histogram(whole)


@given(LISTS, LISTS, LISTS)
def test_merging_does_not_depend_on_grouping_or_order(one, two, three):
    a, b, c = (moments(np.array(part, "float64")) for part in (one, two, three))
    assert_alike(a.merged(b).merged(c), a.merged(b.merged(c)))
    assert_alike(a.merged(b), b.merged(a))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_moments_are_those_of_exact_arithmetic(values):
    found = moments(np.array(values))
    mean, m2 = exact(values)
    scale = max(map(abs, values))
    assert found.mean == pytest.approx(mean, rel=1e-13, abs=1e-15 * scale)
    assert found.m2 == pytest.approx(m2, rel=1e-12, abs=1e-28 * scale * scale + 1e-300)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40))
def test_a_histogram_counts_every_finite_value_once(values):
    found = histogram(np.array(values, "float64"))
    sound = [value for value in values if math.isfinite(value)]
    negative, positive = power_counts([value for value in sound if value])
    assert (dict(found.negative), dict(found.positive)) == (negative, positive)
    assert found.zeros == sound.count(0)
    assert sum(count for *_, count in found.bins) == len(sound)


def test_the_bins_stand_in_the_order_of_the_number_line():
    found = histogram(np.array([-3.0, -2.0, -0.75, 0, 0, 0.5, 0.99, 1, 1.5, 300]))
    assert found.bins == (
        *[(-4.0, -2.0, 2), (-1.0, -0.5, 1), (0.0, 0.0, 2)],
        *[(0.5, 1.0, 2), (1.0, 2.0, 2), (256.0, 512.0, 1)],
    )
    assert all(one[1] <= two[0] for one, two in pairwise(found.bins))


def test_bins_reach_from_the_smallest_to_the_largest_number():
    found = histogram(np.array([5e-324, 1.7e308, -1.7e308]))
    assert found.bins == ((-math.inf, -(2.0**1023), 1), (5e-324, 1e-323, 1), (2.0**1023, math.inf, 1))


def test_a_histogram_of_bytes():
    found = histogram(np.arange(256, dtype="uint8"))
    assert found.zeros == 1
    assert found.positive == {power: 2**power for power in range(8)}


def test_sums_of_huge_values_do_not_overflow():
    """The mean of what is near the largest number is one of them, whatever the chunks add up to."""
    huge = np.full(2 * CHUNK, 1e305)
    assert moments(huge).mean == pytest.approx(1e305, rel=1e-12)
    huge[CHUNK:] *= -1
    assert moments(huge).mean == pytest.approx(0, abs=1e293)
