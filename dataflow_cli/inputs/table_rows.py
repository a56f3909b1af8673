"""The fields of a line of a table: numbers as text, what separates them, and rows that are headings."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from dataflow_cli.files.problem import FileProblem, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|nan|inf(?:inity)?)", re.IGNORECASE)
_PLAIN = re.compile(r"[-+0-9.eE,;\s]*", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_PIECE = 2**16
"""Characters of a line that are taken apart at once: a line may be as long as the file."""
_FEWEST_COLUMNS = 3
"""Numbers that make a count: 0, 1 may be anything."""


def number(text: str) -> float | None:
    """The number that the text is, NaN and infinities by their names included; None if it is none."""
    return float(text) if len(text) <= 400 and _NUMBER.fullmatch(text) else None


def separator_of(text: str) -> str | None:
    """The separator of a line; None stands for blanks of any length."""
    return next((one for one in (";", "\t", ",") if one in text), None)


def pieces(text: str, separator: str | None) -> Iterator[str]:
    """A line cut at some of its separators, so that never more than a piece of it is taken apart."""
    start = 0
    while len(text) - start > _PIECE:
        end = text.find(separator or " ", start + _PIECE)
        if end < 0:
            break
        yield text[start:end]
        start = end + 1
    yield text[start:] if start else text


def numbers(line: int, text: str, separator: str | None, before: int = 0) -> list[float]:
    """The numbers of a piece of a line: by Python's float where only plain numbers can stand, else with care.

    `before` is how many fields stand before them. Raises FileProblem for a field that is no number.
    """
    if _PLAIN.fullmatch(text):
        with suppress(ValueError):
            return [float(field) for field in text.split(separator)]
    found = fields(text, separator)
    row = [number(field) for field in found]
    if None in row:
        raise _no_number(line, row.index(None), before, found)
    return cast("list[float]", row)


def fields(text: str, separator: str | None) -> list[str]:
    """The fields of a piece of a line, without blanks and quotes around them."""
    return [field.strip().strip('"') for field in text.split(separator)]


def are_headings(text: str, separator: str | None) -> bool:
    """Whether a line names columns: none of its fields is a number, or what follows a word or two only counts on."""
    counted: list[float] = []
    words = 0
    for piece in pieces(text, separator):
        for field in fields(piece, separator):
            value = number(field)
            if value is None and not _DECIMAL_COMMA.fullmatch(field):
                words += 1
            elif value is None or (counted and value != counted[-1] + 1):
                return False
            else:
                counted = [*counted[:1], value]
    return words > 0 and (not counted or (counted[0] in (0, 1) and counted[-1] - counted[0] >= _FEWEST_COLUMNS - 1))


def counts(row: Iterable[float]) -> bool:
    """Whether a row of a wide table counts them, from 0 or from 1."""
    at, start = -1, 0.0
    for at, value in enumerate(row):
        start = start if at else value
        if value != start + at or start not in (0, 1):
            return False
    return at + 1 >= _FEWEST_COLUMNS


def _no_number(line: int, position: int, before: int, found: list[str]) -> FileProblem:
    field = found[position]
    shown = f"'{printable(field[:40])}'" if field else "nothing"
    hint = (
        "decimals take a point: 0.5" if _DECIMAL_COMMA.fullmatch(field) else "only numbers, nan and inf can stand there"
    )
    where = f"line {line}, field {before + position + 1}"
    return FileProblem(f"{where}: expected a number, found {shown}", hint=hint)
