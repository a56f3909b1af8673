"""What profiles of large data sets take: memory beside the number of samples, time, merging many workers' chunks.

    python benchmarks/profile_scaling.py [--write] [PART]...

Parts are measured, beside, workers, pictures and simulated; all of them by default. With --write the figures go into
docs/scaling.md. `beside` needs ONNX Runtime, `workers` Dask distributed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from dataflow_cli.api import traced
from dataflow_cli.given import Given
from dataflow_cli.network.build import load_network
from dataflow_cli.profile.data import CHUNK
from dataflow_cli.profile.run import Merging, local_chunks
from dataflow_cli.profiling import PLAIN, profile, profiled, work_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflow_cli.profile.chunk_profile import ChunkProfile

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/scaling.md"
NET = ROOT / "configs/mnist-cnn.yaml"
SMALL = """dftrace: 1
input: [784]
weights: {init: he_normal, seed: 1}
layers: [{type: dense, units: 64, activation: relu}]
"""
SIZES = (10_000, 100_000)
SAMPLES, ROUNDS = 1_280, 7
"""Of what is measured beside others, in turns."""
MANY = 100_000
PICTURES = 256
WORKERS, CHUNKS = 1_000, 10_000
ASK = """
import re, sys
from pathlib import Path
from time import process_time
from dataflow_cli.given import Given
from dataflow_cli.network.build import load_network
from dataflow_cli.profiling import profile
network = load_network(sys.argv[1])
started = process_time()
profile(network, sys.argv[2])
status = Path("/proc/self/status").read_text()  # what getrusage says is the parent's before this program began
print(process_time() - started, int(re.search(r"VmHWM:\\s*([0-9]+)", status)[1]) // 1024)
"""


def measured() -> str:
    """A row a size of the data set: seconds of CPU, the most memory."""
    lines = ["| samples of 784 float32, `.npy` | size | CPU | peak memory |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "net.yaml").write_text(SMALL, encoding="utf-8")
        for size in SIZES:
            path = Path(folder) / f"{size}.npy"
            np.save(path, np.random.default_rng(1).random((size, 784), np.float32))
            words = [sys.executable, "-c", ASK, f"{folder}/net.yaml", str(path)]
            seconds, peak = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
            lines.append(f"| {size:,} | {path.stat().st_size // 2**20} MiB | {float(seconds):.1f} s | {peak} MiB |")
    return "\n".join(lines) + "\n"


def simulated() -> str:
    """How long merging takes, and how many chunks wait at most, when workers end in random order."""
    one = _chunk()
    order, most = _arrivals(), 0
    merging, started = Merging(), perf_counter()
    for number in order:
        merging.add(number, one, "simulated")
        most = max(most, len(merging.waiting))
    seconds = perf_counter() - started
    size = sum(array.nbytes for tally in one.tallies.values() for array in tally.arrays().values())
    return (
        f"Merging {CHUNKS:,} chunks of {size / 1024:.0f} KiB: {seconds:.1f} s, {1000 * seconds / CHUNKS:.2f} ms each; "
        f"{most:,} chunks waited at most, {most * size / 2**20:.0f} MiB.\n"
    )


def beside() -> str:
    """The CPU time of a profile beside that of a run with its statistics, and of ONNX Runtime that only predicts."""
    seconds = turns(ROUNDS)
    lines = ["| one thread, the shipped CNN | ms a digit | profile takes |", "|---|---|---|"]
    for name, some in seconds.items():
        ratio = median(one / other for one, other in zip(seconds["profile"], some, strict=True))
        said = "" if name == "profile" else f"{ratio:.2f} times as long"
        lines.append(f"| {_BESIDE[name]} | {1000 * median(some) / SAMPLES:.3f} | {said} |")
    return "\n".join(lines) + "\n"


def turns(rounds: int) -> dict[str, list[float]]:
    """Seconds of CPU by what takes them. They take turns in one process, on one thread."""
    with tempfile.TemporaryDirectory() as folder:
        path = _digits(folder, SAMPLES)
        actions = {"profile": _profiling(path), "run": _running(path), "ONNX Runtime": _predicting(path)}
        for action in actions.values():
            action()
        seconds: dict[str, list[float]] = {name: [] for name in actions}
        for _ in range(rounds):
            for name, action in actions.items():
                started = process_time()
                action()
                seconds[name].append(process_time() - started)
    return seconds


_BESIDE = {
    "profile": "`profile`",
    "run": "`run`, with its statistics",
    "ONNX Runtime": "a script with ONNX Runtime that predicts and counts right answers",
}


def _digits(folder: str, samples: int) -> Path:
    """The shipped digits over and over, moved and with more or less ink, as bytes (samples, 28, 28)."""
    random = np.random.default_rng(1)
    shipped = [np.asarray(Image.open(path).convert("L")) for path in sorted((ROOT / "configs/digits").glob("*.png"))]
    found = np.empty((samples, 28, 28), np.uint8)
    for number in range(samples):
        moved = np.roll(shipped[number % len(shipped)], random.integers(-2, 3, 2), (0, 1))
        found[number] = np.minimum(moved * random.uniform(0.6, 1.2), 255)
    path = Path(folder) / "x.npy"
    np.save(path, found)
    return path


def _profiling(path: Path) -> Callable[[], object]:
    network = load_network(NET)
    return lambda: profile(network, path)


def _running(path: Path) -> Callable[[], object]:
    network = load_network(NET)
    return lambda: traced(network, Given(inputs=(str(path),)))


def _predicting(path: Path) -> Callable[[], object]:
    import onnxruntime
    from onnx_model import to_onnx

    from dataflow_cli.weights.load import load_weights

    network = load_network(NET)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = to_onnx(network, load_weights(network)).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def predict() -> int:
        x, right = np.load(path, mmap_mode="r"), 0
        for start in range(0, len(x), CHUNK):
            batch = x[start : start + CHUNK, None].astype(np.float32) / 255
            right += int((session.run(None, {name: batch})[0].argmax(axis=1) == 3).sum())
        return right

    return predict


def workers() -> str:
    """Samples a second of one local worker and of two, from the first chunk that is done to the last."""
    rates = worker_rates(1)
    one, two = rates["1"][0], rates["2"][0]
    return (
        f"{MANY:,} digits: {one:,.0f} a second by one local worker, {two:,.0f} by two: "
        f"{two / one:.2f} times as many, start-up apart; the machine's load was {os.getloadavg()[0]:.1f}.\n"
    )


def worker_rates(rounds: int, samples: int = MANY) -> dict[str, list[float]]:
    """Samples a second by the number of local workers, which take turns."""
    rates: dict[str, list[float]] = {"1": [], "2": []}
    with tempfile.TemporaryDirectory() as folder:
        path = _digits(folder, samples)
        for number in range(rounds):
            for count in sorted(rates, reverse=number % 2 == 1):
                words = [sys.executable, __file__, "--rate", count, str(path)]
                done = subprocess.run(words, capture_output=True, text=True, check=True)
                rates[count].append(float(done.stdout))
    return rates


def rate(count: int, path: str) -> float:
    """Samples a second by so many local workers."""
    from dataflow_cli.profile.distributed import cluster

    seen: list[tuple[float, int]] = []
    profiled(
        load_network(NET),
        Given(inputs=(path,)),
        others=cluster(workers=count),
        progress=lambda done, _total: seen.append((perf_counter(), done)),
    )
    warm = seen[len(seen) // 20]
    return (seen[-1][1] - warm[1]) / (seen[-1][0] - warm[0])


def pictures() -> str:
    """What ResNet50 takes over random pictures: time a picture, the size of what a chunk gives, merging."""
    network = load_network(ROOT / "configs/resnet50.yaml")
    with tempfile.TemporaryDirectory() as folder:
        path, random = Path(folder) / "x.npy", np.random.default_rng(1)
        np.save(path, random.integers(0, 256, (PICTURES, *network.inputs[0].shape), np.uint8))
        given = Given(inputs=(str(path),), init="he_normal", labels=random.integers(0, 1000, PICTURES))
        started = process_time()
        found = profiled(network, given)
        seconds = process_time() - started
    tallies = [layer.tally for layer in found.layers if not layer.view_of]
    size = sum(array.nbytes for tally in tallies for array in tally.arrays().values())
    classes = sum(tally.class_sums.nbytes for tally in tallies)
    started = perf_counter()
    for tally in tallies:
        tally.merged(tally)
    merging = perf_counter() - started
    channels = sum(len(tally.mean) for tally in tallies)
    return (
        f"{PICTURES} random pictures through ResNet50, one thread: {1000 * seconds / PICTURES:.0f} ms of CPU each, "
        f"{len(tallies)} tensors with {channels:,} channels, whose tallies "
        f"are {size / 1e6:.0f} MB, {classes / 1e6:.0f} MB of them sums by class; merging two takes "
        f"{1000 * merging:.0f} ms.\n"
    )


def _chunk() -> ChunkProfile:
    """The profile of one chunk of random digits."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npy"
        np.save(path, np.random.default_rng(1).integers(0, 255, (CHUNK, 28, 28), np.uint8))
        work = work_of(load_network(NET), Given(inputs=(str(path),)), ())
        chunks = iter([work.data.chunk(0)])
        computed = local_chunks(
            work.network, work.weights, chunks, work.wanted, PLAIN, dtype="float32", skip_broken=False
        )
        return next(iter(list(computed)))[1]


def _arrivals() -> list[int]:
    """The order in which chunks come: every worker takes the next one, and 0.5 to 1.5 units of time for it."""
    import heapq

    random, ready = np.random.default_rng(1), [(0.0, worker) for worker in range(WORKERS)]
    done = []
    for number in range(CHUNKS):
        at, worker = heapq.heappop(ready)
        ends = at + random.uniform(0.5, 1.5)
        heapq.heappush(ready, (ends, worker))
        done.append((ends, number))
    return [number for _, number in sorted(done)]


def _between(pattern: str, part: str, page: str) -> str:
    """The page with this part between the marks that a pattern finds."""

    def written(at: re.Match[str]) -> str:
        return f"{at[1]}\n{part}\n{at[2]}"

    return re.sub(pattern, written, page, flags=re.DOTALL)


PARTS = {"measured": measured, "beside": beside, "workers": workers, "pictures": pictures, "simulated": simulated}


def main() -> None:
    """Print the figures, or write them down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[*PARTS, []])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--rate", nargs=2, metavar=("WORKERS", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--figures", nargs=2, metavar=("ROUNDS", "SAMPLES"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.figures:
        rounds, samples = map(int, options.figures)
        print(json.dumps({"turns": turns(max(rounds, ROUNDS)), "rates": worker_rates(rounds, samples)}))
        return
    if options.rate:
        print(rate(int(options.rate[0]), options.rate[1]))
        return
    for name in options.parts or PARTS:
        part = PARTS[name]()
        print(part, flush=True)
        if options.write:
            pattern = rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)"
            PAGE.write_text(_between(pattern, part, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
