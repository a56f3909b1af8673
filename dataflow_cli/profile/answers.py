"""How the answers of a classifier compare with the right classes: counts by both, and the mistakes it was surest of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import UnknownName
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.trace.prediction import class_scores

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

MISTAKES = 50
"""How many are kept."""


@dataclass(frozen=True)
class Mistake:
    """A wrong answer."""

    sample: int
    right: int
    answer: int
    score: float
    """Of the answer: a probability, or a logit where the network ends without softmax or sigmoid."""
    right_score: float

    @property
    def rank(self) -> tuple[float, int]:
        """What to sort by: the surest first, the earlier of equals."""
        return (self.right_score - self.score, self.sample)


@dataclass(frozen=True)
class Answers:
    """Of a classifier with right classes."""

    confusion: Array
    """(classes, classes), int64: by the right class, then by the answer."""
    unsound: int
    """Answers that NaN among the scores leaves none of."""
    mistakes: tuple[Mistake, ...]
    """Those whose answer's score exceeds that of the right class most, from the worst."""

    @property
    def right(self) -> int:
        return int(np.trace(self.confusion))

    @property
    def judged(self) -> int:
        """How many samples have a right class."""
        return int(self.confusion.sum()) + self.unsound

    def merged(self, later: Answers) -> Answers:
        """Of both."""
        mistakes = sorted((*self.mistakes, *later.mistakes), key=lambda one: one.rank)[:MISTAKES]
        return Answers(self.confusion + later.confusion, self.unsound + later.unsound, tuple(mistakes))


def answers_of(output: Array, score: str, numbers: Array, labels: Array | None) -> Answers | None:
    """How the output (n, classes) of samples with these numbers compares with labels (n,), of which -1 is none.

    None if it gives no classes (`score` is nothing), or there are no labels.
    """
    if labels is None or not score:
        return None
    scores = class_scores(output, score).astype(np.float64)
    known = (labels >= 0) & (labels < scores.shape[1])
    scores, labels, numbers = scores[known], labels[known], numbers[known]
    sound = ~np.isnan(scores).any(axis=1)
    scores, labels, numbers = scores[sound], labels[sound], numbers[sound]
    said = scores.argmax(axis=1) if len(scores) else labels
    confusion = np.zeros((output.shape[1] if output.shape[1] > 1 else 2,) * 2, np.int64)
    np.add.at(confusion, (labels, said), 1)
    wrong = np.flatnonzero(said != labels)
    mistakes = [
        Mistake(int(numbers[i]), int(labels[i]), int(said[i]), float(scores[i, said[i]]), float(scores[i, labels[i]]))
        for i in wrong
    ]
    return Answers(confusion, int((~sound).sum()), tuple(sorted(mistakes, key=lambda one: one.rank)[:MISTAKES]))


def no_classes() -> UnknownName:
    """The error for what is asked of right answers that nobody gave."""
    hint = "profile the network with --labels FILE, or a folder a class"
    return UnknownName("the profile knows no right classes", hint=hint)
