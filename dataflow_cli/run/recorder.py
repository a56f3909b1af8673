"""Runs a network: samples go in minibatch by minibatch, statistics and the asked-for tensors come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import LimitError
from dataflow_cli.kernels.statistics import Histogram, Part, moments, together
from dataflow_cli.kernels.statistics import histogram as value_histogram
from dataflow_cli.lazy import np
from dataflow_cli.network.opened import opened
from dataflow_cli.run import picture_facts, readings
from dataflow_cli.run.memory import PLAIN, check_memory
from dataflow_cli.run.minibatch import Batch, checked, computed_in, no_sample
from dataflow_cli.run.program import Program
from dataflow_cli.run.schedule import Observing
from dataflow_cli.run.units import alive, units_axes
from dataflow_cli.trace.model import Dead, Statistics, Step, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from dataflow_cli.errors import Problem
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.network.model import Network, Node
    from dataflow_cli.run.computing import Computing
    from dataflow_cli.run.counting import Counting
    from dataflow_cli.run.fused import FusedUnit
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.writing import TensorWriter
    from dataflow_cli.weights.model import Weights

Look = tuple[list[Part], Histogram]
"""What the values of a tensor are like, part by part; the histogram is empty unless it was asked for."""
NO_COUNTS = Histogram()
MOST_PARTS = 4096
"""Parts that are not merged yet."""


def run(
    network: Network,
    weights: Weights,
    batches: Iterable[Batch],
    *,
    keep: Collection[str] = (),
    histogram: bool = False,
    computing: Computing = PLAIN,
    progress: Callable[[int], None] | None = None,
    writer: TensorWriter | None = None,
) -> Trace:
    """Send minibatches through the network and record every step.

    `keep` names the steps whose tensors stay in the trace, beside the outputs; inner tensors among them become steps,
    as those that are nodes of the network already (`opened`) are. `histogram` counts the values of every
    step by sign and power of two as well. `computing` says on how many threads. `progress` is told the number of
    samples after each minibatch. A `writer` is given the tensors that it keeps when they are computed, of as many
    samples in all as `computing` says; they do not stay for its sake.

    Raises:
        InputError: if there is no sample at all, or a minibatch lacks an input.
        LimitError: if a minibatch would not fit, or does not fit, into memory.
        NetworkError: if values do not suit a layer, such as an index past the end of an embedding.
        UnknownName: if `keep` names a step that the network does not have.
    """
    try:
        with computing.engine() as engine:
            part = opened(network, [*keep, *written_names(writer)])
            recorder = _Recorder(part, weights, frozenset(keep), engine, histogram=histogram, computing=computing)
            recorder.writer = writer
            recorder.counting = picture_facts.counting(part, recorder.keep.union(written_names(writer)))
            for batch in batches:
                recorder.take(batch)
                if progress is not None:
                    progress(recorder.samples)
        return recorder.trace()
    except MemoryError as error:
        raise LimitError(f"{network.name} does not fit into memory", hint="use fewer samples at once") from error


class _Recorder:
    """What is known so far of a run."""

    def __init__(
        self,
        network: Network,
        weights: Weights,
        keep: frozenset[str],
        engine: Engine,
        *,
        histogram: bool,
        computing: Computing,
    ) -> None:
        _refuse_unknown(network, keep)
        self.network = network
        self.weights = weights
        self.engine = engine
        self.computing = computing
        self.keep = keep | frozenset(network.outputs)
        self.counting: Counting | None = None
        """Which places of heads count, where any are kept."""
        self.writer: TensorWriter | None = None
        self.samples = 0
        self.program: Program | None = None
        self.latest: dict[str, Look] = {}
        """Of this minibatch."""
        self.parts: dict[str, list[Part]] = {}
        """Moments of all minibatches, merged now and then."""
        self.histograms: dict[str, Histogram] | None = {} if histogram else None
        self.seconds: dict[str, float] = {}
        self.units = units_axes(network)
        self.alive: dict[str, Array] = {}
        """Which units put out anything but zeros, by the layer's name."""
        self.kept: dict[str, list[Array]] = {name: [] for name in self.keep}
        self.dtype = network.dtype

    def take(self, batch: Batch) -> None:
        """One minibatch through all layers. A tensor is let go after its last reader."""
        given, count = checked(self.network, self.weights, batch)
        if self.program is None or not self.program.fits(given):
            self.program = self.made(given, count)
        for name, array in given.items():
            if self.writer is not None:
                self.writer.goes_in(name, array, self.computing.total)
            self.record(name, self.looked_at(array), 0.0)
            self.hold(name, array)
        self.program.run(given, self.seen)
        self.samples += count

    def made(self, given: Batch, count: int) -> Program:
        """A program for minibatches like this one. Raises LimitError if they would not fit into memory."""
        self.program = None  # lets go of the memory of another one
        if self.samples == 0:
            self.dtype = self.weights.stored or computed_in(given, self.weights)
        whole = written_names(self.writer)
        check_memory(
            self.network, count, self.dtype, self.keep, whole, held=self.weights.nbytes, computing=self.computing
        )
        observing = Observing(histogram=self.histograms is not None, units=self.units)
        return Program(self.network, self.weights, self.engine, keep=self.keep, whole=whole, observing=observing)

    def seen(self, unit: FusedUnit) -> None:
        """Record what was computed at once."""
        looks: list[Look] = [
            (observer.parts(), NO_COUNTS if self.histograms is None else observer.histogram())
            for observer in unit.observers
        ]
        if not looks:
            looks = [self.latest[unit.source] if unit.source in self.latest else self.looked_at(unit.array)]
        for node, look, seconds in zip(unit.nodes, looks, unit.seconds_each(), strict=True):
            self.record(node.name, look, seconds)
        self.watch(unit)
        self.hold(unit.nodes[-1].name, unit.array)

    def watch(self, unit: FusedUnit) -> None:
        """Note which units put out anything: what was seen tile by tile, else what the whole tensor has."""
        for node, observer in zip(unit.nodes, unit.observers, strict=False):
            if observer.living is not None:
                self.note_alive(node.name, observer.living.alive)
        last = unit.nodes[-1]
        axis = self.units.get(last.name)
        if axis is not None and (not unit.observers or unit.observers[-1].living is None):
            self.note_alive(last.name, alive(unit.array, axis))

    def note_alive(self, name: str, found: Array) -> None:
        self.alive[name] = found | self.alive[name] if name in self.alive else found

    def looked_at(self, array: Array) -> Look:
        """What a whole tensor is like."""
        return [moments(array, self.engine)], NO_COUNTS if self.histograms is None else value_histogram(array)

    def record(self, name: str, look: Look, seconds: float) -> None:
        """Add what one minibatch was like."""
        self.latest[name] = look
        found, counts = look
        parts = self.parts.setdefault(name, [])
        parts += found
        if len(parts) > MOST_PARTS:
            parts[:] = [together(parts)]
        if self.histograms is not None:
            self.histograms[name] = self.histograms.get(name, Histogram()).merged(counts)
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def hold(self, name: str, array: Array) -> None:
        """Keep a tensor, if it was asked for, where the next minibatch does not reach it; write it, if it is to be."""
        if self.counting is not None:
            self.counting.see(name, array)
        if name in written_names(self.writer):
            self.writer.add(name, array, self.computing.total)  # type: ignore[union-attr]
        if name in self.keep:
            self.kept[name].append(array.copy() if self.computing.repeated else array)

    def trace(self) -> Trace:
        """The finished record."""
        network = self.network
        if not self.samples:
            raise no_sample()
        inputs = tuple(map(self.input_step, network.inputs))
        layers = tuple(self.step(node) for node in network.nodes)
        return Trace(
            network=network.name,
            file=network.file,
            weights=self.weights.source,
            sources=(),
            samples=self.samples,
            dtype=self.dtype,
            steps=inputs + layers,
            outputs=network.outputs,
            values={name: _joined(self.kept, name) for name in [s.name for s in inputs + layers] if name in self.kept},
            classes=network.classes,
            data_format=network.inputs[0].data_format,
            score=readings.score(network),
            readings=readings.readings(network),
            init=self.weights.init,
            warnings=self.outgrown(inputs + layers),
        )

    def outgrown(self, steps: tuple[Step, ...]) -> tuple[Problem, ...]:
        """What is to be said of numbers that are too large for the type; nothing where all are finite."""
        if not any(step.statistics.nans or step.statistics.infinities for step in steps):
            return ()
        from dataflow_cli.trace.outgrown import outgrown

        return outgrown(steps, self.weights, self.dtype)

    def input_step(self, spec: InputSpec) -> Step:
        return Step(
            name=spec.name,
            type=spec.type,
            inputs=(),
            output_shape=spec.shape,
            parameters=0,
            macs=0,
            statistics=self.statistics(spec.name),
            seconds=0.0,
            is_input=True,
            trainable=0,
            drawing=picture_facts.of_input(spec),
        )

    def step(self, node: Node) -> Step:
        return Step(
            name=node.name,
            type=node.layer.type,
            inputs=node.inputs,
            output_shape=node.output_shape,
            parameters=node.parameter_count,
            macs=node.macs,
            statistics=self.statistics(node.name),
            seconds=self.seconds[node.name],
            activation=node.layer.result_activation.type if node.layer.result_activation else "",
            note=node.layer.note,
            trainable=node.trainable_count,
            window=node.layer.window_size,
            dead=self.dead(node.name),
            source=node.source,
            drawing=picture_facts.of_node(
                node, self.network, kept=node.name in self.keep.union(written_names(self.writer))
            ),
            left_out=() if self.counting is None else self.counting.left_out(node),
        )

    def dead(self, name: str) -> Dead | None:
        found = self.alive.get(name)
        return None if found is None else Dead(tuple(map(int, np.flatnonzero(~found))), len(found))

    def statistics(self, name: str) -> Statistics:
        return Statistics.of(together(self.parts[name]), None if self.histograms is None else self.histograms[name])


def written_names(writer: TensorWriter | None) -> tuple[str, ...]:
    """The steps whose tensors are written while the network runs."""
    return () if writer is None else writer.keep


def _joined(kept: dict[str, list[Array]], name: str) -> Array:
    """The minibatches of one step as one array; they are let go, so that all is never there twice."""
    parts = kept.pop(name)
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _refuse_unknown(network: Network, names: Collection[str]) -> None:
    """Raise UnknownName for a step that the network does not have."""
    inputs = {spec.name for spec in network.inputs}
    for name in names:
        if name not in inputs:
            network.node(name)
