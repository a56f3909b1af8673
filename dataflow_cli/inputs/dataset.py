"""Samples of an input: from files, from standard input, from numbers on the command line, from the file's example."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from dataflow_cli.errors import InputError
from dataflow_cli.files.npy import DATA_LIMIT
from dataflow_cli.files.part import check_room
from dataflow_cli.files.problem import FileProblem, printable, reported
from dataflow_cli.files.source import Source, from_path, from_stream
from dataflow_cli.inputs.array_file import split_key
from dataflow_cli.inputs.formats import Loaded, read
from dataflow_cli.inputs.notes import Notes, as_problems
from dataflow_cli.inputs.resizing import check_size, enlarged, framed, middle, note_squeezing
from dataflow_cli.inputs.samples import Samples
from dataflow_cli.inputs.wanted import ALL, Fitting, Wanted
from dataflow_cli.lazy import np
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dataflow_cli.netfile.model import InputSpec
    from dataflow_cli.shapes import Array

STDIN = "-"


def load_samples(
    paths: Sequence[str], spec: InputSpec, *, stdin: BinaryIO | None = None, wanted: Wanted = ALL
) -> Samples:
    """The samples that the files hold, in their order; several files together make a minibatch.

    Args:
        paths: files, `file.npz:name` for one array of several, `-` for what `stdin` gives.
        spec: the input that they are for.
        stdin: a binary stream.
        wanted: what of them is read.

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
    loaded: list[tuple[str, Loaded]] = []
    for path in paths:
        with reported(InputError, "standard input" if path == STDIN else path):
            before = sum(each.total for _, each in loaded)
            held = sum(each.held for _, each in loaded)
            only = None if wanted.only is None else wanted.only - before
            with _told_of(loaded, spec):
                loaded.append((path, _load(path, spec, stdin, replace(wanted, only=only, room=wanted.room - held))))
            spec = _with_sizes_of(loaded[-1][1], spec)
    return _joined(loaded, wanted)


@contextmanager
def _told_of(before: Sequence[tuple[str, Loaded]], spec: InputSpec) -> Iterator[None]:
    """What does not fit a size that only the files before have is told so: samples that run together are of one."""
    try:
        yield
    except FileProblem as problem:
        if problem.code != "E301" or not before or not spec.any_size:
            raise
        raise FileProblem(
            f"{problem}, as {printable(before[0][0])} is",
            hint="samples that are run together have one size: run them one by one, or give a size to all pictures, "
            "such as --shape 224,224,3 --input-resize bilinear",
            code="E301",
        ) from problem


def _with_sizes_of(loaded: Loaded, spec: InputSpec) -> InputSpec:
    """The input with the sizes of samples, in place of those that are not known."""
    if spec.is_sized or not len(loaded.array):
        return spec
    return replace(spec, shape=loaded.array.shape[1:], any_size=True)


def literal_samples(texts: Sequence[str], spec: InputSpec) -> Samples:
    """The samples that `--value` texts write: `1,0`, or `[[1,0],[0,1]]` for two. Raises InputError."""
    loaded = []
    for text in texts:
        with reported(InputError, f"value '{text if len(text) <= 40 else text[:37] + '...'}'"):
            loaded.append(
                ("value", _fit(Loaded(_written(text, spec), "value"), spec, "value", Fitting(spec, None, flat=True)))
            )
    return _joined(loaded)


def _written(text: str, spec: InputSpec) -> Array:
    """The numbers of a `--value`; one sample is filled up, if the input says with what."""
    from dataflow_cli.inputs.literal import read_literal

    found = read_literal(text)
    if spec.pad is None or found.ndim != len(spec.shape):
        return found
    from dataflow_cli.inputs.ragged import from_lists

    return from_lists(found, spec.shape, spec.pad)


def example_samples(spec: InputSpec, folder: Path, wanted: Wanted = ALL) -> Samples | None:
    """The example that the network file gives for the input: numbers, or a path relative to `folder`. None if none.

    Raises InputError.
    """
    plain = spec.example.plain if spec.example else None
    if plain is None:
        return None
    from dataflow_cli.inputs.literal import from_plain
    from dataflow_cli.inputs.table_rows import number

    if isinstance(plain, str) and number(plain) is None:
        return load_samples([str(folder / plain)], spec, wanted=wanted)
    with reported(InputError, f"example of input '{spec.name}'"):
        loaded = _fit(Loaded(from_plain(plain), "value"), spec, "example", Fitting(spec, None, flat=True))
    return _joined([("example", loaded)])


