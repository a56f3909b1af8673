"""Peak memory, and time, of cold processes that take one input through a network."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from machine import cores
from processes import Finished, dftrace, peer, run
from record import Record
from rounds import ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from networks import Measured
    from options import Options
    from record import Unit

MEMORY, TIME = "Peak memory, cold, one input", "A cold process, one input"
GOAL = 0.7


def measure(options: Options) -> Iterator[Record]:
    """Bytes, then seconds of the same processes."""
    for network in options.networks:
        finished = _finished(network, options.rounds(3))
        ours = finished.pop("dftrace")
        for name, theirs in finished.items():
            goal = GOAL if name == "ONNX Runtime" else None
            what = network.title, name
            yield _record(MEMORY, what, [one.peak_bytes for one in ours], [one.peak_bytes for one in theirs], goal)
            yield _record(TIME, what, [one.seconds for one in ours], [one.seconds for one in theirs])


def _finished(network: Measured, rounds: int) -> dict[str, list[Finished]]:
    """Every process, once a round."""
    commands = {
        "dftrace": dftrace("run", network.config, "-w", network.weights, "-i", network.sample, "-f", "plain"),
        "ONNX Runtime": peer("onnx_cold", network.onnx, network.prepared),
        "torch": peer("torch_cold", network.torch, network.prepared),
    }
    found: dict[str, list[Finished]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(run(command, cores()))
    return found


def _record(
    group: str, what: tuple[str, str], ours: Sequence[float], theirs: Sequence[float], goal: float | None = None
) -> Record:
    unit: Unit = "B" if group == MEMORY else "s"
    return Record(group, *what, median(ours), median(theirs), ratio(ours, theirs), unit, goal)
