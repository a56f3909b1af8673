"""A confusion matrix: how many samples of each class were answered by which."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError, OutputError
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.classes import ClassNames
from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures import notes
from dataflow_cli.render.pictures.model import Matrix, Picture, Row
from dataflow_cli.trace.prediction import check_labels, classes_of, classified, label
from dataflow_cli.trace.readings import alone, places_of

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace

MOST = 60
"""Classes that are shown."""


def confusion_picture(trace: Trace, labels: Array | None) -> Picture:
    """A row for every right class, a column for every answer, of the classes that occur.

    Raises InputError if the network is no classifier or the right classes are not known, OutputError if there are more
    than `MOST`.
    """
    if places_of(trace, trace.outputs[0]):
        trace = alone(trace, trace.outputs[0], None if labels is None else labels)
        labels = trace.labels
    answers = classes_of(classified(trace))
    right = _by_folder(trace) if labels is None else labels
    check_labels(trace, right, "the labels")
    present = np.union1d(right, answers)
    if len(present) > MOST:
        raise OutputError(f"a matrix of {len(present):,} classes, {MOST} are the most", hint="give fewer inputs")
    counts = np.zeros((len(present), len(present)), np.int64)
    np.add.at(counts, (np.searchsorted(present, right), np.searchsorted(present, answers)), 1)
    names = tuple(text.safe(label(trace.classes, int(one))) for one in present)
    hits = int((right == answers).sum())
    lines = (f"{len(right):,} inputs", f"{text.share(hits / len(right))} are right")
    said = (
        "Rows: the right class; columns: what the network answers. The stronger the color, the more of the row.",
        notes.weights(trace.weights, trace.init, answers=True),
    )
    return Picture(text.safe(trace.network), (), (Row("answers", lines, (Matrix(names, counts),)),), said)


def _by_folder(trace: Trace) -> Array:
    """The classes that the folders of the inputs are called. Raises InputError."""
    folders = [PurePath(source).parent.name for source in trace.sources]
    classes = ClassNames(trace.classes)
    try:
        right = [classes.index(folder, "the folder of an input") for folder in folders]
    except FileProblem:
        right = []
    if len(right) != trace.samples:
        raise InputError(
            "--kind confusion needs the right classes",
            hint="give them with --labels FILE, or inputs in folders that are called as the classes are",
            code="E303",
        )
    return np.array(right, np.int64)
