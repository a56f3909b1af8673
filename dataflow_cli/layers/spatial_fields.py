"""What the fields of layers with spatial axes take: a number an axis, or the numbers before and after it."""

from __future__ import annotations

from typing import Any

from dataflow_cli.errors import FieldError, LayerError
from dataflow_cli.layers.fields import Integer, JSONSchema, List, refuse
from dataflow_cli.layers.scalars import LARGEST, read_integer, shown
from dataflow_cli.records import dataclass

Sides = tuple[tuple[int, int], ...]
Around = int | tuple[int | tuple[int, int], ...]
"""The same before the number of axes is known: one number for all sides, or a number or pair an axis."""


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


@dataclass(frozen=True)
class AnySides:
    """The same for a kind of any number of spatial axes: what it says is only known once there is an input."""

    def read(self, value: Any) -> Around:
        number = read_integer(value)
        if number is not None and number >= 0:
            return number
        if not isinstance(value, list | tuple) or not value:
            raise refuse(self, value)
        return tuple(self._axis(place, item) for place, item in enumerate(value))

    def _axis(self, place: int, value: Any) -> int | tuple[int, int]:
        pair = value if isinstance(value, list | tuple) else [value]
        numbers = [read_integer(item) for item in pair]
        whole = [number for number in numbers if number is not None and 0 <= number <= LARGEST]
        if len(whole) != len(pair) or len(pair) not in (1, 2):
            raise FieldError(f"expected an integer >= 0, or [before, after], found {shown(value)}", path=(place,))
        return whole[0] if len(whole) == 1 else (whole[0], whole[1])

    @staticmethod
    def per_axis(value: Around, rank: int) -> Sides:
        """The pairs of so many axes. Raises LayerError if it says them of another number."""
        if isinstance(value, int):
            return ((value, value),) * rank
        if rank == 1 and len(value) == 2 and all(isinstance(item, int) for item in value):
            return (PerSide(1).read(value)[0],)
        if len(value) != rank:
            raise LayerError(
                f"padding of {len(value)} axes for an input of {rank} spatial axes",
                hint="write one number, or as many numbers or pairs as there are spatial axes",
                field="padding",
            )
        return tuple((item, item) if isinstance(item, int) else item for item in value)

    def describe(self) -> str:
        return "an integer >= 0, or a list with one or a pair [before, after] an axis"

    def schema(self) -> JSONSchema:
        count = Integer(0).schema()
        pair = {"type": "array", "items": count, "minItems": 2, "maxItems": 2}
        return {"anyOf": [count, {"type": "array", "items": {"anyOf": [count, pair]}, "minItems": 1}]}
