"""What a classifier's output says: the classes of a sample, most likely first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Array
    from dataflow_cli.trace.model import Trace


@dataclass(frozen=True)
class Candidate:
    """One class and its score: a probability, or a logit if the network ends without softmax or sigmoid."""

    index: int
    label: str
    score: float


@dataclass(frozen=True)
class Prediction:
    """The answer for one sample: candidates, best first."""

    sample: int
    source: str
    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate:
        """The answer."""
        return self.candidates[0]

    @property
    def is_sound(self) -> bool:
        """Whether there is an answer: NaN among the scores leaves none."""
        return not any(math.isnan(candidate.score) for candidate in self.candidates)


def predictions(trace: Trace, top: int, *, most: int | None = None) -> tuple[Prediction, ...]:
    """The `top` classes of every sample, or of the first ones; nothing if the network is no classifier."""
    if not trace.score:
        return ()
    scores = class_scores(trace.output[:most], trace.score)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return tuple(
        Prediction(
            sample,
            trace.sources[sample] if sample < len(trace.sources) == trace.samples else "",
            tuple(Candidate(int(i), label(trace.classes, int(i)), float(scores[sample, i])) for i in order[sample]),
        )
        for sample in range(len(scores))
    )


def classes_of(trace: Trace) -> Array:
    """The best class (N,) of every sample."""
    answers: Array = class_scores(trace.output, trace.score).argmax(axis=1)
    return answers


def class_scores(output: Array, score: str = "probability") -> Array:
    """(N, classes): the output itself, or both classes' scores where it is one number.

    The larger of the two is the answer, so the threshold for class 1 is a probability of one half, or a logit of zero.
    """
    if output.shape[1] > 1:
        return output
    other = 1 - output if score == "probability" else np.zeros_like(output)
    return np.concatenate([other, output], axis=1)


def label(classes: tuple[str, ...], index: int) -> str:
    """A class by its name, else by its number."""
    return classes[index] if index < len(classes) else str(index)


def count_right(trace: Trace, labels: Array, name: str) -> int:
    """How many answers equal their label. Raises InputError if there are not as many labels as samples."""
    if not trace.score:
        hint = "labels need a network that ends in softmax or sigmoid, or that names `classes`"
        raise InputError(f"{trace.network} is no classifier", hint=hint, code="E303")
    if len(labels) != trace.samples:
        raise InputError(
            f"{name}: {len(labels):,} labels for {trace.samples:,} samples", hint="give one label a sample", code="E303"
        )
    return int((classes_of(trace) == labels).sum())
