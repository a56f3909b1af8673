"""Samples of unequal length: the shorter ones are filled up with what stands for padding.

A file has a sample a line: numbers, separated as in any table, or a list of numbers or of steps in brackets, as JSON
lines have it. They are as long as the network takes, or where it leaves that open, as the longest is.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

from dataflow_cli.files.part import check_room
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.literal import read_literal
from dataflow_cli.inputs.table_rows import numbers, pieces
from dataflow_cli.inputs.text import data_rows, decoded
from dataflow_cli.lazy import np
from dataflow_cli.shapes import Shape, written
from dataflow_cli.unknown import is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.files.source import Source
    from dataflow_cli.shapes import Array


def read_ragged(source: Source, shape: Shape, pad: float, *, room: float) -> Array:
    """The samples (N, length, ...) of a text file for an input of this shape, float64, filled up with `pad`.

    Raises FileProblem, with the line, for what is no number, has other steps, or more of them than the input takes; and
    if they would take more than `room` bytes.
    """
    samples: list[Array] = []
    longest = 0
    for line, sample in _samples(source, shape[1:]):
        _check(f"line {line}", sample.shape, shape)
        samples.append(sample)
        longest = max(longest, len(sample))
        needed = 8 * len(samples) * (longest if not is_known(shape[:1]) else shape[0]) * math.prod(shape[1:])
        check_room(needed, room, lambda: "the samples, filled up to one length,")
    if not samples:
        raise FileProblem("holds no numbers", hint="write a sample a line, its numbers separated by commas")
    return filled(samples, shape, pad)


def filled(samples: list[Array], shape: Shape, pad: float) -> Array:
    """Samples (length, ...) as one array (N, length, ...), each filled up at its end."""
    length = shape[0] if is_known(shape[:1]) else max(map(len, samples))
    result = np.full((len(samples), length, *samples[0].shape[1:]), pad, np.float64)
    for row, sample in zip(result, samples, strict=True):
        row[: len(sample)] = sample
    return result


def from_lists(values: object, shape: Shape, pad: float) -> Array:
    """The same of lists of unequal length, or of one sample. Raises FileProblem."""
    try:
        several = isinstance(values, list | tuple) and any(np.ndim(each) == len(shape) for each in values)
        given = list(values) if several and isinstance(values, list | tuple) else [values]
        samples = [np.asarray(each, np.float64) for each in given]
    except (ValueError, TypeError) as error:
        raise FileProblem("has steps that are not alike, or no numbers", hint="give a list of samples") from error
    for number, sample in enumerate(samples):
        _check(f"sample {number}", sample.shape, shape)
    return filled(samples, shape, pad)


def _samples(source: Source, step: Shape) -> Iterator[tuple[int, Array]]:
    """Line and numbers (length, *step) of each sample."""
    with decoded(source) as lines:
        data = ((line, text) for line, text in enumerate(lines, start=1) if not _is_remark(text))
        first = next(data, (0, ""))
        if first[1].lstrip().startswith("["):
            yield from ((line, _listed(line, text)) for line, text in chain([first], data))
            return
    with decoded(source) as lines:
        for line, text, separator in data_rows(lines, None):
            yield line, _row(line, text, separator, step)


def _is_remark(text: str) -> bool:
    return not text.strip() or text.lstrip().startswith("#")


def _row(line: int, text: str, separator: str | None, step: Shape) -> Array:
    """The steps of a line, one after the other; separators at its end, which tables are filled up with, are none."""
    found: list[float] = []
    for piece in pieces(text.rstrip(" \t\r\n,;"), separator):
        found += numbers(line, piece, separator, len(found))
    size = math.prod(step)
    if len(found) % size:
        hint = f"write the {size} numbers of every step, one step after the other"
        raise FileProblem(f"line {line} has {len(found)} numbers, and a step {size}", hint=hint, code="E301")
    return np.array(found).reshape(-1, *step)


def _listed(line: int, text: str) -> Array:
    try:
        return read_literal(text)
    except FileProblem as problem:
        raise FileProblem(f"line {line}: {problem}", hint=problem.hint) from problem


def _check(where: str, found: Shape, shape: Shape) -> None:
    """Raises FileProblem for a sample that has other steps, or more, than the input takes."""
    if len(found) != len(shape) or found[1:] != tuple(shape[1:]):
        hint = f"write {written(shape)} numbers or fewer steps"
        raise FileProblem(f"{where} is {written(found)}, and the input {written(shape)}", hint=hint, code="E301")
    if is_known(shape[:1]) and found[0] > shape[0]:
        hint = f"cut it to {shape[0]}, or leave the length open: `shape: [{', '.join(['null', *map(str, shape[1:])])}]`"
        message = f"{where} has {found[0]:,} steps, and the input takes {shape[0]:,}"
        raise FileProblem(message, hint=hint, code="E301")
