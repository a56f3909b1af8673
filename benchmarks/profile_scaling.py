"""What profiles of large data sets take: memory beside the number of samples, time, merging many workers' chunks.

    python benchmarks/profile_scaling.py [--write]

With --write the figures go into docs/scaling.md.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from dataflow_cli.given import Given
from dataflow_cli.network.build import load_network
from dataflow_cli.profile.data import CHUNK
from dataflow_cli.profile.run import Merging, local_chunks
from dataflow_cli.profiling import PLAIN, work_of

if TYPE_CHECKING:
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


def main() -> None:
    """Print the figures, or write them down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    found = {"measured": measured(), "simulated": simulated()}
    page = PAGE.read_text(encoding="utf-8")
    for name, part in found.items():
        pattern = rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)"
        page = _between(pattern, part, page)
    if parser.parse_args().write:
        PAGE.write_text(page, encoding="utf-8")
    else:
        print("\n".join(found.values()))


if __name__ == "__main__":
    main()
