"""Numbers as text: .csv, .tsv, .txt, separated by commas, semicolons, tabs or blanks; a sample a row."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dataflow_cli.files.source import Source

    Array = NDArray[Any]

FORMATS = "dftrace reads pictures (png, jpg, ...), .npy, .npz, idx, idx.gz and numbers as text (csv)"
TEXT_LIMIT = 2**28
"""The most bytes of text that are read."""
_NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|nan|inf(?:inity)?)", re.IGNORECASE)
_PLAIN = re.compile(r"[-+0-9.eE,;\s]*", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def number(text: str) -> float | None:
    """The number that the text is, NaN and infinities by their names included; None if it is none."""
    return float(text) if len(text) <= 400 and _NUMBER.fullmatch(text) else None


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file look like text."""
    return head.startswith(_UTF16) or not _CONTROL.search(head)


def read_text(source: Source) -> Array:
    """The numbers of a text file, (rows, columns), float64.

    Empty lines and lines that begin with # are passed over, and so is a first row without a single number.
    Raises FileProblem if a field is no number or a row has another length, with the line.
    """
    from array import array

    values = array("d")
    columns = 0
    for line, row in _rows(source):
        if columns and len(row) != columns:
            raise FileProblem(
                f"line {line} has {_counted(len(row))}, the lines before have {columns}",
                hint="every row needs as many numbers",
            )
        columns = len(row)
        values.extend(row)
    if not columns:
        raise FileProblem("holds no numbers", hint="write a sample a row, its numbers separated by commas")
    return np.frombuffer(values, np.float64).reshape(-1, columns)


def _rows(source: Source) -> Iterator[tuple[int, list[float]]]:
    """Line numbers and numbers, without a row of headings."""
    separator: str | None = ""
    first = True
    for line, text in enumerate(_decoded(source), start=1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        if separator == "":
            separator = _separator(text)
        if first and _are_headings(_fields(text, separator)):
            separator = ""  # the headings need not be separated as the numbers are
        else:
            yield line, _numbers(line, text, separator)
        first = False


def _numbers(line: int, text: str, separator: str | None) -> list[float]:
    """The numbers of a line: by Python's float where only plain numbers can stand, else with care."""
    if _PLAIN.fullmatch(text):
        with suppress(ValueError):
            return [float(field) for field in text.split(separator)]
    fields = _fields(text, separator)
    row = [number(field) for field in fields]
    if None in row:
        raise _no_number(line, row.index(None), fields)
    return cast("list[float]", row)


def _fields(text: str, separator: str | None) -> list[str]:
    return [field.strip().strip('"') for field in text.split(separator)]


def _are_headings(fields: list[str]) -> bool:
    return not any(number(field) is not None or _DECIMAL_COMMA.fullmatch(field) for field in fields)


def _decoded(source: Source) -> Iterator[str]:
    data = source.read(TEXT_LIMIT)
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    try:
        yield from io.TextIOWrapper(io.BytesIO(data), encoding)
    except UnicodeDecodeError as error:
        raise FileProblem(f"neither numbers as text ({encoding}) nor a format that is read", hint=FORMATS) from error


def _separator(text: str) -> str | None:
    """The separator of a line; None stands for blanks of any length."""
    return next((one for one in (";", "\t", ",") if one in text), None)


def _no_number(line: int, position: int, fields: list[str]) -> FileProblem:
    found = fields[position]
    shown = f"'{printable(found[:40])}'" if found else "nothing"
    hint = (
        "decimals take a point: 0.5" if _DECIMAL_COMMA.fullmatch(found) else "only numbers, nan and inf can stand there"
    )
    return FileProblem(f"line {line}, field {position + 1}: expected a number, found {shown}", hint=hint)


def _counted(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"
