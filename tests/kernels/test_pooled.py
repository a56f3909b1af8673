"""A convolution and the pooling after it at once: the same bits as one after the other, or not at all."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.kernels.conv import convolution_job, pooled_job
from dataflow_cli.kernels.conv.plan import KEPT_POSITIONS
from dataflow_cli.kernels.elementwise import clip_into, relu_into
from dataflow_cli.kernels.running.engine import running
from dataflow_cli.kernels.running.epilogue import Stage
from dataflow_cli.kernels.running.observer import Clock, Observer
from dataflow_cli.kernels.statistics import histogram, moments, together
from dataflow_cli.kernels.windows import Slide
from tests.kernels.plainly import max_pool

HALVES = Slide((2, 2), (2, 2), (1, 1), ((0, 0), (0, 0)))
FUNCTIONS = {"none": None, "relu": relu_into, "relu6": partial(clip_into, 6)}
CHANNELS = 32


def slide(pads=((1, 1), (1, 1)), sizes=(3, 3), strides=(1, 1)):
    return Slide(sizes, strides, (1, 1), pads)


def example(lengths=(14, 14), samples=1, seed=0, channels=CHANNELS):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((samples, *lengths, channels), np.float32)
    return x, rng.standard_normal((3, 3, channels, 33), np.float32), rng.standard_normal(33, np.float32)


def both_ways(x, kernel, slid, stages):
    """What is made at once, and the pooling of what the convolution makes by itself."""
    with running(keep=True) as engine, np.errstate(all="ignore"):
        made = pooled_job(x, kernel, slid, HALVES, stages=stages, engine=engine)
        assert made is not None
        whole = convolution_job(x, kernel, slid, stages=stages, engine=engine).done()
        return made.done(), max_pool(whole, sizes=(2, 2), strides=(2, 2), pads=((0, 0), (0, 0)), engine=engine)


@given(
    lengths=st.tuples(st.integers(3, 17), st.integers(3, 17)),
    pads=st.tuples(*[st.tuples(st.integers(0, 2), st.integers(0, 2))] * 2),
    function=st.sampled_from(sorted(FUNCTIONS)),
    with_bias=st.booleans(),
)
def test_the_same_bits_as_one_after_the_other(lengths, pads, function, with_bias):
    """Odd and even sizes; where a convolution has a single row, pooling leaves nothing of it."""
    slid = slide(pads)
    places = np.prod(slid.counts(lengths))
    x, kernel, bias = example(lengths, samples=-(-KEPT_POSITIONS // int(places)))
    stages = (Stage(shift=bias if with_bias else None), Stage(function=FUNCTIONS[function]))
    found, expected = both_ways(x, kernel, slid, stages)
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e30])
def test_values_that_are_not_finite_stay_where_they_are_seen(value):
    x, kernel, bias = example((15, 16), samples=2)
    x[1, 5, 6, 3] = value
    found, expected = both_ways(x, kernel, slide(), (Stage(shift=bias), Stage(function=relu_into)))
    np.testing.assert_array_equal(found, expected)
    assert np.isfinite(found[0]).all()


@pytest.mark.usefixtures("in_place")
def test_what_is_computed_once_more_does_not_depend_on_the_number_of_threads():
    """Sums that Winograd cannot hold, of finite numbers, in pieces that helpers compute."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 64, 64, 64), np.float32) * np.float32(1e25)
    kernel = rng.standard_normal((3, 3, 64, 64), np.float32)
    results = []
    for threads in (1, 2, 3):
        with running(threads=threads, keep=True) as engine, np.errstate(all="ignore"):
            made = pooled_job(x, kernel, slide(), HALVES, engine=engine)
            assert made is not None
            results += [made.done().tobytes() for _ in range(3)]
    assert len(set(results)) == 1


