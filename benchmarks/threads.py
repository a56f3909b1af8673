"""What all cores make of it: forward passes on every core beside the same on one thread, in turns.

The cores of a virtual machine are often somebody else's for a while. So every turn stands between two measurements of
what the cores give to processes that know nothing of each other, and counts only if that is nearly all.

Cores share a cache and the way to memory, which matrix products in a cache do not show. So beside the passes on several
threads stand those of as many processes with one thread each: more than they make together nobody can expect.
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
    from collections.abc import Callable, Iterator, Sequence

    from networks import Measured
    from options import Options

GROUP = "All cores over one thread"
GOALS = {"vgg16": 1.7, "mnist-cnn": 1.7}
"""With two cores; of the digits the largest minibatch."""
ALL_THERE = 0.93
"""Of as many times the speed of one process as there are cores: what is measured counts from here on."""
MOST_TURNS = 4
"""For each that is to count."""
Turn = tuple[float, float, float]
"""Seconds of a pass on many threads, of one on one thread, and of as many as there are cores at once."""


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
        return alone / len(self.workers) / _at_once(self.workers)


def measure(options: Options) -> Iterator[Record]:
    """How many times as fast a pass is; nothing on a machine with one core."""
    if cores() < 2:
        return
    for network, samples in _minibatches(options):
        with ExitStack() as stack:
            machine = Machine(stack)
            many, *each = (
                stack.enter_context(closing(Worker("dftrace", network.name, samples, threads)))
                for threads in (cores(), *[1] * cores())
            )
            ready({"many": many} | {str(number): one for number, one in enumerate(each)})
            counted, every = _quiet(machine, many, each, options.rounds(15))
        what = network.title if samples == 1 else f"{network.title}, minibatch of {samples}"
        ours, alone, apart = zip(*(counted or every), strict=True)
        note = _note(len(counted), len(every))
        for name, seconds, goal in (
            (f"{what}, {cores()} threads", ours, GOALS.get(network.name)),
            (f"{what}, {cores()} processes", apart, None),
        ):
            quotient = ratio(alone, seconds)
            medians = median(seconds), median(alone)
            yield Record(GROUP, name, "1 thread", *medians, quotient, "s", goal, at_least=True, note=note)
            note = "seconds over their number"


def _minibatches(options: Options) -> list[tuple[Measured, int]]:
    """The largest of every network, and pictures of VGG16 enough that its dense layers are not bound by memory."""
    found = [(network, network.batches[-1]) for network in options.networks]
    return [*found, *((network, 4) for network, _ in found if network.name == "vgg16")]


def _quiet(
    machine: Machine, many: Callable[[], float], each: Sequence[Worker], rounds: int
) -> tuple[list[Turn], list[Turn]]:
    """Turns while all cores were there, and all turns that it took."""
    counted: list[Turn] = []
    every: list[Turn] = []
    while len(counted) < rounds and len(every) < rounds * MOST_TURNS:
        before = machine()
        every.append((many(), each[0](), _at_once(each)))
        if min(before, machine()) >= ALL_THERE:
            counted.append(every[-1])
    return counted, every


def _note(counted: int, tried: int) -> str:
    """What is to be said of how many turns count."""
    if not counted:
        return f"all of {tried} turns, though the cores were never all there"
    return f"{counted} of {tried} turns: in the others the cores were not all there"


def _at_once(each: Sequence[Worker]) -> float:
    """Seconds of passes in several processes at once, over the number of passes."""
    for worker in each:
        worker.start()
    return max([worker.finish() for worker in each]) / len(each)
