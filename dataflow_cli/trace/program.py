"""A network made ready for minibatches of one size: chains of layers, the arrays they fill, and the work to be done.

The first minibatch makes the program while it goes through. If the engine keeps kernels, the others only do the work
again, in the same memory.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from dataflow_cli.errors import LayerError, NetworkError, Problem
from dataflow_cli.kernels.engine import current
from dataflow_cli.kernels.finish import Stage
from dataflow_cli.kernels.watch import Clock, Watch
from dataflow_cli.lazy import np
from dataflow_cli.network.chains import chains, elementwise, largest, readers
from dataflow_cli.records import dataclass
from dataflow_cli.trace.buffers import Buffers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from dataflow_cli.kernels.job import Job
    from dataflow_cli.layers.base import Array
    from dataflow_cli.network.chains import Chain
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.weights.model import Weights

    Batch = Mapping[str, Array]
    Seen = Callable[["Unit"], None]


@dataclass(frozen=True)
class Watching:
    """What is to be learned of tensors while they are made, beside how long it takes."""

    moments: bool = True
    histogram: bool = False


class Unit:
    """What is computed at once: a chain of nodes, or a single one."""

    def __init__(self, nodes: Chain, action: Callable[[], Array], watches: tuple[Watch, ...] = ()) -> None:
        self.nodes = nodes
        self.watches = watches
        """One a node, if tiles are watched while they are made."""
        self.array: Array
        """What the last node gives."""
        self.source = ""
        """The tensor that `array` is another view of, with all its elements."""
        self.seconds = 0.0
        self._action: Callable[[], Array] | None = action
        self._computed = False

    def run(self) -> None:
        """Compute it for what is in the input arrays now."""
        self.seconds = 0.0
        if self._action is None:
            return
        started = perf_counter()
        made = self._action()
        if not self._computed:
            self.array = made
        elif made is not self.array:
            self.array[...] = made
        self._computed = True
        self.seconds = perf_counter() - started

    def finish(self) -> None:
        """Never compute it again, and let go of what it was computed from."""
        self._action = None

    def seconds_each(self) -> list[float]:
        """What of the time each node took; where they are made together, in the shares that their tiles took."""
        shares = [watch.seconds for watch in self.watches]
        total = sum(shares) + sum(watch.looking for watch in self.watches)
        return [self.seconds * share / total for share in shares] if total else [self.seconds]


class Program:
    """Runs minibatches that all have the number of samples, and the types, of the first.

    `keep` names the nodes whose whole tensors are wanted, beside the network's outputs. With `watching` every node is
    watched.
    """

    def __init__(
        self, network: Network, weights: Weights, *, keep: Collection[str] = (), watching: Watching | None = None
    ) -> None:
        self.network = network
        self.weights = weights
        self.keep = frozenset(keep)
        self.watching = watching
        self.reused = current().prepared.keep
        """Whether the next minibatch goes into the same arrays; who wants this one's must copy them."""
        self.outputs: dict[str, Array] = {}
        self.given: dict[str, Array] = {}
        self._units: list[Unit] = []

    def fits(self, batch: Batch) -> bool:
        """Whether the minibatch is like the first."""
        pairs = [(array, batch[name]) for name, array in self.given.items()]
        return all(array.shape == other.shape and array.dtype == other.dtype for array, other in pairs)

    def run(self, batch: Batch, seen: Seen | None = None) -> dict[str, Array]:
        """The network's outputs by name. `seen` is told each unit once it is computed, while its array is there.

        Overflow and NaN are values here, to be shown and not warned of. Raises NetworkError if values do not suit a
        layer, such as an index past the end of an embedding.
        """
        with np.errstate(all="ignore"):
            for unit in self._again(batch) if self._units else self._made(batch):
                if seen is not None:
                    seen(unit)
        return self.outputs

    def _again(self, batch: Batch) -> Iterator[Unit]:
        for name, array in self.given.items():
            array[...] = batch[name]
        for unit in self._units:
            unit.run()
            yield unit

    def _made(self, batch: Batch) -> Iterator[Unit]:
        """Every unit is made when its inputs are there, and run."""
        given = {spec.name: batch[spec.name] for spec in self.network.inputs}
        self.given = {name: array.copy() for name, array in given.items()} if self.reused else given
        maker = _Maker(self, self.given)
        order = chains(self.network, self.keep)
        for number, chain in enumerate(order):
            if not self.reused:
                maker.trim(order[number:])
            for unit in maker.units(chain):
                if self.reused:
                    self._units.append(unit)
                else:
                    unit.finish()
                yield unit
        self.outputs = {name: maker.arrays[name] for name in self.network.outputs}


class _Memory:
    """What one tensor, and those that are other views of it, are in; and how many nodes are still to read them."""

    def __init__(self, name: str, left: int, memory: Array | None = None) -> None:
        self.names = [name]
        self.left = left
        self.memory = memory


