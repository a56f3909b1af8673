"""What a comparison found: plain data, from which every report of it is made."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape

SAME, ROUND_OFF, DRIFT, DIFFERS, MISSING = "same", "round-off", "drift", "differs", "missing"
VERDICTS = (SAME, ROUND_OFF, DRIFT, DIFFERS, MISSING)


@dataclass(frozen=True)
class Measures:
    """How far two tensors of the same shape lie apart. Numbers are None where nothing could be compared."""

    elements: int
    """How many there are."""
    outside: int
    """How many differ by more than was allowed."""
    largest: float
    """The largest difference, max|A - B|."""
    at: Shape
    """Where that is: the sample, then the place in it."""
    a: float
    """What A has there."""
    b: float
    """What B has there."""
    relative: float
    """The largest difference over the largest magnitude of the reference."""
    snr: float
    """Signal to noise, 10 log10(sum A² / sum (A - B)²), in decibels; infinite for equal tensors."""
    cosine: float
    """The cosine between both as vectors."""
    ulps: float
    """The largest difference in units of the last place of the reference's largest magnitude, as float32 has it."""


@dataclass(frozen=True)
class Seen:
    """What of a layer's weights this input lets see: by how much one has to be another, to be found."""

    least: float
    """The usual weight whose input is not zero, over the largest; infinite if all inputs are."""
    share: float
    """How many of all weights are found if they are off by a thousandth of the largest, as a share."""


@dataclass(frozen=True)
class Pair:
    """One tensor of A and its partner of B."""

    name: str
    """What A calls it."""
    type: str
    """The kind of layer; nothing for an input, or if no network says it."""
    partner: str
    """What B calls it; nothing if it has none."""
    verdict: str
    """One of VERDICTS."""
    axes: tuple[str, ...] = ()
    """What the axes of a sample are called, one of each."""
    measures: Measures | None = None
    """None where there is nothing to measure."""
    own: float | None = None
    """The largest own error, in units of what the arithmetic allows: up to 1 is round-off. None if not computed."""
    layout: str = ""
    """How B's tensor was brought into A's order, if it stood in another."""
    segment: tuple[str, ...] = ()
    """Layers before it that were not captured, and are judged with it."""
    is_input: bool = False
    """Whether it goes into the network."""
    over: float | None = None
    """B's error over that of the baseline, as roots of mean squares; None without one."""
    note: str = ""
    """Why there is nothing to measure, or what else is to be known."""
    seen: Seen | None = None
    """How small a fault of one weight would be found; None where that is not known, or something is off."""


@dataclass(frozen=True)
class Cause:
    """Why a layer differs: what would make it equal."""

    found: str
    """In words, such as `equal if A pads like TensorFlow's same`."""
    advice: str = ""
    """What to write instead."""


@dataclass(frozen=True)
class Difference:
    """The comparison of two runs."""

    a: str
    b: str
    pairs: tuple[Pair, ...]
    unpaired: tuple[str, ...] = ()
    """Tensors of B that have no partner."""
    first: Pair | None = None
    """The first that differs."""
    cause: Cause | None = None
    """Why it does, if that was found."""
    untried: tuple[str, ...] = ()
    """What may be the cause, and was not tried as the layer is large."""
    inputs_differ: bool = False
    """Whether what went in was something else already."""
    notes: tuple[str, ...] = ()
    """What else is to be said of the sides."""
    baseline: str = ""
    """The third side, whose errors are the measure."""
    computed: bool = True
    """Whether a network stands behind one side, so that own errors are known."""

    @property
    def most(self) -> Pair | None:
        """Of several layers that make errors of their own, the one that makes the largest, by signal to noise."""
        own = [
            (pair.measures.snr, pair) for pair in self.pairs if pair.verdict == DIFFERS and pair.measures is not None
        ]
        own = [each for each in own if not each[1].is_input]
        return min(own, key=operator.itemgetter(0))[1] if len(own) > 1 else None

    @property
    def missing(self) -> tuple[Pair, ...]:
        """The tensors of A that have no partner; an input that was not captured is taken to be the same."""
        return tuple(pair for pair in self.pairs if pair.verdict == MISSING and not pair.is_input)

    def counted(self, verdict: str) -> int:
        """How many pairs have a verdict."""
        return sum(pair.verdict == verdict for pair in self.pairs)
