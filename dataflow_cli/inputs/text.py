"""Numbers as text: .csv, .tsv, .txt, separated by commas, semicolons, tabs or blanks; a sample a row."""

from __future__ import annotations

import io
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from dataflow_cli.files.npy import DATA_LIMIT
from dataflow_cli.files.part import check_room
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.inputs.first_bytes import FORMATS, UTF16
from dataflow_cli.inputs.table_rows import are_headings, counts, fields, numbers, pieces, separator_of
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from dataflow_cli.files.part import Part
    from dataflow_cli.files.source import Source
    from dataflow_cli.inputs.columns import LabelColumn
    from dataflow_cli.inputs.notes import Notes
    from dataflow_cli.shapes import Array, Shape

TEXT_LIMIT = 2**28
"""The most bytes of text that are read."""
_WIDE = 10
"""Columns from which a first row that counts them is taken for headings; a shorter one may be a sample."""


@dataclass(frozen=True)
class Table:
    """The numbers of a text file, (rows, columns), float64, and the labels that stood in a column of their own."""

    array: Array
    labels: Array | None = None
    """(rows,), int64."""


def read_table(
    source: Source,
    notes: Notes | None = None,
    *,
    column: LabelColumn | None = None,
    widest: int | None = None,
    room: float = DATA_LIMIT,
) -> Table:
    """The numbers of a text file.

    Empty lines and lines that begin with # are passed over, and so is a first row of headings: without a single number,
    or counting the columns of a wide table, as pandas writes it where they have no names.

    Args:
        source: the file.
        notes: are told of a first row that counts.
        column: a column of labels, which need be no numbers, to keep apart.
        room: the most bytes that the numbers may take.
        widest: how many numbers a row may have; reading stops at more.

    Raises:
        FileProblem: if a field is no number or a row has another length, with the line; or there is no such column.
    """
    with decoded(source) as lines:
        rows = _numbers_of(data_rows(lines, column), column, widest, room)
    if not rows.size:
        raise FileProblem("holds no numbers", hint="write a sample a row, its numbers separated by commas")
    first = 1 if _are_counted(rows, notes) else 0
    return Table(rows[first:], None if column is None else np.array(column.labels, np.int64)[first:])


def read_part(
    source: Source,
    notes: Notes,
    accepts: Callable[[Shape], Part | None],
    *,
    widest: int | None = None,
    room: float = DATA_LIMIT,
) -> Table:
    """The rows of a table that are wanted: `accepts` says which, of how many. The others are counted, and not read.

    Raises what `read_table` does, for the rows that are read.
    """
    told: Notes = []
    with decoded(source) as lines:
        rows = data_rows(lines, None)
        top = _numbers_of(islice(rows, 2), None, widest, room)
        headings = int(_are_counted(top, told))
        count = len(top) + sum(1 for _ in rows) - headings
    part = accepts((count, top.shape[1])) if top.size else None
    if part is None:
        return read_table(source, notes, widest=widest, room=room)
    notes.extend(told)
    first, of_them = part.bytes_of(count)
    with decoded(source) as lines:
        taken = islice(data_rows(lines, None), headings + first, headings + first + of_them)
        wanted = _numbers_of(taken, None, widest, room)
    if wanted.size and wanted.shape[1] != top.shape[1]:
        found = f"has {_counted(wanted.shape[1])} where the first line has {top.shape[1]}"
        raise FileProblem(f"sample {part.first} {found}", hint=_EVERY)
    return Table(wanted.reshape(-1, top.shape[1]))


def _numbers_of(
    rows: Iterable[tuple[int, str, str | None]], column: LabelColumn | None, widest: int | None, room: float
) -> Array:
    """The numbers (rows, columns) of lines that hold data. Raises FileProblem for one that is not as the others."""
    from array import array

    values, columns = array("d"), 0
    for line, text, separator in rows:
        start = len(values)
        rest = text if column is None else column.taken(line, text, separator)
        for piece in pieces(rest, separator) if rest else ():
            values.extend(numbers(line, piece, separator, len(values) - start))
            check_room(8 * len(values), room, lambda: "the numbers")
            if widest is not None and len(values) - start > widest:
                hint = "a sample is a row, and the network takes fewer numbers"
                raise FileProblem(f"line {line} has more than {widest:,} numbers", hint=hint, code="E301")
        found = len(values) - start
        if columns and found != columns:
            raise FileProblem(f"line {line} has {_counted(found)}, the lines before have {columns}", hint=_EVERY)
        columns = found
    return np.frombuffer(values, np.float64).reshape(-1, columns) if columns else np.empty((0, 0))


def read_words(source: Source, known: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """Line, field and text of each word of a text file; a line that is `known` as a whole is one word."""
    with decoded(source) as lines:
        for line, text in enumerate(lines, start=1):
            whole = text.strip().strip('"')
            if whole in known:
                yield line, 0, whole
            elif whole and not whole.startswith("#"):
                separator, field = separator_of(text), 0
                for piece in pieces(text, separator):
                    for word in fields(piece, separator):
                        yield line, field, word
                        field += 1


def data_rows(lines: Iterable[str], column: LabelColumn | None) -> Iterator[tuple[int, str, str | None]]:
    """Number, text and separator of each line that holds data: no blank one, no remark, no row of headings."""
    separator: str | None = ""
    first = True
    for line, text in enumerate(lines, start=1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        if separator == "":
            separator = separator_of(text)
        if first and are_headings(text, separator):
            if column is not None:
                column.find(name for piece in pieces(text, separator) for name in fields(piece, separator))
            separator = ""  # the headings need not be separated as the numbers are
        else:
            yield line, text, separator
        first = False


def _are_counted(rows: Array, notes: Notes | None) -> bool:
    """Whether the first of several rows is no sample but counts the columns. Rows that count on are an array's."""
    if len(rows) < 2 or not counts(rows[0]) or counts(rows[1]) or rows[1][0] == rows[0][-1] + 1:
        return False
    wide = bool(rows.shape[1] >= _WIDE)
    if notes is not None:
        counted = f"the first row counts the columns, {rows[0][0]:g} to {rows[0][-1]:g}"
        taken, hint = (
            ("and was taken for headings", "if it is a sample, move it away from the top")
            if wide
            else ("and was taken for a sample", "if it is headings, delete it")
        )
        notes.append(("W308", f"{counted}, {taken}", hint))
    return wide


@contextmanager
def decoded(source: Source) -> Iterator[Iterable[str]]:
    """The lines of a file. Raises FileProblem if it is too large, or no text after all."""
    if source.size > TEXT_LIMIT:
        raise FileProblem(f"{source.size:,} bytes, at most {TEXT_LIMIT:,} are read", hint="split the file")
    encoding = "utf-16" if source.head(2).startswith(UTF16) else "utf-8-sig"
    try:
        with io.TextIOWrapper(source.open(), encoding) as lines:
            yield lines
    except UnicodeDecodeError as error:
        what = f"neither numbers as text ({encoding}) nor a format that is read"
        raise FileProblem(what, hint=FORMATS) from error


_EVERY = "every row needs as many numbers; `pad: 0` at the input fills up shorter ones"


def _counted(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"
