"""What a classifier's output says: the classes of a sample, most likely first."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.kernels.ranking import ranked
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace


NO_CLASS = -1
"""In place of a class where NaN among the scores leaves no answer."""


@dataclass(frozen=True)
class Candidate:
    """One class and its score: a probability, or a logit if the network ends without softmax or sigmoid."""

    index: int
    label: str
    score: float


@dataclass(frozen=True)
class Prediction:
    """The answer for one sample: candidates, best first, but NaN before all, for it leaves no answer."""

    sample: int
    source: str
    candidates: tuple[Candidate, ...]
    init: str = ""
    """The rule by which the parameters were made, if nobody trained them: then it is no prediction."""

    @property
    def best(self) -> Candidate:
        """The answer."""
        return self.candidates[0]

    @property
    def classes(self) -> tuple[Candidate, ...]:
        """The candidates, if there is an answer."""
        return self.candidates if self.is_sound else ()

    @property
    def is_sound(self) -> bool:
        """Whether there is an answer: NaN among the scores leaves none."""
        return not any(math.isnan(candidate.score) for candidate in self.candidates)


def predictions(trace: Trace, top: int, *, most: int | None = None) -> tuple[Prediction, ...]:
    """The `top` classes of every sample, or of the first ones; nothing if the network is no classifier, or if its
    output was not kept.
    """
    if not trace.score or trace.outputs[0] not in trace.values:
        return ()
    scores = class_scores(trace.output[:most], trace.score)
    order = ranked(scores)[:, :top]
    return tuple(
        Prediction(
            sample,
            trace.sources[sample] if sample < len(trace.sources) == trace.samples else "",
            tuple(Candidate(int(i), label(trace.classes, int(i)), float(scores[sample, i])) for i in order[sample]),
            trace.init,
        )
        for sample in range(len(scores))
    )


def classes_of(trace: Trace) -> Array:
    """The best class (N,) of every sample; NO_CLASS where there is NaN among the scores."""
    scores = class_scores(trace.output, trace.score)
    answers: Array = np.where(np.isnan(scores).any(axis=1), NO_CLASS, scores.argmax(axis=1))
    return answers


def class_scores(output: Array, score: str = "probability") -> Array:
    """(N, classes), floating point: the output itself, or both classes' scores where it is one number.

    The larger of the two is the answer, so the threshold for class 1 is a probability of one half, or a logit of zero.
    """
    output = output if output.dtype.kind == "f" else output.astype(np.float64)
    if output.shape[1] > 1:
        return output
    other = 1 - output if score == "probability" else np.where(np.isnan(output), output, 0)
    return np.concatenate([other, output], axis=1)


def classified(trace: Trace) -> Trace:
    """The trace as that of a classifier: where there are several numbers, and nothing says what they are, the largest
    wins.

    Raises InputError if it cannot be one.
    """
    if trace.score:
        return trace
    if trace.output.ndim != 2 or trace.output.shape[1] < 2:
        hint = "its output must have a number a class; one alone stands for two after sigmoid, or with two `classes`"
        raise InputError(f"{trace.network} is no classifier", hint=hint, code="E303")
    return replace(trace, score="logit")


def labelled(trace: Trace, labels: Array, name: str) -> Trace:
    """The trace of a classifier with the right class (N,) of every sample; `name` is what the labels are called.

    Raises what `classified` and `check_labels` raise.
    """
    judged = replace(classified(trace), labels=labels)
    check_labels(judged, labels, name)
    return judged


def label(classes: tuple[str, ...], index: int) -> str:
    """A class by its name, else by its number; `none` for none."""
    if index == NO_CLASS:
        return "none"
    return classes[index] if index < len(classes) else str(index)


def right_answers(trace: Trace) -> int | None:
    """How many answers equal the labels of the trace; None if it has none, or no answers.

    Raises what `check_labels` raises.
    """
    if trace.labels is None or trace.outputs[0] not in trace.values:
        return None
    return count_right(trace, trace.labels, "labels")


def count_right(trace: Trace, labels: Array, name: str) -> int:
    """How many answers equal their label. Raises what `check_labels` raises."""
    trace = classified(trace)
    check_labels(trace, labels, name)
    return int((classes_of(trace) == labels).sum())


def check_labels(trace: Trace, labels: Array, name: str) -> None:
    """Raise InputError E303 if there are not as many labels as samples, E302 for one of a class that there is not."""
    if len(labels) != trace.samples:
        raise InputError(
            f"{name}: {len(labels):,} labels for {trace.samples:,} samples", hint="give one label a sample", code="E303"
        )
    classes = max(trace.output.shape[1], 2)
    if (labels >= classes).any():
        at = int((labels >= classes).argmax())
        hint = f"labels count from 0: the classes are 0 to {classes - 1}"
        if labels.min() == 1 and labels.max() == classes:
            hint += "; these seem to count from 1"
        raise InputError(f"{name}: no class {labels[at]}, found in label {at + 1}", hint=hint, code="E302")
