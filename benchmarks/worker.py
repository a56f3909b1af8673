"""A process with one engine: for every line on stdin it writes how many seconds a pass takes.

A pass that is over in no time is repeated for a tenth of a second, and the median counts. The arguments are the names
of the engine and the network, the number of samples and of threads.
"""

from __future__ import annotations

import os
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program does, before NumPy is there

WARM_UP = 2
TURN = 0.1
"""Seconds."""


def main() -> None:
    """Answer until stdin ends."""
    from engines import ENGINES

    engine, name, samples, threads = sys.argv[1:]
    warm_up = 0 if engine == "onnx.reference" else WARM_UP
    ENGINES[engine](name, int(samples), int(threads), turns(warm_up))


def turns(warm_up: int) -> Iterator[None]:
    """Whenever a pass is due; the engine does it before it asks for the next."""
    for _ in range(warm_up):
        yield
    clock = getattr(time, os.environ.get("DFTRACE_BENCHMARK_CLOCK", "perf_counter"))
    for _ in sys.stdin:
        seconds: list[float] = []
        while not seconds or sum(seconds) < TURN:
            started = clock()
            yield
            seconds.append(clock() - started)
        print(median(seconds), flush=True)


if __name__ == "__main__":
    main()
