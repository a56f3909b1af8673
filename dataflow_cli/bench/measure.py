"""Measures how long a network takes, layer by layer, beside what this machine can do at best.

A pass sends one minibatch through all layers, without statistics and without keeping tensors. Between two passes the
machine multiplies two matrices on as many threads, so that a share of its speed compares what was measured together.
"""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.bench.benchmark import Benchmark, LayerTimes, Times
from dataflow_cli.bench.sgemm import Sgemm
from dataflow_cli.kernels.method import Method
from dataflow_cli.network.memory import output_bytes
from dataflow_cli.run.memory import PLAIN, check_memory
from dataflow_cli.run.minibatch import checked, computed_in
from dataflow_cli.run.program import Program
from dataflow_cli.run.resident import measured_peak_bytes, reset_peak
from dataflow_cli.run.schedule import Observing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataflow_cli.network.model import Network
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.run.fused import FusedUnit
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

    Batch = Mapping[str, Array]

WARM_UP = 2
"""Passes that are not counted: the first fills caches and scratch, some methods prepare kernels in the second."""
BUDGET = 2.0
"""Seconds of passes if nobody says how many."""
FEWEST, MOST = 5, 200
"""Passes within the budget."""


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
    with computing.engine() as engine:
        program = Program(network, weights, engine, observing=Observing(moments=False))
        first, *_, last = [sum(_pass(program, batch)) for _ in range(WARM_UP)]
        count = repeat or _fitting(last)
        for done in range(count):
            passes.append(_pass(program, batch))
            speeds.append(product.speed())
            if progress is not None:
                progress(done + 1, count)
    return benchmark(
        network,
        passes,
        samples=samples,
        dtype=dtype,
        computing=computing,
        heads=program.heads,
        weights=weights.source,
        source=source,
        first=first,
        sgemm=statistics.median(speeds),
        peak_bytes=measured_peak_bytes(),
    )


def benchmark(
    network: Network,
    passes: Sequence[tuple[float, ...]],
    *,
    samples: int,
    dtype: str,
    computing: Computing,
    heads: Mapping[str, str],
    **measured: Any,
) -> Benchmark:
    """The finished record of passes, each the seconds of every node in network order.

    `heads` has, by node that is done to the tiles of another one, that other one. `measured` is what the record has
    under the same names.
    """
    how = {"kept": True, "fast_math": computing.fast_math}
    layers = []
    for node, seconds in zip(network.nodes, zip(*passes, strict=True), strict=True):
        head = heads.get(node.name)
        method = _joined(head) if head else node.layer.method(node.input_shapes, samples, **how)
        size = output_bytes(node, dtype) * samples
        layers.append(
            LayerTimes(
                node.name, node.layer.type, node.output_shape, method.name, method.why, node.macs, size, Times(seconds)
            )
        )
    return Benchmark(
        network=network.name,
        file=network.file,
        samples=samples,
        dtype=dtype,
        threads=computing.threads,
        fast_math=computing.fast_math,
        parameters=network.parameter_count,
        warm_up=WARM_UP,
        whole=Times(tuple(map(sum, passes))),
        layers=tuple(layers),
        **measured,
    )


def _joined(head: str) -> Method:
    return Method("joined", f"done to each tile of {head} while that is in the cache")


def _pass(program: Program, batch: Batch) -> tuple[float, ...]:
    """Seconds of every node, in network order."""
    seconds: dict[str, float] = {}

    def seen(unit: FusedUnit) -> None:
        seconds.update(zip((node.name for node in unit.nodes), unit.seconds_each(), strict=True))

    program.run(batch, seen)
    return tuple(seconds[node.name] for node in program.network.nodes)


def _fitting(seconds: float) -> int:
    """How many passes of so many seconds the budget holds."""
    return max(FEWEST, min(MOST, round(BUDGET / max(seconds, 1e-9))))
