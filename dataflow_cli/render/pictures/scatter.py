"""Samples of two values as points of a plane, over what the network answers there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError, UnknownName
from dataflow_cli.globs import matching
from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures import notes
from dataflow_cli.render.pictures.curves import extent
from dataflow_cli.render.pictures.model import Picture, Row, Scatter
from dataflow_cli.render.pictures.photo import stored
from dataflow_cli.trace.picture_facts import Preparation
from dataflow_cli.trace.prediction import classes_of, classified, label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Step, Trace
    from dataflow_cli.trace.picture_facts import Offered
    from dataflow_cli.trace.regions import Corner, Regions

_MARGIN = 0.06
"""How much of the points' extent lies around them."""
_PLANE = (2,)


def scatter_names(
    network: str, steps: Sequence[Offered], patterns: Sequence[str], unknown: Callable[[str], object]
) -> tuple[str, ...]:
    """The steps to draw: those that the patterns match, else the first of two values, as an input is.

    Raises UnknownName if there is none, or if what a pattern matches is not two values.
    """
    shapes = {step.name: step.shape for step in steps}
    if not patterns:
        found = next((name for name, shape in shapes.items() if shape == _PLANE), None)
        if found is None:
            raise UnknownName(
                f"{network} has no tensor of two values", hint="--kind scatter takes two values a sample, leave it out"
            )
        return (found,)
    names = matching(patterns, shapes, unknown)
    for name in names:
        if shapes[name] != _PLANE:
            raise UnknownName(
                f"{name} is {text.shape(shapes[name])}, --kind scatter takes two values a sample",
                hint="leave out --kind, or name other layers",
            )
    return names


def corners(values: Array) -> tuple[Corner, Corner]:
    """The lower left and the upper right of a plane with all points (N, 2) in it, and some room around them."""
    spans = [extent([column]) for column in values.astype(np.float64).T]
    room = [(high - low) * _MARGIN for low, high in spans]
    (left, right), (bottom, top) = spans
    return (left - room[0], bottom - room[1]), (right + room[0], top + room[1])


def scatter_picture(
    trace: Trace, names: Sequence[str], labels: Array | None = None, regions: Regions | None = None
) -> Picture:
    """The steps called `names`, each sample a point; `regions` stand behind those of an input of the network.

    Points are marked by their labels (N,), else by what the network answers.
    """
    answers = _answers(trace)
    marks = labels if labels is not None else answers
    rows = tuple(_row(trace, trace.step(name), marks, regions) for name in names)
    return Picture(text.safe(trace.network), (), rows, _notes(trace, labels, answers, regions))


def _answers(trace: Trace) -> Array | None:
    """The class that the network answers for every sample, if it is a classifier."""
    if trace.outputs[0] not in trace.values:
        return None
    try:
        return classes_of(classified(trace))
    except InputError:
        return None


def _row(trace: Trace, step: Step, marks: Array | None, regions: Regions | None) -> Row:
    values = trace.value(step.name)
    low, high = corners(values)
    behind = None
    if step.is_input and regions is not None:
        low, high, behind = regions.low, regions.high, regions.answers
    prepared = step.drawing.prepared or Preparation()
    points, ends = stored(values, prepared), stored(np.array([low, high]), prepared)
    classes = np.full(len(points), -1) if marks is None else marks
    (left, bottom), (right, top) = ends.tolist()
    panel = Scatter(points, classes, _names(trace, marks, behind), (left, bottom), (right, top), _axes(step), behind)
    lines = (text.shape(values.shape), text.several(len(points), "point"))
    return Row(step.name, lines, (panel,))


def _axes(step: Step) -> tuple[str, str]:
    return f"{text.safe(step.name)}[0]", f"{text.safe(step.name)}[1]"


def _names(trace: Trace, marks: Array | None, regions: Array | None) -> tuple[str, ...]:
    """The names of all classes up to the last that there is to see."""
    most = max((int(part.max()) for part in (marks, regions) if part is not None and part.size), default=-1)
    return tuple(text.safe(label(trace.classes, index)) for index in range(most + 1))


def _notes(trace: Trace, labels: Array | None, answers: Array | None, regions: Regions | None) -> tuple[str, ...]:
    lines = []
    if regions is not None:
        lines.append("Behind the points: the class that the network answers there.")
    elif answers is None:
        lines.append("Nothing stands behind the points, for the network does not answer with a class.")
    if labels is not None:
        lines.append("Marks: the right classes.")
        if answers is not None:
            right = int((labels == answers).sum())
            lines.append(f"{right:,} of {len(labels):,} points lie where the network answers their class.")
    elif answers is not None:
        lines.append("Marks: what the network answers, for there are no labels.")
    if trace.parameter_count and (regions is not None or labels is None):
        lines.append(notes.weights(trace.weights))
    return tuple(lines)
