"""The right answers: a whole number or the name of a class a sample, or rows with a single one (one-hot)."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import FileProblem, reported
from dataflow_cli.files.source import from_path
from dataflow_cli.inputs.array_file import read_npy, read_npz, split_key
from dataflow_cli.inputs.classes import ClassNames
from dataflow_cli.inputs.formats import format_of
from dataflow_cli.inputs.idx import read_idx
from dataflow_cli.inputs.text import read_table, read_words
from dataflow_cli.lazy import np
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataflow_cli.files.source import Source
    from dataflow_cli.shapes import Array


def load_labels(path: str, classes: Sequence[str] = ()) -> Array:
    """The class of each sample, (N,), int64, from csv or txt, npy, `npz:name`, idx or idx.gz.

    A text file holds a label a row, or all in one row: numbers from 0, or names of `classes`. Raises InputError.
    """
    with reported(InputError, path):
        return _read(path, ClassNames(classes))


def given_labels(labels: str | Path | Sequence[int] | Sequence[str] | Array, classes: Sequence[str]) -> Array:
    """Labels (N,), int64, from a file, or from numbers or names of `classes`. Raises InputError."""
    if isinstance(labels, str | PurePath):
        return load_labels(str(labels), classes)
    with reported(InputError, "labels"):
        values = np.asarray(labels)
        if values.dtype.kind == "U" and values.ndim == 1:
            names = ClassNames(classes)
            return np.array([names.index(word, f"label {at + 1}") for at, word in enumerate(values.tolist())], np.int64)
        if values.dtype.kind not in "biuf":
            raise FileProblem(f"are of type {values.dtype}, expected numbers or names", hint=_HINT)
        return labels_of(values)


def labels_of(values: Array) -> Array:
    """Labels (N,) or (N, 1) as they are; one-hot rows (N, classes) as the position of the one. Raises FileProblem."""
    if not values.size:
        raise FileProblem(f"shape {written(values.shape)} holds no labels", hint=_HINT, code="E301")
    if values.ndim == 2 and values.shape[1] != 1:
        values = _from_one_hot(values)
    elif values.ndim not in (1, 2):
        raise FileProblem(f"shape {values.shape} is not that of labels", hint=_HINT, code="E301")
    flat = values.reshape(-1).astype(np.result_type(values, np.float32))  # float16 has no number that large
    wrong = ~(np.isfinite(flat) & (flat == np.round(flat)) & (flat >= 0) & (flat < 2**31))
    if wrong.any():
        at = int(wrong.argmax())
        raise FileProblem(f"label {at + 1} is {flat[at]:g}, expected a whole number from 0", hint=_HINT, code="E302")
    return flat.astype(np.int64)


_ROOM = 2**28
"""The most bytes of labels that are read."""
_HINT = "give one whole number a sample, counted from 0, or one-hot rows"


def _read(path: str, names: ClassNames) -> Array:
    file, key = split_key(path)
    source = from_path(file)
    match format_of(source.head()):
        case "npy":
            return labels_of(read_npy(source, room=_ROOM))
        case "npz":
            return labels_of(read_npz(source, key, room=_ROOM))
        case "idx":
            return labels_of(read_idx(source, room=_ROOM))
        case "text":
            return _from_text(source, names)
        case _:
            raise FileProblem("a picture, expected labels", hint=_HINT)


def _from_text(source: Source, names: ClassNames) -> Array:
    """Numbers or one-hot rows; names, if there are other words than numbers, or if numbers are names."""
    named = _named(source, names) if names.are_numbers else None
    if named is not None:
        return named
    try:
        values = read_table(source, room=_ROOM // 2).array
    except FileProblem as problem:
        found = _named(source, names) if problem.code == FileProblem.default_code and names.by_name else None
        if found is None:
            raise
        return found
    return labels_of(values.reshape(-1) if len(values) == 1 else values)


def _named(source: Source, names: ClassNames) -> Array | None:
    """The classes that the words of a text file mean, a word a line, or all in one; None if it is another table.

    A first line that names none may be a heading.
    """
    from array import array

    found, heading, rows, columns = array("q"), 0, 0, 0
    for line, field, word in read_words(source, names.by_name):
        rows, columns = rows + (field == 0), max(columns, field + 1)
        if columns > 1 and rows > 1:
            return None
        if rows == 1 and not heading and not field and names.may_head(word):
            heading, rows = line, 0
        elif line == heading:
            return None
        else:
            found.append(names.index(word, f"line {line}, field {field + 1}"))
    return np.array(found, np.int64) if found else None


def _from_one_hot(values: Array) -> Array:
    ones = (values == 1).sum(axis=1)
    wrong = (ones != 1) | ((values != 0).sum(axis=1) != 1)
    if wrong.any():
        at = int(wrong.argmax())
        raise FileProblem(
            f"row {at + 1} of {values.shape[1]} numbers is not one-hot: it needs a single 1 and else 0",
            hint=_HINT,
            code="E302",
        )
    result: Array = values.argmax(axis=1)
    return result
