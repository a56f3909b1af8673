"""The estimate beside what a process really takes, and the limit that the user sets."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli.errors import FieldError, LimitError
from dataflow_cli.network.build import network_from_text
from dataflow_cli.network.memory import estimated_peak_bytes, working_bytes
from dataflow_cli.run.computing import Computing, cores, memory_size
from dataflow_cli.run.memory import check_memory, needed_bytes
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights

CONFIGS = Path(__file__).parents[2] / "configs"
MIDDLE = """\
dftrace: 1
name: middle
input: [160, 160, 3]
weights: {init: he_normal, seed: 1}
layers:
  - {type: conv2d, filters: 64, kernel_size: 3, padding: same, activation: relu}
  - {type: conv2d, filters: 64, kernel_size: 3, padding: same, activation: relu}
  - {type: max_pooling2d, pool_size: 4}
  - {type: conv2d, filters: 256, kernel_size: 3, padding: same, activation: relu}
  - {type: max_pooling2d, pool_size: 4}
  - flatten
  - {type: dense, units: 512}
"""
MEASURE = """\
import sys
import numpy as np
from dataflow_cli.network.build import network_from_text
from dataflow_cli.run.memory import needed_bytes
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.resident import measured_peak_bytes as resident, reset_peak
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights
text, threads = sys.argv[1], int(sys.argv[2])
small = network_from_text(text.replace("160, 160", "16, 16").replace("units: 512", "units: 2"))
computing = Computing(threads=threads)
run(small, load_weights(small), [{"input": np.zeros((1, 16, 16, 3), "f4")}], computing=computing)
reset_peak()
before = resident()
network = network_from_text(text)
run(network, load_weights(network), [{"input": np.ones((1, 160, 160, 3), "f4")}], computing=computing)
print(resident() - before, needed_bytes(network, 1, "float32", (), computing))
"""


LARGE = """\
import sys
import numpy as np
from dataflow_cli import load_network
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.memory import needed_bytes, process_bytes
from dataflow_cli.run.resident import measured_peak_bytes
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.model import Weights
network, computing = load_network(sys.argv[1]), Computing(threads=int(sys.argv[2]))
estimate = process_bytes(needed_bytes(network, 1, "float32", (), computing))
arrays = {
    node.name: {name: np.full(parameter.shape, 0.01, "f4") for name, parameter in node.parameters.items()}
    for node in network.nodes
}
weights = Weights(arrays)
(given,) = network.inputs
run(network, weights, [{given.name: np.ones((1, *given.shape), "f4")}], computing=computing)
print(measured_peak_bytes(), estimate, weights.nbytes)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere pages are counted in other ways")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", ["mnist-cnn", "mobilenetv2", "resnet50", "vgg16"])
def test_a_picture_takes_the_weights_and_80_mb(name, threads):
    """Of the whole process, which the estimate is of too."""
    done = subprocess.run(
        [sys.executable, "-c", LARGE, str(CONFIGS / f"{name}.yaml"), str(threads)],
        capture_output=True,
        text=True,
        check=True,
        env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    peak, estimate, weights = map(int, done.stdout.split())
    assert peak <= weights + 80_000_000
    assert estimate == pytest.approx(peak, rel=0.2)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the peak cannot be reset")
def test_the_estimate_is_near_the_truth():
    """Of a network in the middle, in a process of its own, without what Python and NumPy take."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, MIDDLE, "1"],
        capture_output=True,
        text=True,
        check=True,
        env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    truth, estimate = map(int, done.stdout.split())
    assert estimate == pytest.approx(truth, rel=0.2)


def scratch(methods):
    """The most of each method: what one leaves, the next one may have no use for."""
    return sum(max(one.scratch for one in methods if one.name == name) for name in {one.name for one in methods})


def test_the_estimate_adds_what_methods_work_in():
    network = network_from_text(MIDDLE)
    one, two = (needed_bytes(network, 1, "float32", (), Computing(threads=threads)) for threads in (1, 2))
    methods = [node.layer.method(node.input_shapes) for node in network.nodes]
    assert one == estimated_peak_bytes(network, 1, "float32") + working_bytes(network, 1, "float32")
    assert two - one == 4 * scratch(methods)
    kept = [node.layer.method(node.input_shapes, kept=True) for node in network.nodes]
    expected = 4 * (sum(method.packed for method in kept) + scratch(kept))
    assert working_bytes(network, 1, "float32", kept=True) == expected


def test_layers_without_methods_of_their_own_need_nothing_more():
    network = network_from_text("dftrace: 1\ninput: [10]\nlayers: [{type: dense, units: 3}, relu]\n")
    assert working_bytes(network, 5, "float64", threads=4, kept=True) == 0


def test_max_memory_stands_over_what_there_is():
    network = network_from_text(MIDDLE)
    with pytest.raises(LimitError) as caught:
        check_memory(network, 1, "float32", computing=Computing(max_memory=2**20))
    assert caught.value.message.endswith("with the program; 1.0 MiB are allowed")
    assert "--max-memory none" in caught.value.hint
    with pytest.raises(LimitError, match="are available") as caught:
        check_memory(network, 10**5, "float32")
    assert "--max-memory none" in caught.value.hint
    check_memory(network, 10**5, "float32", computing=Computing(max_memory=math.inf))


def test_what_no_process_can_address_is_refused_whatever_is_allowed():
    with pytest.raises(LimitError, match=r"128\.0 TiB are allowed") as caught:
        check_memory(network_from_text(MIDDLE), 10**9, "float32", computing=Computing(max_memory=math.inf))
    assert "--max-memory" not in caught.value.hint


def test_run_is_refused_before_it_begins():
    network = network_from_text("dftrace: 1\nname: n\ninput: [10]\nlayers: [{type: dense, units: 3}]\n")
    weights = load_weights(network, init="zeros")
    with pytest.raises(
        LimitError, match=r"n needs about 184 B for 1 sample, and .* [MG]iB with the program; 100 B are allowed"
    ):
        run(network, weights, [{"input": np.zeros((1, 10), "f4")}], computing=Computing(max_memory=100))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GiB", 4 * 2**30),
        ("500M", 500 * 2**20),
        ("1.5g", 1.5 * 2**30),
        ("64 KiB", 2**16),
        ("2tb", 2 * 2**40),
        ("2e9", 2e9),
        ("100", 100),
        ("none", math.inf),
        (" None ", math.inf),
    ],
)
def test_sizes(text, size):
    assert memory_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "much", "4 GiBi", "1.2.3M", "nan"])
def test_what_is_no_size(text):
    with pytest.raises(FieldError, match="expected a size, found"):
        memory_size(text)


def test_cores_are_those_that_the_process_may_use(monkeypatch):
    assert cores() >= 1
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert cores() == 1
