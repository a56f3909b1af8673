"""What the fields of layers with spatial axes take: a number an axis, or the numbers before and after it."""

from __future__ import annotations

from typing import Any

from dataflow_cli.errors import FieldError
from dataflow_cli.layers.fields import Integer, JSONSchema, List, refuse
from dataflow_cli.layers.scalars import LARGEST, read_integer, shown
from dataflow_cli.records import dataclass

Sides = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class PerAxis:
    """One integer for every spatial axis, or a single one for all of them."""

    rank: int
    minimum: int = 1

    def read(self, value: Any) -> tuple[int, ...]:
        if not isinstance(value, list | tuple):
            number = read_integer(value)
            if number is None or not self.minimum <= number <= LARGEST:
                raise refuse(self, value)
            return (number,) * self.rank
        if len(value) != self.rank:
            raise refuse(self, value)
        return tuple(List(Integer(self.minimum)).read(value))

    def describe(self) -> str:
        one = Integer(self.minimum).describe()
        return one if self.rank == 1 else f"{one}, or a list of {self.rank}"

    def schema(self) -> JSONSchema:
        return {"anyOf": [Integer(self.minimum).schema(), List(Integer(self.minimum), self.rank).schema()]}


@dataclass(frozen=True)
class PerSide:
    """Numbers of elements (before, after) on every spatial axis.

    One number for all sides; one number an axis; or a pair an axis: `1`, `[1, 2]`, `[[1, 2], [0, 3]]`. With one spatial
    axis a flat pair is (before, after), as Keras reads it.
    """

    rank: int

    def read(self, value: Any) -> Sides:
        count = Integer(0)
        if not isinstance(value, list | tuple):
            number = read_integer(value)
            if number is None or number < 0:
                raise refuse(self, value)
            return ((count.read(number),) * 2,) * self.rank
        if self.rank == 1 and len(value) == 2 and not any(isinstance(item, list | tuple) for item in value):
            value = [value]
        if len(value) != self.rank:
            raise refuse(self, value)
        return tuple(self._pair(position, item) for position, item in enumerate(value))

    def _pair(self, position: int, value: Any) -> tuple[int, int]:
        count = Integer(0)
        pair = value if isinstance(value, list | tuple) else [value, value]
        wrong = [place for place, item in enumerate(pair) if read_integer(item) is None]
        if len(pair) != 2 or wrong:
            part = wrong[:1] if len(pair) == 2 and pair is value else []
            raise FieldError(f"expected two integers (before, after), found {shown(value)}", path=(position, *part))
        return count.read(pair[0]), count.read(pair[1])

    def describe(self) -> str:
        if self.rank == 1:
            return "an integer >= 0, or [before, after]"
        return f"an integer >= 0, or {self.rank} of them, or {self.rank} pairs [before, after]"

    def schema(self) -> JSONSchema:
        count = Integer(0).schema()
        pair = {"type": "array", "items": count, "minItems": 2, "maxItems": 2}
        axis = {"type": "array", "items": {"anyOf": [count, pair]}, "minItems": self.rank, "maxItems": self.rank}
        return {"anyOf": [count, axis] + ([pair] if self.rank == 1 else [])}
