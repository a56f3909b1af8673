"""A minibatch that goes through the front of a network a few samples at a time, and at once through the rest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.network.front import divided, together
from dataflow_cli.run.memory import PLAIN, check_memory, needed_bytes
from dataflow_cli.run.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.network.model import Network
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.run.fused import FusedUnit
    from dataflow_cli.run.program import Batch
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

    Seen = Callable[[FusedUnit], None]


def check_parts(network: Network, samples: int, dtype: str, *, held: int = 0, computing: Computing = PLAIN) -> None:
    """Raise LimitError if a minibatch would not fit into memory: see `check_memory`."""
    front, rest = divided(network)
    few = min(together(front), samples) if front else 0
    if front is None or rest is None:
        part, some, beside = (front, few, 0) if front else (network, samples, 0)
    else:
        beside = needed_bytes(front, few, dtype, front.outputs, computing, whole=front.by_name.keys())
        part, some = rest, samples
    check_memory(part, some, dtype, part.outputs, part.by_name.keys(), held=held, beside=beside, computing=computing)


class PartedProgram:
    """Runs minibatches of any size. Every tensor is made as a whole, of the samples that go together.

    The engine should keep kernels: all parts use them.
    """

    def __init__(self, network: Network, weights: Weights, engine: Engine) -> None:
        self.network = network
        self._front, self._rest = divided(network)
        self._together = together(self._front) if self._front else 0
        self._made = partial(Program, weights=weights, engine=engine, whole=network.by_name.keys())
        self._programs: dict[int, Program] = {}
        """Of the front, by the number of samples; that of the rest is at 0."""
        self._handed: dict[str, Array] = {}
        """What the front puts out, of all samples."""

    def run(self, batch: Batch, seen: Seen) -> dict[str, Array]:
        """The network's outputs by name. `seen` is told each unit as often as it is computed, with the next samples.

        The outputs are overwritten by the next run. Raises what `Program.run` raises.
        """
        count = len(next(iter(batch.values())))
        given = dict(batch)
        if self._front:
            for start in range(0, count, self._together):
                part = {name: array[start : start + self._together] for name, array in batch.items()}
                self._hand_on(self._ran(self._front, part, seen), start, count)
            given |= self._handed
        if self._rest:
            given |= self._ran(self._rest, given, seen, 0, self._handed)
        return {name: given[name] for name in self.network.outputs}

    def _ran(
        self, network: Network, batch: Batch, seen: Seen, key: int | None = None, owned: Collection[str] = ()
    ) -> dict[str, Array]:
        """The outputs of the front or the rest."""
        key = len(next(iter(batch.values()))) if key is None else key
        program = self._programs.get(key)
        if program is None or not program.fits(batch):
            program = self._programs[key] = self._made(network, keep=network.outputs, owned=owned)
        return program.run(batch, seen)

    def _hand_on(self, outputs: Batch, start: int, count: int) -> None:
        """Put what the front gave for some of so many samples beside that of the others."""
        for name, array in outputs.items():
            shape = (count, *array.shape[1:])
            there = self._handed.get(name)
            if there is None or there.shape != shape or there.dtype != array.dtype:
                there = self._handed[name] = np.empty(shape, array.dtype)
            there[start : start + len(array)] = array
