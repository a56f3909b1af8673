"""The right answers of outputs that are not one row of classes: an array of classes, of names, or of numbers."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import FileProblem, reported
from dataflow_cli.files.source import from_path
from dataflow_cli.inputs.array_file import read_npy, read_npz, split_key
from dataflow_cli.inputs.classes import ClassNames
from dataflow_cli.inputs.formats import format_of
from dataflow_cli.inputs.idx import read_idx
from dataflow_cli.inputs.text import read_table, read_words
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dataflow_cli.files.source import Source
    from dataflow_cli.shapes import Array

_ROOM = 2**30
"""The most bytes that are read."""


def given_targets(labels: Any, classes: Sequence[str] = ()) -> Array:
    """Numbers of any shape from a file (npy, `npz:name`, idx, csv, txt), from names of `classes` in one, or as they are
    given. Raises InputError.
    """
    if isinstance(labels, str | PurePath):
        with reported(InputError, str(labels)):
            return _read(str(labels), ClassNames(classes))
    with reported(InputError, "labels"):
        values = np.asarray(labels)
        if values.dtype.kind == "U":
            names = ClassNames(classes)
            return np.array([names.index(word, "labels") for word in values.ravel().tolist()]).reshape(values.shape)
        if values.dtype.kind not in "biuf":
            raise FileProblem(f"are of type {values.dtype}, expected numbers or names", hint="give an array")
        return values


def parted(label: str, outputs: Collection[str]) -> tuple[str | None, str]:
    """The output that `--labels NAME=FILE` names, and the file."""
    name, equals, path = label.partition("=")
    return (name, path) if equals and name in outputs else (None, label)


def _read(path: str, names: ClassNames) -> Array:
    file, key = split_key(path)
    source = from_path(file)
    match format_of(source.head()):
        case "npy":
            return read_npy(source, room=_ROOM)
        case "npz":
            return read_npz(source, key, room=_ROOM)
        case "idx":
            return read_idx(source, room=_ROOM)
        case "text":
            return _from_text(source, names)
        case _:
            raise FileProblem("a picture, expected labels", hint="give an array of classes (.npy)")


def _from_text(source: Source, names: ClassNames) -> Array:
    try:
        return read_table(source, room=_ROOM).array
    except FileProblem:
        if not names.by_name:
            raise
    words = [names.index(word, f"line {line}, field {at + 1}") for line, at, word in read_words(source, names.by_name)]
    return np.array(words, np.int64)
