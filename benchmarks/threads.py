"""What all cores make of it: forward passes on every core beside the same on one thread, in turns.

The cores of a virtual machine are often somebody else's for a while. So every turn stands between two measurements of
what the cores give to processes that know nothing of each other, and counts only if that is nearly all.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from statistics import median
from typing import TYPE_CHECKING

from machine import cores
from processes import Worker
from record import Record
from rounds import ratio, ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from networks import Measured
    from options import Options

GROUP = "All cores over one thread"
GOALS = {"vgg16": 1.7, "mnist-cnn": 1.7}
"""With two cores; of the digits the largest minibatch."""
ALL_THERE = 0.93
"""Of as many times the speed of one process as there are cores: what is measured counts from here on."""
MOST_TURNS = 20
"""For each that is to count."""


class Machine:
    """As many processes of matrix products as there are cores."""

    def __init__(self, stack: ExitStack) -> None:
        self.workers = [stack.enter_context(closing(Worker("sgemm", "", 0, 1))) for _ in range(cores())]
        for worker in self.workers:
            worker()

    def __call__(self) -> float:
        """How many times the speed of one they have together, over their number: 1 if all cores are there.

        Then all of them are awake.
        """
        alone = self.workers[0]()
        for worker in self.workers:
            worker.start()
        return alone / max(worker.finish() for worker in self.workers)


def measure(options: Options) -> Iterator[Record]:
    """How many times as fast a pass is; nothing on a machine with one core."""
    if cores() < 2:
        return
    for network, samples in _minibatches(options):
        with ExitStack() as stack:
            machine = Machine(stack)
            many, one = (
                stack.enter_context(closing(Worker("dftrace", network.name, samples, threads)))
                for threads in (cores(), 1)
            )
            ready({"many": many, "one": one})
            turns, tried = _quiet(machine, many, one, options.rounds(15))
        what = network.title if samples == 1 else f"{network.title}, minibatch of {samples}"
        ours, theirs = zip(*turns, strict=True)
        yield Record(
            GROUP,
            f"{what}, {cores()} threads",
            "1 thread",
            median(ours),
            median(theirs),
            ratio(theirs, ours),
            "s",
            GOALS.get(network.name),
            at_least=True,
            note=f"{len(turns)} of {tried} turns: in the others the cores were not all there",
        )


def _minibatches(options: Options) -> list[tuple[Measured, int]]:
    """The largest of every network, and pictures of VGG16 enough that its dense layers are not bound by memory."""
    found = [(network, network.batches[-1]) for network in options.networks]
    return [*found, *((network, 4) for network, _ in found if network.name == "vgg16")]


def _quiet(
    machine: Machine, many: Callable[[], float], one: Callable[[], float], rounds: int
) -> tuple[list[tuple[float, float]], int]:
    """Turns of both while all cores were there, and how many turns it took; all turns if they never were."""
    counted, every = [], []
    while len(counted) < rounds and len(every) < rounds * MOST_TURNS:
        before = machine()
        every.append((many(), one()))
        if min(before, machine()) >= ALL_THERE:
            counted.append(every[-1])
    return counted or every, len(every)
