"""What it costs to tell which layer of a capture computes wrongly: beside a run in float64 that keeps its tensors."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from networks import captured
from processes import dftrace, peer, run, seconds
from record import Record
from rounds import interleaved, ratio, ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from options import Options

GROUP = "A capture beside the network, layer by layer: whole processes, one thread"
GOAL = 3.0
THEIRS = "dftrace run --dtype float64 --save"


def measure(options: Options) -> Iterator[Record]:
    """Seconds of `dftrace diff` with the own error of every layer, for the two largest networks."""
    for network in options.networks[-2:]:
        given = (network.config, "-w", network.weights, "-i", network.sample)
        saved, narrow = captured(network.name, "float64"), captured(network.name, "narrow")
        traced = dftrace("run", *given, "--dtype", "float64", "--save", saved, "-q")
        run(traced)
        run(peer("narrow", saved, narrow))
        commands = {"ours": dftrace("diff", given[0], narrow, *given[1:]), "theirs": traced}
        found = interleaved(
            ready({name: partial(seconds, each, 1) for name, each in commands.items()}), options.rounds(7)
        )
        one, other = found["ours"], found["theirs"]
        yield Record(GROUP, network.title, THEIRS, median(one), median(other), ratio(one, other), "s", GOAL)
