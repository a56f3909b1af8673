"""Threads: the same bits for any number of them, errors and interrupts that arrive, none without need."""

from __future__ import annotations

import threading
import tracemalloc
from functools import partial

import numpy as np
import pytest

from dataflow_cli.kernels.dense import dense
from dataflow_cli.kernels.normalization import scaling_job
from dataflow_cli.kernels.pooling import average_pool
from dataflow_cli.kernels.running.engine import WORTHWHILE, running
from dataflow_cli.kernels.running.scratch import LARGEST, release, scratch
from dataflow_cli.kernels.statistics import moments
from dataflow_cli.kernels.windows import Slide
from tests.kernels.plainly import convolve, depthwise, held_bytes, max_pool, relu

rng = np.random.default_rng(0)
X = rng.standard_normal((2, 60, 60, 64), np.float32)
KERNEL = rng.standard_normal((3, 3, 64, 128), np.float32)
SAME = ((1, 1), (1, 1))
ONES = (1, 1)

USUAL = {"strides": ONES, "pads": SAME, "dilations": ONES}

WORK = {
    **{
        method: lambda engine, method=method: convolve(X, KERNEL, **USUAL, method=method, engine=engine)
        for method in ("im2col", "winograd2", "winograd4")
    },
    "strided": lambda engine: convolve(X, KERNEL, strides=(2, 2), pads=SAME, dilations=ONES, engine=engine),
    "planes": lambda engine: convolve(X[..., :3], KERNEL[:, :, :3], **USUAL, engine=engine),
    "pointwise": lambda engine: convolve(
        X, KERNEL[:1, :1], strides=ONES, pads=((0, 0), (0, 0)), dilations=ONES, engine=engine
    ),
    "few places": lambda engine: convolve(X[:, :4, :4], KERNEL, **USUAL, method="im2col", engine=engine),
    "depthwise": lambda engine: depthwise(X, KERNEL[..., :1], **USUAL, engine=engine),
    "dense": lambda engine: dense(X.reshape(2, -1), rng_kernel(), engine=engine),
    "max pooling": lambda engine: max_pool(X, sizes=(3, 3), strides=(2, 2), pads=SAME, engine=engine),
    "average pooling": lambda engine: average_pool(X, Slide((2, 2), (2, 2), ONES, ((0, 0), (0, 0))), engine),
    "relu": lambda engine: relu(X, engine=engine),
    "normalization": lambda engine: scaling_job(X, KERNEL[0, 0, 0, :64], KERNEL[0, 0, 1, :64], engine=engine).done(),
    "statistics": lambda engine: np.array(list(vars(moments(X, engine)).values())),
}


def rng_kernel():
    return np.random.default_rng(1).standard_normal((60 * 60 * 64, 12), np.float32)


@pytest.mark.usefixtures("in_place")
@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("name", WORK)
def test_the_result_does_not_depend_on_the_number_of_threads(name, keep):
    results = []
    for threads in (1, 2, 3):
        with running(threads=threads, keep=keep) as engine:
            results.append(WORK[name](engine))
    assert results[0].tobytes() == results[1].tobytes() == results[2].tobytes()


def names():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("dftrace")]


def test_threads_start_when_there_is_work_and_end_with_the_run():
    with running(threads=2) as engine:
        engine.spread([int] * 3, WORTHWHILE - 1)
        assert not names()
        engine.spread([int], WORTHWHILE)
        assert not names()
        engine.spread([int] * 3, WORTHWHILE)
        assert len(names()) == 1
    assert not names()


def test_every_piece_is_done_once_and_by_several_threads():
    done, threads, gate = [], set(), threading.Barrier(2, timeout=30)

    def task(piece):
        if piece < 2:
            gate.wait()
        threads.add(threading.get_ident())
        done.append(piece)

    with running(threads=2) as engine:
        engine.spread([partial(task, number) for number in range(50)], WORTHWHILE)
    assert sorted(done) == list(range(50))
    assert len(threads) == 2


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, ValueError])
def test_an_error_in_any_thread_arrives_and_ends_the_work(error):
    done = []

    def task(piece):
        if piece == 3:
            raise error
        done.append(piece)

    with running(threads=3) as engine:
        with pytest.raises(error):
            engine.spread([partial(task, number) for number in range(100_000)], WORTHWHILE)
        assert len(done) < 100_000
        engine.spread([partial(done.append, 1)] * 3, WORTHWHILE)  # and the threads are ready for more


def test_warnings_are_off_in_helpers():
    """As in the thread that runs a network; a warning would be an error here."""

    def task(_):
        with np.errstate():
            np.divide(np.ones(2), np.zeros(2))

    with running(threads=3) as engine, np.errstate(all="ignore"):
        engine.spread([partial(task, number) for number in range(9)], WORTHWHILE)


# Scratch


def test_scratch_is_kept_grows_and_is_let_go():
    release()
    first = scratch("a", (10, 10), np.float32)
    first[...] = 7
    assert scratch("a", (5, 5), np.float32).ravel()[0] == 7
    assert scratch("b", (5,), np.float64).dtype == np.float64
    assert held_bytes() == 400 + 40
    assert scratch("a", (20, 10), np.float32).shape == (20, 10)
    assert held_bytes() == 800 + 40
    assert first.ctypes.data % 64 == 0
    release()
    assert held_bytes() == 0


def test_what_is_very_large_is_not_kept():
    release()
    assert scratch("a", (LARGEST + 1,), np.uint8).size == LARGEST + 1
    assert held_bytes() == 0


def test_a_second_call_takes_no_memory_but_its_result():
    def call():
        return convolve(X, KERNEL, **USUAL, method="winograd2")

    call()
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < result.nbytes + 200_000
    release()
