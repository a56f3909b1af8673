"""A finished record of one run: plain data with units. Everything that shows, compares or reports starts from it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

from dataflow_cli.errors import Problem, UnknownName, suggestion
from dataflow_cli.kernels.statistics import Histogram, Moments
from dataflow_cli.records import dataclass
from dataflow_cli.trace.methods import TraceMethods
from dataflow_cli.trace.picture_facts import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.provenance import Provenance
    from dataflow_cli.trace.reading import Judged, Reading

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Statistics(Moments):
    """What the values of one tensor are like, over all samples."""

    histogram: Histogram | None = None
    """Counts by sign and power of two; only if it was asked for."""

    @classmethod
    def of(cls, moments: Moments, histogram: Histogram | None = None) -> Statistics:
        """The statistics with these moments."""
        return cls(**vars(moments), histogram=histogram)

    def merged(self, other: Moments) -> Statistics:
        """The statistics of both parts together; with a histogram if both have one."""
        return Statistics.of(super().merged(other), self._merged_histogram(other))

    def _merged_histogram(self, other: Moments) -> Histogram | None:
        """Nothing is added by a part without values, whether or not its histogram was asked for."""
        theirs = other.histogram if isinstance(other, Statistics) else None
        if not other.count:
            return self.histogram if self.count or theirs is None else theirs
        if not self.count:
            return theirs
        return None if self.histogram is None or theirs is None else self.histogram.merged(theirs)


@dataclass(frozen=True)
class Dead:
    """The units of a layer, neurons or channels, that put out nothing but zeros."""

    places: tuple[int, ...]
    """Which they are, from 0, in order."""
    units: int
    """Of how many."""


@dataclass(frozen=True)
class Step:
    """One tensor of the data flow: a network input, or what a layer put out. The shape is of one sample.

    None is what is not known, such as the multiply-accumulates behind an array that was captured elsewhere.
    """

    name: str
    type: str
    inputs: tuple[str, ...]
    output_shape: Shape
    parameters: int | None
    macs: int | None
    statistics: Statistics
    seconds: float | None = None
    activation: str = ""
    """The function that is applied last, where the layer has one."""
    note: str = ""
    """What else there is to know, such as that dropout does nothing here."""
    is_input: bool = False
    """Whether it is an input of the network."""
    trainable: int | None = None
    """How many of the parameters training changes."""
    window: Shape = ()
    """The size on every spatial axis of the window that moves, where one does."""
    dead: Dead | None = None
    """What put out nothing but zeros for all samples; None where no unit can, or that is not known."""
    source: str = ""
    """What the layer is called in the model that the network was imported from."""

    @property
    def non_trainable(self) -> int | None:
        """How many of them training does not change."""
        return None if self.parameters is None or self.trainable is None else self.parameters - self.trainable

    drawing: Drawing = field(default_factory=Drawing)
    left_out: tuple[tuple[int, ...], ...] = ()
    """Along each axis of the picture of a head, the places that count in no sample, as padding does; nothing where all
    count."""
    """What pictures ask for."""


@dataclass(frozen=True)
class Trace(TraceMethods):
    """What happened when samples went through a network.

    `values` holds whole tensors (N, *shape) of the steps that were asked for; after a run always the outputs.
    """

    network: str
    file: str
    weights: str
    sources: tuple[str, ...]
    samples: int
    dtype: str
    steps: tuple[Step, ...]
    outputs: tuple[str, ...]
    values: Mapping[str, Array] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    data_format: str = "channels_last"
    warnings: tuple[Problem, ...] = ()
    tokens: tuple[str, ...] = ()
    """What stands at the places of the input, if it was one text: a token, or nothing where there is padding."""
    score: str = ""
    """How the output is to be read: `probability`, `logit`, or nothing if it is not one row of classes."""
    sources_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of several inputs by name what `sources` are of the first."""
    readings: Mapping[str, Reading] = field(default_factory=dict)
    """How other outputs are to be read, and one that has classes at every place."""
    init: str = ""
    """The rule by which parameters were made that nothing gave, at random or not; nothing if all were given."""
    labels: Array | None = field(default=None, compare=False)
    """The right classes (N,), int64, if they were given."""
    judged: tuple[Judged, ...] = ()
    """How answers of another form than one row of classes compare with what was given for them."""
    origin: Any = field(default=None, compare=False)
    """The network and the weights that were run, from which elements are explained; None after loading."""
    provenance: Provenance | None = field(default=None, compare=False, repr=False)
    """What a saved trace tells of its network, weights and inputs; None before it is saved."""

    def __repr__(self) -> str:
        samples = "1 sample" if self.samples == 1 else f"{self.samples:,} samples"
        return f"<Trace of {self.network!r}: {samples}, {len(self.steps):,} steps>"

    @property
    def step_sources(self) -> dict[str, str]:
        """What steps are called in the model that the network was imported from, by their names here."""
        return {step.name: step.source for step in self.steps if step.source}

    def source(self, sample: int) -> str:
        """What a sample is called: `7.png`, of several inputs `left=7.png, right=3.png`; nothing if nobody knows."""
        if len(self.sources) != self.samples:
            return ""
        if len(self.sources_of) < 2:
            return self.sources[sample]
        return ", ".join(f"{name}={sources[sample]}" for name, sources in self.sources_of.items())

    def step(self, name: str) -> Step:
        """The step of that name, here or where it came from. Raises UnknownName."""
        for step in self.steps:
            if step.name == name:
                return step
        from dataflow_cli.globs import called

        names = [step.name for step in self.steps]
        meant = called(name, names, self.step_sources)
        if meant:
            return self.step(meant)
        raise UnknownName(
            f"the trace has no step '{name}'", hint=suggestion(name, names) or f"steps: {', '.join(names[:12])}"
        )

    def value(self, name: str) -> Array:
        """The tensor (N, *shape) of a step. Raises UnknownName if the step is unknown or its values were not kept."""
        if name not in self.values:
            name = self.step(name).name
        if name not in self.values:
            raise UnknownName(
                f"the values of '{name}' were not kept", hint=f"trace with keep=['{name}'], or save with -l"
            )
        return self.values[name]

    @property
    def output(self) -> Array:
        """The values of the (first) output, (N, *shape). Raises UnknownName if they were not kept."""
        return self.value(self.outputs[0])

    @property
    def parameter_count(self) -> int | None:
        """How many numbers all parameters are, of the steps where that is known; None if it is of none."""
        return known_sum(step.parameters for step in self.steps)

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates for one sample, of the steps where they are known; None if they are of none."""
        return known_sum(step.macs for step in self.steps)


def known_sum(numbers: Iterable[Number | None]) -> Number | None:
    """The sum of the numbers that are known; None if none is."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
