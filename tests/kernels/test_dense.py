"""Products of few rows and a large kernel, which is read in long stretches, and of many rows: all are sums."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.kernels import dense as module
from dataflow_cli.kernels.dense import dense, dense_job
from dataflow_cli.kernels.elementwise import relu_into
from dataflow_cli.kernels.running import observer as observer_module
from dataflow_cli.kernels.running.engine import running
from dataflow_cli.kernels.running.epilogue import Stage
from dataflow_cli.kernels.running.observer import Clock, Observer
from dataflow_cli.kernels.statistics import moments, together


def example(rows, inputs, units, dtype=np.float64):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for shape in ((rows, inputs), (inputs, units), (units,))]


@given(rows=st.integers(1, 9), inputs=st.integers(1, 40), units=st.integers(1, 40), stretch=st.integers(1, 300))
def test_every_unit_is_the_sum(rows, inputs, units, stretch):
    """However the inputs are cut; a single one cannot be."""
    x, kernel, bias = example(rows, inputs, units)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "STRETCH", stretch)
        patch.setattr(module, "HALVED", stretch)
        found = dense(x, kernel, bias)
    expected = [[sum(a * b for a, b in zip(row, column, strict=True)) for column in kernel.T] for row in x]
    np.testing.assert_allclose(found, np.array(expected) + bias, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("rows", "units"), [(1, 1000), (3, 1000), (24, 100), (128, 101)])
def test_a_large_kernel_on_any_number_of_threads(rows, units):
    """The same bits, again and again, and no less exact than a product at once."""
    x, kernel, bias = example(rows, 9000, units, np.float32)
    stages = (Stage(shift=bias), Stage(function=relu_into))
    results = []
    for threads in (1, 2, 3):
        with running(threads=threads, keep=True) as engine:
            job = dense_job(x, kernel, stages, engine=engine)
            assert job.last is not None
            results += [job.done().copy(), job.done().copy()]
    assert all(result.tobytes() == results[0].tobytes() for result in results)
    expected = np.maximum(x.astype(np.float64) @ kernel + bias, 0)
    allowed = 1.5 * np.abs(np.maximum(x @ kernel + bias, 0) - expected).max()
    assert np.abs(results[0] - expected).max() <= allowed


@given(length=st.integers(1, 3000), part=st.integers(1, 3000), unit=st.sampled_from([1, 32]))
def test_slices_cover_everything_and_none_is_empty(length, part, unit):
    slices = module._cut(length, part, unit)
    assert [number for some in slices for number in range(length)[some]] == list(range(length))
    assert all(some.start < some.stop and some.start % unit == 0 for some in slices)


@pytest.mark.usefixtures("in_place")
@pytest.mark.parametrize("units", [32, 64, 96])
def test_a_single_piece_that_is_halved(units):
    """By its inputs, or by its panels, of which there may be one alone."""
    x, kernel, bias = example(100, 6000, units, np.float32)
    expected = x.astype(np.float64) @ kernel + bias
    with running(keep=True) as engine:
        assert x.shape[0] * kernel.size > module.HALVED
        found = dense_job(x, kernel, (Stage(shift=bias),), engine=engine).done()
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6 * np.abs(expected).max() * 10)


def test_the_products_are_timed_too(monkeypatch):
    """A clock that goes on by one with every look: each part is begun and ended, then their sum."""
    ticks = count()
    monkeypatch.setattr(observer_module, "perf_counter", lambda: next(ticks))
    x, kernel, _ = example(1, 9000, 1000, np.float32)
    clock = Clock()
    first, second = Observer(clock), Observer(clock)
    job = dense_job(x, kernel, (Stage(observer=first), Stage(function=relu_into, observer=second)))
    job.done()
    assert first.seconds == len(job.tasks) + 1
    assert second.seconds == 1


def test_what_is_watched_is_the_sum_of_all_parts():
    x, kernel, bias = example(1, 9000, 1000, np.float32)
    observer = Observer(Clock())
    result = dense_job(x, kernel, (Stage(shift=bias), Stage(observer=observer))).done()
    assert together(observer.parts()) == moments(result)
