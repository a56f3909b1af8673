"""Measures how long a network takes, layer by layer, beside what this machine can do at best.

A pass sends one minibatch through all layers, without statistics and without keeping tensors. Between two passes the
machine multiplies two matrices on as many threads, so that a share of its speed compares what was measured together.
"""

from __future__ import annotations

import statistics
from dataclasses import field, replace
from typing import TYPE_CHECKING

from dataflow_cli.bench.sgemm import Sgemm
from dataflow_cli.records import dataclass
from dataflow_cli.run.given import checked, computed_in
from dataflow_cli.run.memory import PLAIN, check_memory
from dataflow_cli.run.program import Program
from dataflow_cli.run.resident import peak_bytes, reset_peak
from dataflow_cli.run.schedule import Watching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflow_cli.network.model import Network
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.run.fused import Unit
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

    Batch = Mapping[str, Array]

WARM_UP = 2
"""Passes that are not counted: the first fills caches and scratch, some methods prepare kernels in the second."""
BUDGET = 2.0
"""Seconds of passes if nobody says how many."""
FEWEST, MOST = 5, 200
"""Passes within the budget."""


@dataclass(frozen=True)
class Times:
    """Seconds of the same work, once a pass."""

    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Benchmark:
    """What was measured. `layers` has the times of each node, in network order; a pass is their sum."""

    network: Network
    weights: str
    source: str
    """Where the input came from, in words."""
    samples: int
    """Samples a pass."""
    dtype: str
    computing: Computing
    first: float
    """Seconds of the very first pass, which is not counted."""
    whole: Times
    layers: tuple[Times, ...]
    sgemm: float
    """Floating-point operations a second of a large matrix product: the median of one measurement a pass."""
    peak_bytes: int
    """The most memory that the process had at once, program and parameters included."""
    heads: Mapping[str, str] = field(default_factory=dict)
    """By node that is done to the tiles of another one, that other one."""

    def speed(self, macs: int, seconds: float) -> float:
        """Floating-point operations a second of a pass with so many multiply-accumulates a sample."""
        return 2 * macs * self.samples / seconds


def measure(
    network: Network,
    weights: Weights,
    batch: Batch,
    *,
    source: str = "",
    repeat: int | None = None,
    computing: Computing = PLAIN,
    progress: Callable[[int, int], None] | None = None,
) -> Benchmark:
    """Time `repeat` passes of a minibatch, arrays (n, *shape) by input; as many as two seconds hold if None.

    `computing` says on how many threads. `progress` is told how many passes are done, and how many there are. Raises
    LimitError if the minibatch would not fit into memory.
    """
    batch, samples = checked(network, weights, batch)
    dtype = computed_in(batch, weights)
    computing = replace(computing, repeated=True)
    check_memory(network, samples, dtype, held=weights.nbytes, computing=computing)
    reset_peak()
    product = Sgemm(computing.threads)
    passes, speeds = [], []
    with computing.engine():
        program = Program(network, weights, watching=Watching(moments=False))
        first, *_, last = [sum(_pass(program, batch)) for _ in range(WARM_UP)]
        count = repeat or _fitting(last)
        for done in range(count):
            passes.append(_pass(program, batch))
            speeds.append(product.speed())
            if progress is not None:
                progress(done + 1, count)
    return Benchmark(
        network=network,
        weights=weights.source,
        source=source,
        samples=samples,
        dtype=dtype,
        computing=computing,
        first=first,
        whole=Times(tuple(sum(seconds) for seconds in passes)),
        layers=tuple(Times(seconds) for seconds in zip(*passes, strict=True)),
        sgemm=statistics.median(speeds),
        peak_bytes=peak_bytes(),
        heads=program.heads,
    )


def _pass(program: Program, batch: Batch) -> tuple[float, ...]:
    """Seconds of every node, in network order."""
    seconds: dict[str, float] = {}

    def seen(unit: Unit) -> None:
        seconds.update(zip((node.name for node in unit.nodes), unit.seconds_each(), strict=True))

    program.run(batch, seen)
    return tuple(seconds[node.name] for node in program.network.nodes)


def _fitting(seconds: float) -> int:
    """How many passes of so many seconds the budget holds."""
    return max(FEWEST, min(MOST, round(BUDGET / max(seconds, 1e-9))))
