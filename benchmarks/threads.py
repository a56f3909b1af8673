"""What all cores make of it: forward passes on every core beside the same on one thread, in turns."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from machine import cores
from processes import Worker
from record import Record
from rounds import interleaved, ratio, ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from options import Options

GROUP = "All cores over one thread"
PASSES = 5
"""In a turn."""
GOALS = {"vgg16": 1.7, "mnist-cnn": 1.7}
"""With two cores; of the digits the largest minibatch."""


def measure(options: Options) -> Iterator[Record]:
    """How many times as fast a pass is; nothing on a machine with one core."""
    if cores() < 2:
        return
    for network in options.networks:
        samples = network.batches[-1]
        many, one = (Worker("dftrace", network.name, samples, threads) for threads in (cores(), 1))
        with closing(many), closing(one):
            turns = {"many": partial(_in_a_row, many), "one": partial(_in_a_row, one)}
            seconds = interleaved(ready(turns), options.rounds(7))
        what = network.title if samples == 1 else f"{network.title}, minibatch of {samples}"
        faster = ratio(seconds["one"], seconds["many"])
        medians = median(seconds["many"]), median(seconds["one"])
        goal = GOALS.get(network.name)
        yield Record(GROUP, f"{what}, {cores()} threads", "1 thread", *medians, faster, "s", goal, at_least=True)


def _in_a_row(worker: Worker) -> float:
    """The median of some passes: the first wakes cores that had nothing to do."""
    return median(worker() for _ in range(PASSES))
