"""Samples of an input: from files, from standard input, from numbers on the command line, from the file's example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import FileProblem, printable, reported
from dataflow_cli.files.source import Source, from_path, from_stream
from dataflow_cli.inputs.array_file import split_key
from dataflow_cli.inputs.classes import ClassNames
from dataflow_cli.inputs.columns import LabelColumn
from dataflow_cli.inputs.fit import fitted
from dataflow_cli.inputs.formats import Loaded, read
from dataflow_cli.inputs.literal import from_plain, read_literal
from dataflow_cli.inputs.notes import Notes, as_problems
from dataflow_cli.inputs.resizing import note_squeezing, resized
from dataflow_cli.inputs.samples import Samples
from dataflow_cli.inputs.text import number
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataflow_cli.spec.model import InputSpec

STDIN = "-"


def load_samples(
    paths: Sequence[str],
    spec: InputSpec,
    *,
    stdin: BinaryIO | None = None,
    label_column: str | None = None,
    classes: Sequence[str] = (),
) -> Samples:
    """The samples that the files hold, in their order; several files together make a minibatch.

    Args:
        paths: files, `file.npz:name` for one array of several, `-` for what `stdin` gives.
        spec: the input that they are for.
        stdin: a binary stream.
        label_column: the number, from 0, or the heading of a column of labels in tables; it is no part of the samples.
        classes: the classes' names, that such labels may be.

    Returns:
        values as stored, (N, *spec.shape); a picture of another size is already resized if the spec says how.

    Raises:
        InputError: E300 if a file cannot be read, E301 if its shape does not fit, E303 if there is none.
        LimitError: if it does not fit into memory.
    """
    if not paths:
        raise InputError(f"no data for input '{spec.name}'", hint="give a file with -i FILE", code="E303")
    if list(paths).count(STDIN) > 1:
        raise InputError("standard input can be read only once", hint="write - once", code="E303")
    loaded = []
    for path in paths:
        with reported(InputError, "standard input" if path == STDIN else path):
            column = None if label_column is None else LabelColumn(label_column, ClassNames(classes))
            loaded.append((path, _load(path, spec, stdin, column)))
    return _joined(loaded)


def literal_samples(texts: Sequence[str], spec: InputSpec) -> Samples:
    """The samples that `--value` texts write: `1,0`, or `[[1,0],[0,1]]` for two. Raises InputError."""
    loaded = []
    for text in texts:
        with reported(InputError, f"value '{text if len(text) <= 40 else text[:37] + '...'}'"):
            loaded.append(("value", _fit(Loaded(read_literal(text), "value"), spec, "value", flat=True)))
    return _joined(loaded)


def example_samples(spec: InputSpec, folder: Path) -> Samples | None:
    """The example that the network file gives for the input: numbers, or a path relative to `folder`. None if none.

    Raises InputError.
    """
    plain = spec.example.plain if spec.example else None
    if plain is None:
        return None
    if isinstance(plain, str) and number(plain) is None:
        return load_samples([str(folder / plain)], spec)
    with reported(InputError, f"example of input '{spec.name}'"):
        loaded = _fit(Loaded(from_plain(plain), "value"), spec, "example", flat=True)
    return _joined([("example", loaded)])


def array_samples(array: Any, spec: InputSpec) -> Samples:
    """One sample or N of them from an array, or from what NumPy makes one of; values as a file would hold them.

    Raises InputError: E300 if they are no numbers, E301 if the shape does not fit.
    """
    with reported(InputError, "the array"):
        try:
            values = np.asarray(array)
        except (ValueError, TypeError) as error:
            raise FileProblem("is ragged, or not made of numbers", hint="give a NumPy array") from error
        if values.dtype.kind not in "biuf":
            raise FileProblem(f"is of type {values.dtype}, expected numbers", hint="convert with .astype('float32')")
        return _joined([("array", _fit(Loaded(values, "value"), spec, "array", flat=False))])


def _load(path: str, spec: InputSpec, stdin: BinaryIO | None, column: LabelColumn | None) -> Loaded:
    name, key = (path, "") if path == STDIN else split_key(path)
    source = from_path(name) if path != STDIN else _from_stdin(stdin)
    loaded = read(source, key, spec, lambda shape: fitted(shape, spec), column)
    if loaded.format == "picture":
        return _from_picture(loaded, spec)
    return _fit(loaded, spec, path, flat=loaded.format == "text")


def _from_stdin(stdin: BinaryIO | None) -> Source:
    if stdin is None:
        raise FileProblem("is not there to be read", hint="give a file")
    return from_stream("standard input", stdin)


def _from_picture(loaded: Loaded, spec: InputSpec) -> Loaded:
    array = loaded.array
    if spec.is_picture and spec.data_format == "channels_first":
        array = array.transpose(2, 0, 1)
    return Loaded(array.reshape(1, *spec.shape), loaded.format, loaded.problems)


def _fit(loaded: Loaded, spec: InputSpec, name: str, *, flat: bool) -> Loaded:
    array = loaded.array.reshape(fitted(loaded.array.shape, spec, flat=flat))
    notes: Notes = []
    if spec.resize is not None and array.shape[1:] != spec.shape:
        first = spec.data_format == "channels_first"
        pictures = array.transpose(0, 2, 3, 1) if first else array
        note_squeezing((pictures.shape[1], pictures.shape[2]), spec.size, notes)
        last = resized(pictures, spec.size, spec.resize)
        array = last.transpose(0, 3, 1, 2) if first else last
    if loaded.labels is not None and len(loaded.labels) != len(array):
        hint = "with a column of labels every row is a sample"
        raise FileProblem(f"{len(loaded.labels):,} labels for {len(array):,} samples", hint=hint, code="E301")
    return Loaded(array, loaded.format, (*loaded.problems, *as_problems(name, notes)), loaded.labels)


def _joined(parts: Sequence[tuple[str, Loaded]]) -> Samples:
    arrays = [part.array for _, part in parts]
    labels = [part.labels for _, part in parts if part.labels is not None]
    with reported(InputError, f"{len(parts)} files together"):
        array = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
    return Samples(
        array=array,
        sources=tuple((printable(name), len(part.array)) for name, part in parts),
        formats=frozenset(part.format for _, part in parts),
        problems=tuple(problem for _, part in parts for problem in part.problems),
        labels=np.concatenate(labels) if len(labels) == len(parts) else None,
    )
