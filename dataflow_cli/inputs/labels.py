"""The right answers: one whole number a sample, or rows with a single one (one-hot) that become numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import FileProblem, reported
from dataflow_cli.files.source import from_path
from dataflow_cli.inputs.array_file import read_npy, read_npz, split_key
from dataflow_cli.inputs.formats import format_of
from dataflow_cli.inputs.idx import read_idx
from dataflow_cli.inputs.text import read_text
from dataflow_cli.layers.base import written
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


def load_labels(path: str) -> Array:
    """The class of each sample, (N,), int64, from csv or txt, npy, `npz:name`, idx or idx.gz.

    A text file holds a label a row, or all in one row. Raises InputError.
    """
    with reported(InputError, path):
        return labels_of(_read(path))


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


_HINT = "give one whole number a sample, counted from 0, or one-hot rows"


def _read(path: str) -> Array:
    file, key = split_key(path)
    source = from_path(file)
    match format_of(source.head()):
        case "npy":
            return read_npy(source)
        case "npz":
            return read_npz(source, key)
        case "idx":
            return read_idx(source)
        case "text":
            values = read_text(source)
            return values.reshape(-1) if len(values) == 1 else values
        case _:
            raise FileProblem("a picture, expected labels", hint=_HINT)


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
