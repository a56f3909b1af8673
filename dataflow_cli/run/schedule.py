"""Makes the units of a network's chains, one after the other, and runs each for the first time."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError, NetworkError, Problem
from dataflow_cli.kernels.running.epilogue import Stage
from dataflow_cli.kernels.running.observer import Clock, Observer
from dataflow_cli.layers.base import suited
from dataflow_cli.layers.tiling import Work
from dataflow_cli.lazy import np
from dataflow_cli.network.chains import elementwise, makes_tiles, pool_of, readers
from dataflow_cli.records import dataclass
from dataflow_cli.run.fused import FusedUnit
from dataflow_cli.run.live_tensors import LiveTensors
from dataflow_cli.run.minibatch import computed_in
from dataflow_cli.run.placing import Placing, placing_of
from dataflow_cli.run.ready import ReadyParameters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.network.chains import Chain
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.shapes import Array
    from dataflow_cli.weights.model import Weights


@dataclass(frozen=True)
class Observing:
    """What is to be learned of tensors while they are made, beside how long it takes."""

    moments: bool = True
    histogram: bool = False
    units: Mapping[str, int] = field(default_factory=dict)
    """By node, the axis of the units of which it is wanted whether they put out anything but zeros."""


class Scheduler:
    """Makes units of chains, and runs each. They run again, in the same memory, if the engine keeps weights."""

    def __init__(
        self,
        network: Network,
        weights: Weights,
        given: Mapping[str, Array],
        engine: Engine,
        *,
        keep: Collection[str],
        observing: Observing | None,
    ) -> None:
        self.weights = weights
        self.engine = engine
        self.observing = observing
        self.reused = engine.packed.keep
        self.samples = len(next(iter(given.values())))
        self.tensors = LiveTensors(given, readers(network) + Counter(keep))
        self.dtype = np.dtype(computed_in(given, weights))
        self.parameters = ReadyParameters(weights, self.dtype, engine.packed)

    def trim(self, ahead: int) -> None:
        """Let go of memory that is larger than any tensor to come, of so many elements a sample."""
        self.tensors.buffers.trim(ahead * self.samples * self.dtype.itemsize)

    def units(self, chain: Chain) -> Iterator[FusedUnit]:
        """A chain as one unit; as one a node, if its tensors are not such as tiles can be computed from."""
        placing = self._placing(chain) if makes_tiles(chain[0]) and not self.weights.stored else None
        if placing is not None:
            unit = self._tiled(chain, placing)
            if unit is None:
                yield from self.units(chain[:-1])
                yield from self.units(chain[-1:])
                return
            yield unit
            self.tensors.let_go(chain)
            return
        for node in chain:
            parts = [self.tensors.arrays[name] for name in node.inputs]
            action = partial(_called, node, parts, self.parameters.of(node), self.dtype, self.engine)
            if self.weights.stored:
                action = partial(_stored, action, parts, self.weights.stored)
            yield self._run(FusedUnit((node,), action))
            self.tensors.let_go((node,))

    def _placing(self, chain: Chain) -> Placing | None:
        """How the tensors of a chain lie for tiles; None if not all are of the type that the network computes in, in
        one piece.
        """
        inside = {node.name for node in chain}
        tensors = [self.tensors.arrays[name] for node in chain for name in node.inputs if name not in inside]
        parameters = [array for node in chain for array in self.weights.of(node.name).values()]
        if any(array.dtype != self.dtype for array in tensors + parameters):
            return None
        return placing_of(chain, tensors)

    def _tiled(self, chain: Chain, placing: Placing) -> FusedUnit | None:
        """The unit of a chain, once it has run; None if the kernel cannot do the pooling at its end with the rest."""
        head, last = chain[0], chain[-1]
        inputs = [placing.seen(self.tensors.arrays[name]) for name in head.inputs]
        observers = self._observers(chain, moved=placing.moved)
        shape = (len(inputs[0]), *placing.shape(last.output_shape))
        out, memory = self.tensors.buffers.take(shape, self.dtype)
        work = Work(inputs, self.parameters.of(head), self._stages(chain, observers, placing), out, self.engine)
        pool = pool_of(last) if last.output_shape != head.output_shape else None
        job = head.tiling.job(work, pool)
        if job is not None and elementwise(head):
            return self._run(FusedUnit(chain, placing.done(job), observers), memory)
        unit = None
        if job is not None:
            unit = self._run(FusedUnit(chain, partial(_activated, placing.done(job), head, self.engine)))
        self.tensors.buffers.give(memory)  # of sums that nobody else reads, or of nothing
        return unit

    def _stages(self, chain: Chain, observers: Sequence[Observer], placing: Placing) -> list[Stage]:
        """What is done to every tile after the first node of a chain; a pooling at its end is none of it."""
        stages = []
        for number, node in enumerate(chain):
            stage = node.tiling.stage
            if number and stage and node.output_shape == chain[0].output_shape:
                others = [self.tensors.arrays[name] for name in node.inputs if name != chain[number - 1].name]
                stages.append(stage(self.parameters.of(node), [placing.seen(other) for other in others]))
            if observers:
                stages.append(Stage(observer=observers[number]))
        return stages

    def _observers(self, chain: Chain, *, moved: bool) -> tuple[Observer, ...]:
        observing = self.observing
        if observing is None or not elementwise(chain[0]):
            return ()
        clock = Clock()
        wanted = {"moments": observing.moments, "histogram": observing.histogram}
        return tuple(Observer(clock, **wanted, units=self._units(node, observing, moved=moved)) for node in chain)

    def _units(self, node: Node, observing: Observing, *, moved: bool) -> int:
        """How many units to watch in tiles: they must be their last axis."""
        last = 0 if moved else len(node.output_shape) - 1
        return node.output_shape[last] if observing.units.get(node.name) == last else 0

    def _run(self, unit: FusedUnit, memory: Array | None = None) -> FusedUnit:
        """Run a unit for the first time, and note where its result is."""
        unit.run()
        self.parameters.done()
        name, tensors = unit.nodes[-1].name, self.tensors
        shared = "" if memory is not None else tensors.seen_in(unit.nodes[0].inputs, unit.array)
        if shared:
            unit.settle()  # another view of memory that is there
            unit.source = shared if tensors.arrays[shared].size == unit.array.size else ""
            tensors.add_view(name, unit.array, shared)
        else:
            if memory is None and self.reused:
                unit.array, memory = tensors.buffers.copied(unit.array)
            tensors.add(name, unit.array, memory)
        return unit


def _called(
    node: Node, inputs: list[Array], parameters: Mapping[str, Array], dtype: np.dtype[Any], engine: Engine
) -> Array:
    """The output of a node's layer."""
    try:
        return node.layer(suited(node.layer, inputs, dtype), parameters, engine)
    except LayerError as error:
        message = f"{node.layer.type} '{node.name}': {error.message}"
        raise NetworkError([Problem(error.code, message, error.hint, node.place)]) from error


def _stored(action: Callable[[], Array], inputs: list[Array], dtype: str) -> Array:
    """What a layer puts out, as a type of half precision holds it; another view of an input is so already."""
    made = action()
    return made if any(np.may_share_memory(made, x) for x in inputs) else kernels.activations.as_stored(made, dtype)


def _activated(done: Callable[[], Array], node: Node, engine: Engine) -> Array:
    """A job's result after an activation that looks at more than single elements."""
    return node.layer.result_activation([done()], {}, engine) if node.layer.result_activation else done()
