"""The library's own threads: none while a network is computed, as many as before afterwards."""

from __future__ import annotations

from contextlib import suppress
from threading import Barrier, Thread
from types import SimpleNamespace

import numpy as np
import pytest

from dataflow_cli.api import network_from_text
from dataflow_cli.kernels.running import blas
from dataflow_cli.kernels.running.blas import Own, Shared, one_thread, setting_of

NETWORK = """\
dftrace: 1
input: [4]
weights: {init: he_normal, seed: 1}
layers:
  - {type: dense, units: 3, activation: relu}
"""


class Library:
    """What a library remembers; `told` is every number that it was given."""

    def __init__(self, number):
        self.number = number
        self.told = []

    def get(self):
        return self.number

    def put(self, number):
        self.told.append(number)
        self.number = number

    def swap(self, number):
        before = self.number
        self.put(number)
        return before


@pytest.fixture
def library(monkeypatch):
    """A library that would use 7 threads, in place of NumPy's."""
    made = Library(7)
    setting = Shared(made.get, made.put)
    monkeypatch.setattr(blas, "_setting", lambda: setting)
    return made


@pytest.mark.parametrize(
    "name", ["scipy_openblas_{}_num_threads64_", "openblas_{}_num_threads64_", "openblas_{}_num_threads"]
)
def test_openblas_is_told_whatever_its_functions_are_called(name):
    made = Library(7)
    setting = setting_of(SimpleNamespace(**{name.format("get"): made.get, name.format("set"): made.put}))
    before = setting.enter()
    assert (before, made.number) == (7, 1)
    setting.leave(before)
    assert made.number == 7


def test_mkl_has_a_number_a_thread():
    made = Library(7)
    setting = setting_of(SimpleNamespace(MKL_Set_Num_Threads_Local=made.swap))
    assert isinstance(setting, Own)
    setting.leave(setting.enter())
    assert made.told == [1, 7]


def test_any_other_library_is_left_alone(monkeypatch):
    assert setting_of(SimpleNamespace()) is None
    monkeypatch.setattr(blas, "_setting", lambda: None)
    with one_thread():
        pass


def test_numpys_own_library_is_found():
    """As it is in the wheels; its number is 1 within, and what it was without."""
    if "openblas" not in np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]:
        pytest.skip("NumPy has another library here")
    setting = blas._setting()
    before = setting._get()
    setting._put(2)
    try:
        with one_thread():
            assert setting._get() == 1
        assert setting._get() == 2
    finally:
        setting._put(before)


def test_python_programs_compute_on_one_thread(library):
    """Whatever the program imported or set before; and nothing of it stays, even after an error."""
    network = network_from_text(NETWORK)
    x = np.ones((300, 4))
    for call in (network.predict, network.trace, lambda x: network.explain("dense_1", (0,), x)):
        library.told.clear()
        call(x)
        assert library.told[0] == 1
        assert library.told[-1] == library.number == 7
    with suppress(ZeroDivisionError), one_thread():
        raise ZeroDivisionError
    assert library.number == 7


def test_the_last_of_several_threads_sets_it_back(library):
    together = Barrier(2)

    def compute():
        with one_thread():
            together.wait(5)
            assert library.number == 1
            together.wait(5)

    threads = [Thread(target=compute) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert library.told == [1, 7]
