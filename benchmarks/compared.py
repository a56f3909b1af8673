"""What a comparison of captured tensors costs: beside reading both files with NumPy and subtracting."""

from __future__ import annotations

from contextlib import closing
from statistics import median
from typing import TYPE_CHECKING

from networks import captured
from processes import Worker, dftrace, peer, run
from record import Record
from rounds import interleaved, ratio, ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from options import Options

GROUP = "Two captures compared, one thread"
GOAL = 1.5
THEIRS = "numpy.load of both, and A - B"
SIDES = {"equal": "dftrace diff, equal", "rounded": "dftrace diff, rounded", "wrong": "dftrace diff, wrong"}
"""What the second capture is: the first, the first as another engine rounds it, or one that is off everywhere."""


def measure(options: Options) -> Iterator[Record]:
    """Seconds of one comparison of all tensors of the largest network."""
    for network in options.networks[-1:]:
        saved = captured(network.name, "trace")
        run(dftrace("run", network.config, "-w", network.weights, "-i", network.sample, "--save", saved, "-q"))
        run(peer("captures", saved, *(captured(network.name, side) for side in ("a", *SIDES))))
        for side, engine in SIDES.items():
            ours, theirs = Worker(engine, network.name, 1, 1), Worker(THEIRS, network.name, 1, 1)
            with closing(ours), closing(theirs):
                seconds = interleaved(ready({"ours": ours, "theirs": theirs}), options.rounds(11))
            one, other = seconds["ours"], seconds["theirs"]
            yield Record(
                GROUP, network.title, THEIRS, median(one), median(other), ratio(one, other), "s", GOAL, note=side
            )
