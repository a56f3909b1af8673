"""Whole networks on several threads, and kept kernels: the same bits."""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest

from dataflow_cli.kernels.running import engine
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights

NETWORK = """\
dftrace: 1
input: [40, 40, 3]
weights: {init: he_normal, seed: 1}
layers:
  - {type: conv2d, filters: 64, kernel_size: 3, padding: same, activation: relu}
  - {type: conv2d, name: wide, filters: 64, kernel_size: 3, padding: same}
  - {type: batch_normalization, name: normal}
  - {type: relu, max_value: 6}
  - {type: depthwise_conv2d, kernel_size: 3, strides: 2, padding: same}
  - {type: conv2d, name: narrow, filters: 32, kernel_size: 1, activation: relu}
  - {type: max_pooling2d, pool_size: 2}
  - flatten
  - {type: dense, units: 10, activation: softmax}
"""


def traced(**how):
    network = network_from_text(NETWORK)
    x = np.random.default_rng(0).standard_normal((6, 40, 40, 3), np.float32)
    batches = [{"input": x[:3]}, {"input": x[3:]}]
    return run(network, load_weights(network), batches, keep=list(network.by_name), computing=Computing(**how))


@pytest.mark.parametrize("repeated", [False, True])
def test_the_trace_does_not_depend_on_the_number_of_threads(repeated, monkeypatch):
    """Tensors and statistics, to the last bit, also if every kernel uses the threads."""
    monkeypatch.setattr(engine, "WORTHWHILE", 0)
    traces = [traced(threads=threads, repeated=repeated) for threads in (1, 2, 3)]
    for one, other in pairwise(traces):
        for name, values in one.values.items():
            assert values.tobytes() == other.values[name].tobytes(), name
        for mine, theirs in zip(one.steps, other.steps, strict=True):
            assert mine.statistics == theirs.statistics


def test_fast_math_changes_little():
    plain, fast = traced(), traced(fast_math=True)
    scale = np.abs(plain.values["wide"]).max()
    difference = np.abs(plain.values["wide"] - fast.values["wide"]).max()
    assert 0 < difference < 3e-5 * scale


def test_no_thread_is_left_and_none_is_started_for_a_tiny_network(monkeypatch):
    started = []
    monkeypatch.setattr(engine.Engine, "team", property(lambda _: started.append(1)))
    network = network_from_text("dftrace: 1\ninput: [4]\nlayers: [{type: dense, units: 3}]\n")
    run(
        network,
        load_weights(network, init="zeros"),
        [{"input": np.zeros((1, 4), "f4")}],
        computing=Computing(threads=8),
    )
    assert not started
    monkeypatch.undo()
    traced(threads=2)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("dftrace")]
