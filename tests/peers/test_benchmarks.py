"""The engines of `make bench` on its smallest networks: prepared, held against each other, and one turn of each."""

from __future__ import annotations

import runpy
import sys

import numpy as np
import pytest

from tests.benchmarks.conftest import FOLDER, benchmark_module

__all__ = ["benchmark_module"]
pytest.importorskip("onnxruntime")
pytest.importorskip("torch")


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
@pytest.mark.parametrize("name", ["mnist-cnn", "gru"])
def test_every_engine_takes_a_turn(name, benchmark_module, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark_module("processes"), "SCRATCH", tmp_path)
    networks, prepare = benchmark_module("networks"), benchmark_module("prepare")
    measured = networks.network(name)
    prepare.write(measured)
    assert prepare.up_to_date(measured)
    trace = tmp_path / "trace.npz"
    np.savez(trace, input=np.ones((1, 3), "f4"), dense=np.ones((1, 2), "f4"))
    sides = [str(networks.captured(name, side)) for side in ("a", "equal", "rounded", "wrong")]
    monkeypatch.setattr(sys, "argv", ["captures.py", str(trace), *sides])
    runpy.run_path(str(FOLDER / "peers" / "captures.py"))
    engines = benchmark_module("engines").ENGINES
    mine = [one for one in engines if not one.startswith("torch") or one in measured.torch_layouts]
    taken = []
    for one in mine:
        engines[one](name, 1, 1, (taken.append(one) for _ in range(1)))
    assert taken == mine
