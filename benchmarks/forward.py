"""Warm forward passes of the same network with the same parameters, every engine in a process of its own."""

from __future__ import annotations

from contextlib import ExitStack, closing
from statistics import median
from typing import TYPE_CHECKING

from processes import Worker
from record import Record
from rounds import best, interleaved, ratio, ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from networks import Measured
    from options import Options
    from rounds import Rounds

OURS, ONNX, REFERENCE, PRODUCTS = "dftrace", "ONNX Runtime", "onnx.reference", "NumPy's products"


def measure(options: Options) -> Iterator[Record]:
    """Seconds of one pass, by network, minibatch and number of threads."""
    for threads in options.threads:
        group = "Warm forward pass, one thread" if threads == 1 else f"Warm forward pass, {threads} threads"
        for network in options.networks:
            for samples in network.batches:
                seconds = _seconds(network, samples, threads, options.rounds(15))
                yield from _records(group, network, samples, seconds)
                if threads == 1 and samples == 1:
                    yield _reference(group, network, seconds[OURS])


def measure_sequences(options: Options) -> Iterator[Record]:
    """The same of what goes along a sequence; and what NumPy's products with its weights alone take, on one thread.

    They are what bounds it: nothing in NumPy multiplies large matrices faster.
    """
    for threads in options.threads:
        group = "Sequences, one thread" if threads == 1 else f"Sequences, {threads} threads"
        for network in options.sequences:
            for samples in network.batches:
                more = (PRODUCTS,) if threads == 1 else ()
                seconds = _seconds(network, samples, threads, options.rounds(15), more)
                yield from _records(group, network, samples, seconds)
                if more:
                    yield _bound(network, samples, seconds)


def _seconds(network: Measured, samples: int, threads: int, rounds: int, more: tuple[str, ...] = ()) -> Rounds:
    with ExitStack() as stack:
        engines = (OURS, *network.torch_layouts, ONNX, *more)
        workers = {name: stack.enter_context(closing(Worker(name, network.name, samples, threads))) for name in engines}
        return interleaved(ready(workers), rounds)


def _records(group: str, network: Measured, samples: int, seconds: Rounds) -> Iterator[Record]:
    """Beside torch's better layout, and beside ONNX Runtime."""
    what = network.title if network.batches == (1,) else f"{network.title}, minibatch of {samples}"
    for name, goal in ((best(seconds, network.torch_layouts), network.over_torch), (ONNX, network.over_onnx)):
        ours, theirs = seconds[OURS], seconds[name]
        yield Record(group, what, name, median(ours), median(theirs), ratio(ours, theirs), "s", goal)


def _bound(network: Measured, samples: int, seconds: Rounds) -> Record:
    """Of torch's time, what the products with the weights take in NumPy."""
    ours, theirs = seconds[PRODUCTS], seconds[network.torch_layouts[0]]
    what = f"{network.title}, minibatch of {samples}: NumPy's products with the weights alone"
    group = "What bounds sequences: products alone, one thread"
    return Record(group, what, "torch's whole pass", median(ours), median(theirs), ratio(ours, theirs), "s")


def _reference(group: str, network: Measured, ours: list[float]) -> Record:
    """One pass, for it is slow."""
    with closing(Worker(REFERENCE, network.name, samples=1, threads=1)) as worker:
        theirs = worker()
    return Record(group, network.title, REFERENCE, median(ours), theirs, median(ours) / theirs, "s")
