"""A record in JSON that nobody vouches for: every value is checked for its type before anything is made of it."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from dataflow_cli.files.json import NOT_FINITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Value = TypeVar("Value")
MOST = 2**63
"""Counts are smaller."""


class Damaged(Exception):  # noqa: N818  the reader of the file makes an InputError of it
    """A part of a record that is not what it should be."""


class Record:
    """A mapping of JSON, whose values are asked for by what they have to be. All methods raise Damaged."""

    def __init__(self, values: Any, what: str) -> None:
        if not isinstance(values, dict):
            raise Damaged(f"{what} is not a mapping")
        self.values = values

    def has(self, name: str) -> bool:
        """Whether there is anything under this name; what is null is not there."""
        return self.values.get(name) is not None

    def record(self, name: str) -> Record:
        """A mapping in it."""
        return Record(self.values.get(name), name)

    def list(self, name: str) -> Sequence[Any]:
        """A list of anything."""
        value = self.values.get(name)
        if not isinstance(value, list):
            raise Damaged(f"{name} is not a list")
        return value

    def records(self, name: str, what: str) -> Iterator[Record]:
        """A list of mappings, each called `what` in messages."""
        return (Record(value, what) for value in self.list(name))

    def each(self, name: str, what: str, read: Callable[[Record, str], Value]) -> tuple[Value, ...]:
        """A list of what `read` takes, such as `Record.text`, each called `what` in messages."""
        return tuple(read(Record({what: value}, name), what) for value in self.list(name))

    def known(self, name: str, read: Callable[[Record, str], Value]) -> Value | None:
        """What `read` takes, or None if the record says that it is not known."""
        return None if name in self.values and self.values[name] is None else read(self, name)

    def text(self, name: str) -> str:
        """Text."""
        value = self.values.get(name)
        if not isinstance(value, str):
            raise Damaged(f"{name} is not text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        return self.each(name, name, Record.text)

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of some words."""
        value = self.text(name)
        if value not in choices:
            raise Damaged(f"{name} is none of {', '.join(map(repr, choices))}")
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise Damaged(f"{name} is neither true nor false")
        return value

    def mark(self, name: str) -> bool:
        """True or false; false where an older record does not say."""
        return name in self.values and self.flag(name)

    def count(self, name: str) -> int:
        """A whole number from 0 on."""
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MOST:
            raise Damaged(f"{name} is not a count")
        return value

    def shape(self, name: str) -> tuple[int, ...]:
        """The length of every axis."""
        return self.each(name, "length", Record.count)

    def number(self, name: str) -> float:
        """A number; those that are not finite stand there as text."""
        value = self.values.get(name)
        if isinstance(value, str) and value in NOT_FINITE:
            return float(value)
        if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > sys.float_info.max:
            raise Damaged(f"{name} is not a number")
        return float(value)

    def seconds(self, name: str) -> float:
        """A time, finite and not negative."""
        value = self.number(name)
        if not 0 <= value < math.inf:
            raise Damaged(f"{name} is not a time")
        return value