def test_many_pieces_of_many_filters():
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal((1, 60, 62, 64), np.float32), rng.standard_normal((3, 3, 64, 260), np.float32)
    found, expected = both_ways(x, kernel, slide(), ())
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    "fields",
    [
        {"pool": Slide((3, 3), (3, 3), (1, 1), ((0, 0), (0, 0)))},
        {"pool": Slide((2, 2), (1, 1), (1, 1), ((0, 0), (0, 0)))},
        {"pool": Slide((2, 2), (2, 2), (1, 1), ((0, 0), (0, 1)))},
        {"slid": slide(strides=(2, 2))},
        {"stages": (Stage(other=np.ones((1, 14, 14, 33), np.float32)),)},
        {"stages": (Stage(observer=Observer(Clock())), Stage(function=np.negative))},
        {"stages": (Stage(function=np.negative, observer=Observer(Clock())),)},
        {"slid": slide(pads=((0, 1), (1, 1))), "stages": (Stage(observer=Observer(Clock())),) * 2},
        {"channels": 31},
    ],
)
def test_what_cannot_be_done_at_once_is_not(fields):
    x, kernel, _ = example(channels=fields.get("channels", CHANNELS))
    with running(keep=True) as engine:
        assert pooled_job(x, kernel, slide(), HALVES, engine=engine) is not None or "channels" in fields
        job = pooled_job(
            x,
            kernel,
            fields.get("slid", slide()),
            fields.get("pool", HALVES),
            stages=fields.get("stages", ()),
            engine=engine,
        )
    assert job is None


@given(
    halves=st.tuples(st.integers(2, 9), st.integers(2, 9)),
    samples=st.integers(1, 20),
    function=st.sampled_from([*FUNCTIONS.values(), np.negative]),
    spoiled=st.sampled_from([None, np.nan, np.inf, 3e30]),
)
def test_what_is_left_out_is_looked_at_too(halves, samples, function, spoiled):
    """Normalization and functions that turn the order round come before the maxima are taken, as do the statistics."""
    height, width = (2 * half for half in halves)
    x, kernel, bias = example((height, width), max(samples, -(-KEPT_POSITIONS // (height * width))))
    if spoiled is not None:
        x[0, 1, 1, 0] = spoiled
    clock = Clock()
    observers = [Observer(clock, histogram=True) for _ in range(3)]
    stages = (
        *(Stage(shift=bias), Stage(observer=observers[0])),
        *(
            Stage(scale=-bias, shift=bias, function=function),
            Stage(observer=observers[1]),
            Stage(observer=observers[2]),
        ),
    )
    found, expected = both_ways(x, kernel, slide(), stages)
    assert found.tobytes() == expected.tobytes()
    with running(keep=True) as engine, np.errstate(all="ignore"):
        made = pooled_job(x, kernel, slide(), HALVES, stages=stages, engine=engine)
        assert made is not None
        made.done()
        sums = convolution_job(x, kernel, slide(), stages=stages[:1], engine=engine).done()
        whole = convolution_job(x, kernel, slide(), stages=(stages[0], stages[2]), engine=engine).done()
    for observer, array in zip(observers, (sums, whole, expected), strict=True):
        assert_alike(together(observer.parts()), moments(array))
        assert observer.histogram() == histogram(array)
        assert observer.seconds > 0


def assert_alike(one, other):
    """Counts and extremes are the same; sums are, but for the order in which they were added up."""
    for name in ("count", "finite", "nans", "infinities", "zeros", "minimum", "maximum"):
        assert getattr(one, name) == getattr(other, name), name
    scale = max(abs(one.minimum), abs(one.maximum)) if one.finite else 0
    assert one.mean == pytest.approx(other.mean, rel=1e-12, abs=1e-14 * scale)
    assert one.m2 == pytest.approx(other.m2, rel=1e-10, abs=1e-13 * scale * scale * max(one.finite, 1))


def test_one_that_only_wants_to_know_the_time_may_observe():
    x, kernel, _ = example()
    observer = Observer(Clock(), moments=False)
    with running(keep=True) as engine:
        job = pooled_job(x, kernel, slide(), HALVES, stages=(Stage(observer=observer),), engine=engine)
        assert job is not None
        job.done()
    assert observer.seconds > 0
