"""What a layer's field takes: one small class a type of value.

A value arrives as a YAML file holds it, text for every scalar (`"3"`, `"1e-3"`, `"yes"`), or as Python has it (3, 1e-3,
True). The field's type decides how to read it, never the look of the text. The same class describes itself in words for
an error, and as JSON Schema for an editor.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

from dataflow_cli.errors import FieldError, suggestion
from dataflow_cli.layers.scalars import LARGEST, read_integer, read_number, shown
from dataflow_cli.records import dataclass

JSONSchema = dict[str, Any]
_NOTHING = ("null", "none", "~")
"""Text that stands for nothing where nothing may stand."""


class FieldType(Protocol):
    """How one field is read, described, and drawn in the schema."""

    def read(self, value: Any) -> Any:
        """The typed value. Raises FieldError."""

    def describe(self) -> str:
        """What the field takes, for `expected ...`."""

    def schema(self) -> JSONSchema:
        """The same as JSON Schema, draft 7."""


def _reference(name: str) -> JSONSchema:
    from dataflow_cli.layers.patterns import reference

    return reference(name)


def refuse(kind: FieldType, value: Any, hint: str = "") -> FieldError:
    """The error for a value that `kind` does not take."""
    return FieldError(f"expected {kind.describe()}, found {shown(value)}", hint=hint)


@dataclass(frozen=True)
class Integer:
    """An integer, at least `minimum`."""

    minimum: int | None = None

    def read(self, value: Any) -> int:
        number = read_integer(value)
        if number is None or abs(number) > LARGEST or (self.minimum is not None and number < self.minimum):
            raise refuse(self, value)
        return number

    def describe(self) -> str:
        return "an integer" if self.minimum is None else f"an integer >= {self.minimum}"

    def schema(self) -> JSONSchema:
        return _reference("integer" if self.minimum is None else f"integer_from_{self.minimum}")


@dataclass(frozen=True)
class Number:
    """A finite number, at least `minimum`, at most `maximum` and below `below`."""

    minimum: float | None = None
    below: float | None = None
    maximum: float | None = None

    def read(self, value: Any) -> float:
        number = read_number(value)
        if number is None or not self._holds(number):
            raise refuse(self, value)
        return number

    def _holds(self, number: float) -> bool:
        return (
            (self.minimum is None or number >= self.minimum)
            and (self.maximum is None or number <= self.maximum)
            and (self.below is None or number < self.below)
        )

    def describe(self) -> str:
        bounds = [f">= {self.minimum:g}"] if self.minimum is not None else []
        bounds += [f"<= {self.maximum:g}"] if self.maximum is not None else []
        bounds += [f"< {self.below:g}"] if self.below is not None else []
        return " ".join(["a number", " and ".join(bounds)]).strip()

    def schema(self) -> JSONSchema:
        parts = [("from", self.minimum), ("to", self.maximum), ("below", self.below)]
        return _reference("_".join(["number", *(f"{word}_{bound:g}" for word, bound in parts if bound is not None)]))


@dataclass(frozen=True)
class Positive:
    """A finite number above zero."""

    def read(self, value: Any) -> float:
        number = read_number(value)
        if number is None or number <= 0:
            raise refuse(self, value)
        return number

    def describe(self) -> str:
        return "a number > 0"

    def schema(self) -> JSONSchema:
        return _reference("number_above_0")


@dataclass(frozen=True)
class Boolean:
    """true or false."""

    def read(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise refuse(self, value)

    def describe(self) -> str:
        return "true or false"

    def schema(self) -> JSONSchema:
        return _reference("boolean")


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise refuse(self, value, suggestion(str(value), self.words))
        return value

    def describe(self) -> str:
        return " or ".join([", ".join(self.words[:-1]), self.words[-1]]) if len(self.words) > 1 else self.words[0]

    def schema(self) -> JSONSchema:
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Optional:
    """Another type, or nothing (`null`)."""

    kind: FieldType

    def read(self, value: Any) -> Any:
        return None if self.is_nothing(value) else self.kind.read(value)

    @staticmethod
    def is_nothing(value: Any) -> bool:
        """Whether a value says that there is none."""
        return value is None or (isinstance(value, str) and value in _NOTHING)

    def describe(self) -> str:
        return f"{self.kind.describe()} or null"

    def schema(self) -> JSONSchema:
        return {"anyOf": [self.kind.schema(), {"enum": [None, *_NOTHING]}]}


@dataclass(frozen=True)
class List:
    """A list of `length` values (any number without it); with `single`, one value alone stands for the list of it."""

    item: FieldType
    length: int | None = None
    single: bool = False
    most: int | None = None

    def read(self, value: Any) -> tuple[Any, ...]:
        if self.single and (value is None or isinstance(value, str | int | float)):
            return (self.item.read(value),)
        if not isinstance(value, list | tuple) or (self.length is not None and len(value) != self.length):
            raise refuse(self, value)
        if self.most is not None and len(value) > self.most:
            raise FieldError(f"expected at most {self.most:,} values, found {len(value):,}")
        try:
            return tuple([self.item.read(item) for item in value])
        except FieldError:  # whose place is looked for now
            return tuple([self._read_item(position, item) for position, item in enumerate(value)])

    def _read_item(self, position: int, item: Any) -> Any:
        try:
            return self.item.read(item)
        except FieldError as error:
            raise FieldError(error.message, hint=error.hint, path=(position, *error.path)) from None

    def describe(self) -> str:
        if self.length is None:
            return f"a list, each {self.item.describe()}"
        return f"a list of {self.length} values, each {self.item.describe()}"

    def schema(self) -> JSONSchema:
        items: JSONSchema = {"type": "array", "items": self.item.schema()}
        if self.length is not None:
            items |= {"minItems": self.length, "maxItems": self.length}
        if self.most is not None:
            items |= {"maxItems": self.most}
        return {"anyOf": [self.item.schema(), items]} if self.single else items


@dataclass(frozen=True)
class Option:
    """What the table of kinds knows of one field: its type, what it is for, and its default."""

    name: str
    kind: FieldType
    doc: str
    default: Any = dataclasses.MISSING

    @property
    def required(self) -> bool:
        return self.default is dataclasses.MISSING

    @property
    def holds_layer(self) -> bool:
        """Whether the value is a layer, with fields of its own."""
        kind = self.kind.kind if isinstance(self.kind, Optional) else self.kind
        return getattr(kind, "holds_layer", False)


def option(kind: FieldType, doc: str, default: Any = dataclasses.MISSING) -> Any:
    """A dataclass field that a network file may set. The default is written as a file would write it."""
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata={"kind": kind, "doc": doc})
    value = kind.read(default) if default is not None else None
    return dataclasses.field(default=value, metadata={"kind": kind, "doc": doc, "default": default})


def options_of(layer: Any) -> dict[str, Option]:
    """The fields of a layer class that a file may set, in the order of the class."""
    return {
        field.name: Option(
            field.name,
            field.metadata["kind"],
            field.metadata["doc"],
            field.metadata.get("default", dataclasses.MISSING),
        )
        for field in dataclasses.fields(layer)
        if "kind" in field.metadata
    }
