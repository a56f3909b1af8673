"""What outputs say that are not one row of classes: a class at every place, a further head, or bare numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.trace.prediction import NO_CLASS, Candidate, classes_of, label, predictions
from dataflow_cli.trace.readings import alone, places_of, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.model import Trace


@dataclass(frozen=True)
class Head:
    """What an output says of one sample."""

    output: str
    sample: int
    source: str
    score: str
    """`probability` or `logit` of classes; nothing if these are numbers."""
    candidates: tuple[Candidate, ...] = ()
    """The classes of a sample, or those at the last place of a sequence, the best first."""
    places: Shape = ()
    """The shape of the places that have an answer each."""
    classes: tuple[int, ...] = ()
    """The answer at each place, in their order; NO_CLASS where there is none."""
    names: tuple[str, ...] = ()
    """What the classes are called that occur."""
    shares: tuple[tuple[int, float], ...] = ()
    """Each class that occurs and its share of the places, the largest first."""
    numbers: tuple[float, ...] = ()
    """The first of the numbers, if they are no classes."""
    count: int = 0
    """How many numbers there are."""
    length: float = math.nan
    """The length of the numbers as a vector."""

    def name(self, index: int) -> str:
        """A class by its name, else by its number."""
        return label(self.names, index)


def heads(trace: Trace, top: int, *, most: int | None = None, numbers: int = 8) -> tuple[Head, ...]:
    """What every output says, but for a first one that is a row of classes: `predictions` has that.

    Args:
        trace: a trace that kept its outputs; nothing is said of one that was not kept.
        top: how many candidates.
        most: how many samples; None is all.
        numbers: how many numbers of a vector.
    """
    return tuple(
        head
        for output in trace.outputs
        if output in trace.values and not (trace.score and output == trace.outputs[0])
        for head in _heads(trace, output, top, trace.samples if most is None else min(most, trace.samples), numbers)
    )


def _heads(trace: Trace, output: str, top: int, most: int, numbers: int) -> Iterator[Head]:
    reading, shape = reading_of(trace, output), trace.step(output).output_shape
    if reading is None and (len(shape) > 1 or 0 in shape):
        return
    for sample in range(most):
        source = trace.sources[sample] if sample < len(trace.sources) == trace.samples else ""
        if reading is None:
            yield _numbers(output, sample, source, trace.value(output)[sample].reshape(-1), numbers)
        else:
            yield _classes(trace, output, sample, source, top)


def _numbers(output: str, sample: int, source: str, values: Array, most: int) -> Head:
    with np.errstate(all="ignore"):
        length = float(np.linalg.norm(values.astype(np.float64)))
    first = tuple(map(float, values[:most]))
    return Head(output, sample, source, "", numbers=first, count=values.size, length=length)


def _classes(trace: Trace, output: str, sample: int, source: str, top: int) -> Head:
    from dataclasses import replace

    one = replace(trace, samples=1, values={output: trace.value(output)[sample : sample + 1]}, labels=None, sources=())
    each, places = alone(one, output), places_of(trace, output)
    answers = classes_of(each)
    sequence = len(places) == 1
    last = replace(each, samples=1, values={output: each.output[-1:]}) if sequence or not places else None
    candidates = () if last is None else predictions(last, top)[0].candidates
    if not places:
        return Head(output, sample, source, each.score, candidates, names=each.classes)
    found, counts = np.unique(answers, return_counts=True)
    shares = sorted(zip(found.tolist(), (counts / answers.size).tolist(), strict=True), key=lambda one: (-one[1], one))
    return Head(
        output, sample, source, each.score, candidates, places, tuple(answers.tolist()), each.classes, tuple(shares)
    )


__all__ = ["NO_CLASS", "Head", "heads"]
