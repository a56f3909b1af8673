"""The answers of outputs that are not one row of classes, in lines for people and as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from dataflow_cli.render import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dataflow_cli.shapes import Shape
    from dataflow_cli.trace.heads import Head
    from dataflow_cli.trace.prediction import Candidate
    from dataflow_cli.trace.reading import Judged

_WORDS = 24
"""Places of a sequence whose answers people are shown."""
_CLASSES = 5
"""Classes of a map whose shares they are shown."""


def head_lines(heads: Sequence[Head], samples: int) -> Iterator[str]:
    """A line a sample and output; of one sample the best candidates too. `samples` is how many there are in all."""
    for output, group in groupby(heads, lambda head: head.output):
        found = [head for head in group if head.score or samples == 1 or head.count <= len(head.numbers)]
        for head in found:
            where = f"{text.safe(head.source or f'sample {head.sample}')}  " if samples > 1 else ""
            yield f"{where}{text.safe(output)}: {_said(head)}"
            if samples == 1 and head.places:
                yield from _candidates(head)
        if found and samples > len(found):
            yield f"... and {text.several(samples - len(found), 'more sample')}"


def judged_lines(judged: Sequence[Judged]) -> Iterator[str]:
    """How answers compare with labels."""
    for one in judged:
        name = text.safe(one.output)
        if one.right is not None:
            share = 100 * one.right / one.total if one.total else 0
            yield f"{name}: accuracy: {one.right:,} of {one.total:,} right, {share:.4g} %"
        else:
            absolute, square = text.number(one.mean_absolute_error), text.number(one.root_mean_square_error)
            count = text.several(one.total, "number")
            yield f"{name}: mean absolute error {absolute}, root mean square error {square}, of {count}"


def heads_json(heads: Iterable[Head]) -> list[dict[str, Any]]:
    """The same for programs: all places, by the class' number."""
    return [_as_json(head) for head in heads]


def judged_json(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """The same of the comparison."""
    return [
        {"output": one.output, "total": one.total, "right": one.right}
        if one.right is not None
        else {
            "output": one.output,
            "total": one.total,
            "mean_absolute_error": one.mean_absolute_error,
            "root_mean_square_error": one.root_mean_square_error,
        }
        for one in judged
    ]


def _as_json(head: Head) -> dict[str, Any]:
    found: dict[str, Any] = {"output": head.output, "sample": head.sample, "source": head.source}
    if not head.score:
        return found | {"count": head.count, "length": head.length, "numbers": list(head.numbers)}
    found |= {"score": head.score, "classes": [_candidate(head, one) for one in head.candidates]}
    if head.places:
        named = {str(index): head.name(index) for index, _ in head.shares} if head.names else {}
        found |= {"places": head.places, "answers": _nested(head.classes, head.places), "names": named}
    return found


def _candidate(head: Head, one: Candidate) -> dict[str, Any]:
    return {"index": one.index, "label": one.label, head.score: one.score}


def _nested(values: Sequence[int], shape: Shape) -> Any:
    if len(shape) == 1:
        return list(values)
    step = len(values) // shape[0]
    return [_nested(values[at * step : (at + 1) * step], shape[1:]) for at in range(shape[0])]


def _said(head: Head) -> str:
    if not head.score:
        return _numbers(head)
    if not head.places:
        return f"{text.safe(head.candidates[0].label)}  {_score(head, head.candidates[0])}"
    if len(head.places) == 1:
        words = [text.safe(head.name(index)) for index in head.classes[:_WORDS]]
        left = len(head.classes) - len(words)
        return " ".join(words) + (f" ... and {left:,} more" if left else "")
    shares = [f"{text.safe(head.name(index))} {100 * share:.3g} %" for index, share in head.shares[:_CLASSES]]
    left = len(head.shares) - len(shares)
    return f"{', '.join(shares)}{f' and {left:,} more' if left else ''} of {text.shape(head.places)} places"


def _numbers(head: Head) -> str:
    if head.count <= len(head.numbers):
        return ", ".join(map(text.number, head.numbers))
    return f"{head.count:,} numbers, as a vector of length {text.number(head.length)}"


def _candidates(head: Head) -> Iterator[str]:
    if not head.candidates:
        return
    yield f"at the last of {head.places[0]:,} places:"
    width = max(len(text.safe(one.label)) for one in head.candidates)
    for one in head.candidates:
        yield f"  {text.safe(one.label):<{width}}  {_score(head, one)}"


def _score(head: Head, one: Candidate) -> str:
    return f"{one.score:.4f}" if head.score == "probability" else text.number(one.score)
