"""What exact statistics of every tensor cost: traced passes beside bare ones."""

from __future__ import annotations

from contextlib import closing
from statistics import median
from typing import TYPE_CHECKING

from processes import Worker
from record import Record
from rounds import interleaved, ratio, ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from options import Options

GROUP = "Traced with exact statistics, one thread"


def measure(options: Options) -> Iterator[Record]:
    """Seconds of one pass of one sample."""
    for network in options.networks:
        traced, bare = (Worker(engine, network.name, 1, 1) for engine in ("dftrace traced", "dftrace"))
        with closing(traced), closing(bare):
            seconds = interleaved(ready({"traced": traced, "bare": bare}), options.rounds(15))
        ours, theirs = seconds["traced"], seconds["bare"]
        quotient = ratio(ours, theirs)
        yield Record(
            GROUP, network.title, "the bare forward pass", median(ours), median(theirs), quotient, "s", network.traced
        )
