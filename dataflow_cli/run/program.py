"""A network made ready for minibatches of one size: chains of layers, the arrays they fill, and the work to be done.

The first minibatch makes the program while it goes through. If the engine keeps kernels, the others only do the work
again, in the same memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.running.engine import PLAIN_ENGINE
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.network.chains import chains, largest_ahead
from dataflow_cli.network.opened import apart
from dataflow_cli.run.schedule import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.network.model import Network
    from dataflow_cli.run.fused import FusedUnit
    from dataflow_cli.run.schedule import Observing
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights

    Batch = Mapping[str, Array]
    Seen = Callable[[FusedUnit], None]


class Program:
    """Runs minibatches that all have the number of samples, and the types, of the first.

    `engine` does the work. `keep` names the nodes whose tensors are to stay, beside the network's outputs; those of
    `whole` are made as a whole, seen, and let go. With `observing` every node is observed. The arrays of the inputs
    that are `owned` are the same ones for every minibatch; the others are copied.
    """

    def __init__(
        self,
        network: Network,
        weights: Weights,
        engine: Engine = PLAIN_ENGINE,
        *,
        keep: Collection[str] = (),
        whole: Collection[str] = (),
        observing: Observing | None = None,
        owned: Collection[str] = (),
    ) -> None:
        self.network = apart(network)
        self.shown = network.by_name.keys()
        """The nodes that anybody asks for; others are what several of them are taken from."""
        self.weights = weights
        self.engine = engine
        self.keep = frozenset(keep)
        self.whole = self.keep.union(whole)
        self.observing = observing
        self.owned = frozenset(owned)
        self.reused = engine.packed.keep
        """Whether the next minibatch goes into the same arrays; who wants this one's must copy them."""
        self.outputs: dict[str, Array] = {}
        self.given: dict[str, Array] = {}
        self._units: list[FusedUnit] = []

    @property
    def heads(self) -> dict[str, str]:
        """The node that makes the tiles, by each node that is computed together with it."""
        return {node.name: unit.nodes[0].name for unit in self._units for node in unit.nodes[1:]}

    def fits(self, batch: Batch) -> bool:
        """Whether the minibatch is like the first."""
        pairs = [(array, batch[name]) for name, array in self.given.items()]
        return all(array.shape == other.shape and array.dtype == other.dtype for array, other in pairs)

    def run(self, batch: Batch, seen: Seen | None = None) -> dict[str, Array]:
        """The network's outputs by name. `seen` is told each unit once it is computed, while its array is there.

        The time of what is not shown is that of the first that is taken from it. Raises NetworkError if values do not
        suit a layer, such as an index past the end of an embedding.
        """
        before = 0.0
        with computing():
            for unit in self._again(batch) if self._units else self._made(batch):
                if unit.nodes[-1].name not in self.shown:
                    before = unit.seconds
                    continue
                unit.seconds, before = unit.seconds + before, 0.0
                if seen is not None:
                    seen(unit)
        return self.outputs

    def _again(self, batch: Batch) -> Iterator[FusedUnit]:
        for name, array in self.given.items():
            if name not in self.owned:
                array[...] = batch[name]
        for unit in self._units:
            unit.run()
            yield unit

    def _made(self, batch: Batch) -> Iterator[FusedUnit]:
        """Every unit is made when its inputs are there, and run."""
        given = {spec.name: batch[spec.name] for spec in self.network.inputs}
        copied = given.keys() - self.owned if self.reused else ()
        self.given = {name: array.copy() if name in copied else array for name, array in given.items()}
        scheduler = Scheduler(
            self.network, self.weights, self.given, self.engine, keep=self.keep, observing=self.observing
        )
        order = chains(self.network, self.whole)
        units = []
        for chain, ahead in zip(order, largest_ahead(order), strict=True):
            if not self.reused:
                scheduler.trim(ahead)
            for unit in scheduler.units(chain):
                if self.reused:
                    units.append(unit)
                else:
                    unit.settle()
                yield unit
        self._units = units
        self.outputs = {name: scheduler.tensors.arrays[name] for name in self.network.outputs}