def array_samples(array: Any, spec: InputSpec) -> Samples:
    """One sample or N of them from an array, or from what NumPy makes one of; values as a file would hold them.

    Raises InputError: E300 if they are no numbers, E301 if the shape does not fit.
    """
    with reported(InputError, "the array"):
        if spec.pad is not None and isinstance(array, list | tuple):
            from dataflow_cli.inputs.ragged import from_lists

            array = from_lists(array, spec.shape, spec.pad)
        try:
            values = np.asarray(array)
        except (ValueError, TypeError) as error:
            raise FileProblem("is ragged, or not made of numbers", hint="give a NumPy array") from error
        if values.dtype.kind not in "biuf":
            raise FileProblem(f"is of type {values.dtype}, expected numbers", hint="convert with .astype('float32')")
        return _joined([("array", _fit(Loaded(values, "value"), spec, "array", Fitting(spec, None)))])


def _load(path: str, spec: InputSpec, stdin: BinaryIO | None, wanted: Wanted) -> Loaded:
    """One file's samples. `wanted.only` counts in this file."""
    name, key = (path, "") if path == STDIN else split_key(path)
    source = from_path(name) if path != STDIN else _from_stdin(stdin, wanted.room)
    fitting = Fitting(spec, wanted.only)
    loaded = read(source, key, spec, fitting, wanted)
    if loaded.format == "picture":
        return _from_picture(loaded, spec)
    return _fit(loaded, spec, path, fitting if fitting.target else Fitting(spec, wanted.only, flat=True), wanted.room)


def _from_stdin(stdin: BinaryIO | None, room: float) -> Source:
    if stdin is None:
        raise FileProblem("is not there to be read", hint="give a file")
    return from_stream("standard input", stdin, room)


def _from_picture(loaded: Loaded, spec: InputSpec) -> Loaded:
    """A picture (height, width, channels) as a sample; none if it was not read."""
    array = loaded.array
    if spec.is_picture and spec.data_format == "channels_first":
        array = np.moveaxis(array, -1, -3)
    shape = array.shape[-3:] if spec.is_picture else array.shape[-3:-1]
    return replace(loaded, array=array.reshape(1 if array.size else 0, *shape), total=1)


def _fit(loaded: Loaded, spec: InputSpec, name: str, fitting: Fitting, room: float = DATA_LIMIT) -> Loaded:
    """The samples of an array or of a table, resized. `fitting` may have seen the shape, and part of it been read."""
    array, notes = loaded.array, Notes()
    if fitting.target is None:
        fitting(array.shape)
        array = fitting.taken(array)
    array = array.reshape(fitting.shape)
    if loaded.labels is not None and len(loaded.labels) != fitting.total:
        hint = "with a column of labels every row is a sample"
        raise FileProblem(f"{len(loaded.labels):,} labels for {fitting.total:,} samples", hint=hint, code="E301")
    if spec.resizes and array.shape[1:] != spec.shape:
        array = _resized(array, spec, notes, room)
    problems = (*loaded.problems, *as_problems(name, notes))
    return replace(loaded, array=array, problems=problems, total=fitting.total)


def _resized(array: Array, spec: InputSpec, notes: Notes, room: float) -> Array:
    """Pictures of another size cut and resized as the spec says. Raises FileProblem if it does not."""
    first = spec.data_format == "channels_first"
    pictures = array.transpose(0, 2, 3, 1) if first else array
    if spec.crop is not None:
        pictures = pictures[:, *middle((pictures.shape[1], pictures.shape[2]), spec.size)]
    found = (pictures.shape[1], pictures.shape[2])
    check_size(found, spec.size, spec.resize, cut=spec.crop is not None)
    if found != spec.size:
        between = enlarged(found, spec.shorter_side)
        if between is None:
            note_squeezing(found, spec.size, notes)
        size = len(array) * math.prod(between or spec.size) * spec.channels * min(array.itemsize, 4)
        check_room(size, room, lambda: f"resized to {written(between or spec.shape)}: {len(array):,} samples")
        pictures = framed(pictures, spec.size, spec.resize or "", spec.shorter_side)
    return pictures.transpose(0, 3, 1, 2) if first else pictures


def _joined(parts: Sequence[tuple[str, Loaded]], wanted: Wanted = ALL) -> Samples:
    arrays = [part.array for _, part in parts]
    if wanted.only is not None:  # those of the others may be of another size
        arrays = [array for array in arrays if len(array)] or arrays[:1]
    labels = [part.labels for _, part in parts if part.labels is not None]
    with reported(InputError, f"{len(parts)} files together"):
        if len(arrays) > 1:
            check_room(2 * sum(array.nbytes for array in arrays), wanted.room, lambda: "all samples")
        array = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
    return Samples(
        array=array,
        sources=tuple((printable(name), part.total) for name, part in parts),
        formats=frozenset(part.format for _, part in parts),
        problems=tuple(problem for _, part in parts for problem in part.problems),
        labels=np.concatenate(labels) if len(labels) == len(parts) else None,
        first=wanted.only or 0,
    )
