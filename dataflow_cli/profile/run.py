"""Profiles a network over a data set: chunks are computed by anybody, and merged in their order.

Sums that are merged in another order differ in their last bits; so what is there of a profile is always that of the
first chunks, and a chunk that came too early waits. That is also what is kept when it is interrupted.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.kernels.running.settings import computing as quietly
from dataflow_cli.profile.answers import no_classes
from dataflow_cli.profile.chunk_profile import ChunkProfile, ChunkProfiler
from dataflow_cli.records import dataclass
from dataflow_cli.run.readings import score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.inputs.wanted import Wanted
    from dataflow_cli.network.model import Network
    from dataflow_cli.profile.data import Chunk, DataSet
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.weights.model import Weights


@dataclass
class Merging:
    """The profile of the first chunks, and of those that came before their turn."""

    state: tuple[int, ChunkProfile] = (0, ChunkProfile())
    """How many chunks are merged, and their profile; in one piece, so that a signal finds both or neither."""
    waiting: dict[int, tuple[ChunkProfile, str]] = field(default_factory=dict)
    machines: dict[str, None] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return self.state[0]

    @property
    def profile(self) -> ChunkProfile:
        return self.state[1]

    def add(self, number: int, found: ChunkProfile, machine: str = "") -> None:
        """Add a chunk, in whatever order they come."""
        self.waiting[number] = (found, machine)
        while self.done in self.waiting:
            part, where = self.waiting.pop(self.done)
            self.machines[where] = None
            self.state = (self.done + 1, self.profile.merged(part))


def local_chunks(
    network: Network,
    weights: Weights,
    chunks: Iterator[Chunk],
    wanted: Wanted,
    computing: Computing,
    *,
    dtype: str,
    skip_broken: bool,
    by_channel: bool = False,
) -> Iterator[tuple[int, ChunkProfile, str]]:
    """Every chunk's number, its profile, and the machine that computed it: this one."""
    from dataflow_cli.profile.machine import machine

    here = machine()
    with computing.engine() as engine, quietly():
        profiler = ChunkProfiler(
            network, weights, engine, wanted, dtype=dtype, skip_broken=skip_broken, by_channel=by_channel
        )
        for chunk in chunks:
            yield chunk.number, profiler.profile(chunk), here


def check_labels(network: Network, data: DataSet, *, needed: bool = False) -> None:
    """Raise InputError for right classes that the network does not have; UnknownName if there are none and must be."""
    if data.labels is None:
        if needed:
            raise no_classes()
        return
    if not score(network):
        hint = "leave --labels out, or give `classes` in the network file"
        raise InputError(f"{network.name} gives no classes that labels could be held against", hint=hint, code="E303")
    classes = max(network.by_name[network.outputs[0]].output_shape[0], 2)
    wrong = (data.labels >= classes) | (data.labels < 0)
    if wrong.any():
        at = int(wrong.argmax())
        message = f"label {at + 1:,} is {data.labels[at]}, and the network has {classes:,} classes"
        raise InputError(message, hint="labels count from 0", code="E302")
