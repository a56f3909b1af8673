"""A process with one engine: for every line on stdin it writes how many seconds a pass takes.

A pass that is over in no time is repeated for a tenth of a second, and the median counts. The arguments are the names
of the engine and the network, the number of samples and of threads.
"""

from __future__ import annotations

import os
import sys
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engines import Pass

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program does, before NumPy is there

WARM_UP = 2
TURN = 0.1
"""Seconds."""


def main() -> None:
    """Answer until stdin ends."""
    from engines import ENGINES

    engine, name, samples, threads = sys.argv[1:]
    forward = ENGINES[engine](name, int(samples), int(threads))
    for _ in range(WARM_UP if engine != "onnx.reference" else 0):
        forward()
    for _ in sys.stdin:
        print(median(times(forward)), flush=True)


def times(forward: Pass) -> list[float]:
    """Seconds of as many passes as a tenth of a second holds, one at least."""
    found: list[float] = []
    while not found or sum(found) < TURN:
        started = perf_counter()
        forward()
        found.append(perf_counter() - started)
    return found


if __name__ == "__main__":
    main()
