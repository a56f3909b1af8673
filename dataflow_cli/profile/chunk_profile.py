"""One chunk through a network: a tally of every tensor, and how the answers compare with the right ones."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.profile.answers import Answers, answers_of
from dataflow_cli.profile.data import read_chunk
from dataflow_cli.profile.tallying import Tallying
from dataflow_cli.records import dataclass
from dataflow_cli.run.minibatch import checked
from dataflow_cli.run.parted import PartedProgram
from dataflow_cli.run.readings import score
from dataflow_cli.run.units import MOST, units_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.inputs.wanted import Wanted
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.network.model import Network
    from dataflow_cli.profile.data import Chunk
    from dataflow_cli.profile.tally import Tally
    from dataflow_cli.run.fused import FusedUnit
    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.weights.model import Weights


@dataclass(frozen=True)
class ChunkProfile:
    """What one chunk, or several that follow each other, gave."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    """By tensor; one that is another view of a tensor has none of its own."""
    views: dict[str, str] = field(default_factory=dict)
    """What such a one is a view of."""
    answers: Answers | None = None
    broken: tuple[tuple[int, str, str], ...] = ()
    """Samples that were skipped: the number, the file, and what is wrong with it."""
    samples: int = 0

    def merged(self, later: ChunkProfile) -> ChunkProfile:
        """Of both, `later` samples behind."""
        if not self.samples or not later.samples:
            full, broken = (later, self.broken + later.broken) if later.samples else (self, self.broken + later.broken)
            return replace(full, broken=broken)
        tallies = {name: one.merged(later.tallies[name]) for name, one in self.tallies.items()}
        answers = self.answers.merged(later.answers) if self.answers and later.answers else None
        return ChunkProfile(tallies, self.views, answers, self.broken + later.broken, self.samples + later.samples)

    def thinned(self) -> ChunkProfile:
        """The same to be sent, a fifth as large."""
        return replace(self, tallies={name: tally.thinned() for name, tally in self.tallies.items()})

    def filled(self) -> ChunkProfile:
        """What was `thinned`."""
        return replace(self, tallies={name: tally.filled() for name, tally in self.tallies.items()})


@dataclass(frozen=True)
class Channels:
    """How a tensor's values are told apart."""

    axis: int | None
    """That of the channels in a sample."""
    ends: tuple[float, float] | None = None


def channels_of(network: Network) -> dict[str, Channels]:
    """By tensor, the axis of its channels, or None, and the ends of the function that makes it."""
    first = network.inputs[0].data_format == "channels_first"
    found = {
        spec.name: Channels(_axis(spec.shape, 0 if first and len(spec.shape) > 1 else -1)) for spec in network.inputs
    }
    for node in network.nodes:
        ends = (node.layer.result_activation or node.layer).saturates_at
        found[node.name] = Channels(_axis(node.output_shape, units_axis(node, channels_first=first)), ends)
    return found


def _axis(shape: Shape, axis: int) -> int | None:
    """The axis, if there is one with not too many places for each to be told."""
    if not shape or shape[axis] > MOST:
        return None
    return axis % len(shape)


class ChunkProfiler:
    """Sends chunks through a network; the memory of one serves the next."""

    def __init__(
        self,
        network: Network,
        weights: Weights,
        engine: Engine,
        wanted: Wanted,
        *,
        dtype: str,
        skip_broken: bool,
        by_channel: bool = False,
        folder: str = "",
    ) -> None:
        self.network = network
        self.weights = weights
        self.engine = engine
        self.wanted = wanted
        self.dtype = dtype
        self.skip_broken = skip_broken
        self.by_channel = by_channel
        self.folder = folder
        self.channels = channels_of(network)
        self.classes = _classes(network)
        self.program = PartedProgram(network, weights, engine)

    def profile(self, chunk: Chunk) -> ChunkProfile:
        """The profile of a chunk. Raises what reading it and running the network raise."""
        inputs, places, broken = read_chunk(
            chunk, self.network.inputs, self.wanted, self.dtype, folder=self.folder, skip_broken=self.skip_broken
        )
        told = tuple((chunk.first + place, path, why) for place, path, why in broken)
        if not len(places):
            return ChunkProfile(broken=told)
        labels = None if chunk.labels is None else np.array(chunk.labels, np.int64)[places]
        return self._run(inputs, chunk.first + places, labels, told)

    def _run(
        self, inputs: dict[str, Array], numbers: Array, labels: Array | None, broken: Sequence[tuple[int, str, str]]
    ) -> ChunkProfile:
        given, count = checked(self.network, self.weights, inputs)
        tallying: dict[str, Tallying] = {}
        views: dict[str, str] = {}

        def look(name: str, array: Array) -> None:
            if name not in tallying:
                tallying[name] = self._tallying(name, (count, *array.shape[1:]), array.dtype)
            tallying[name].look(array)

        def seen(unit: FusedUnit) -> None:
            name = unit.nodes[-1].name
            if unit.source:
                views[name] = views.get(unit.source, unit.source)
            else:
                look(name, unit.array)

        for name, array in given.items():
            look(name, array)
        outputs = self.program.run(given, seen)
        answers = answers_of(outputs[self.network.outputs[0]], score(self.network), numbers, labels)
        tallies = {name: each.tally(numbers, labels=labels, classes=self.classes) for name, each in tallying.items()}
        return ChunkProfile(tallies, views, answers, tuple(broken), count)

    def _tallying(self, name: str, shape: Shape, dtype: Any) -> Tallying:
        how = self.channels[name]
        return Tallying(shape, dtype, axis=how.axis, ends=how.ends, by_channel=self.by_channel and how.axis is not None)


def _classes(network: Network) -> int:
    """How many right classes there may be; 0 for a network that gives none."""
    shape = network.by_name[network.outputs[0]].output_shape
    return max(shape[0], 2) if score(network) else 0