class _Maker:
    """Makes the units of a program one after the other, each in memory that is free by then."""

    def __init__(self, program: Program, given: Mapping[str, Array]) -> None:
        self.program = program
        self.arrays = dict(given)
        self.counts = readers(program.network) + Counter(program.keep)
        self.memories = {name: _Memory(name, self.counts[name]) for name in given}
        self.buffers = Buffers()
        floats = (array.dtype for array in given.values() if array.dtype.kind == "f")
        self.dtype = np.result_type(np.float32, *floats)

    def trim(self, ahead: Sequence[Chain]) -> None:
        """Let go of memory that is too large to be of use for the chains that are still to come."""
        samples = len(next(iter(self.program.given.values())))
        self.buffers.trim(largest(ahead) * samples * self.dtype.itemsize)

    def units(self, chain: Chain) -> Iterator[Unit]:
        """A chain as one unit; as one a node, if its tensors are not such as tiles can be computed from."""
        if chain[0].layer.tiled(chain[0].input_shapes) and self._plain(chain):
            yield self._run(*self._tiled(chain))
            self._let_go(chain)
            return
        for node in chain:
            parts = [self.arrays[name] for name in node.inputs]
            action = partial(_called, node, parts, self.program.weights.of(node.name))
            yield self._run(Unit((node,), action), None)
            self._let_go((node,))

    def _plain(self, chain: Chain) -> bool:
        """Whether all tensors and parameters are in one piece, and of the type that the network computes in."""
        inside = {node.name for node in chain}
        tensors = [self.arrays[name] for node in chain for name in node.inputs if name not in inside]
        parameters = [array for node in chain for array in self.program.weights.of(node.name).values()]
        return all(array.dtype == self.dtype for array in tensors + parameters) and all(
            array.flags.c_contiguous for array in tensors
        )

    def _tiled(self, chain: Chain) -> tuple[Unit, Array]:
        """The unit of a chain, and the memory that its result is in."""
        head = chain[0]
        inputs = [self.arrays[name] for name in head.inputs]
        watches = self._watches(chain)
        stages = []
        for number, node in enumerate(chain):
            if number:
                others = [self.arrays[name] for name in node.inputs if name != chain[number - 1].name]
                stages.append(node.layer.stage(self.program.weights.of(node.name), others))
            if watches:
                stages.append(Stage(watch=watches[number]))
        out, memory = self.buffers.take((len(inputs[0]), *head.output_shape), self.dtype)
        job = head.layer.job(inputs, self.program.weights.of(head.name), stages, out)
        return Unit(chain, job.done if elementwise(head) else partial(_activated, job, head), watches), memory

    def _watches(self, chain: Chain) -> tuple[Watch, ...]:
        watching = self.program.watching
        if watching is None or not elementwise(chain[0]):
            return ()
        clock = Clock()
        return tuple(Watch(clock, moments=watching.moments, histogram=watching.histogram) for _ in chain)

    def _run(self, unit: Unit, memory: Array | None) -> Unit:
        """Run a unit for the first time, and note where its result is."""
        unit.run()
        node = unit.nodes[-1]
        name = node.name
        seen = "" if memory is not None else self._seen(unit)
        if seen:
            unit.finish()  # another view of memory that is there
            unit.source = seen if self.arrays[seen].size == unit.array.size else ""
            root = self.memories[name] = self.memories[seen]
            root.left += self.counts[name]
            root.names.append(name)
        else:
            if memory is None and self.program.reused:
                unit.array, memory = self.buffers.copied(unit.array)
            self.memories[name] = _Memory(name, self.counts[name], memory)
        self.arrays[name] = unit.array
        return unit

    def _seen(self, unit: Unit) -> str:
        """The input whose memory the result is, if it is."""
        names = unit.nodes[0].inputs
        return next((name for name in names if np.may_share_memory(self.arrays[name], unit.array)), "")

    def _let_go(self, chain: Chain) -> None:
        """Give memory back that nobody reads any more."""
        inside = {node.name for node in chain[:-1]}
        for node in chain:
            for name in node.inputs:
                if name not in inside:
                    self.memories[name].left -= 1
                    self._give_back(name)
        self._give_back(chain[-1].name)

    def _give_back(self, name: str) -> None:
        memory = self.memories[name]
        if memory.left > 0:
            return
        for tensor in memory.names:
            self.arrays.pop(tensor, None)
        if memory.memory is not None:
            self.buffers.give(memory.memory)
            memory.memory = None


def _called(node: Node, inputs: list[Array], parameters: Mapping[str, Array]) -> Array:
    """The output of a node's layer."""
    try:
        return node.layer(inputs, parameters)
    except LayerError as error:
        message = f"{node.layer.type} '{node.name}': {error.message}"
        raise NetworkError([Problem(error.code, message, error.hint, node.place)]) from error


def _activated(job: Job, node: Node) -> Array:
    """A job's result after an activation that looks at more than single elements."""
    return node.layer.activation([job.done()], {}) if node.layer.activation else job.done()
