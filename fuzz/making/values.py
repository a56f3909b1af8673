"""Values of a JSON Schema, or just beside it: whatever type a field has, its own schema says what to write."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from dataflow_cli.netfile.json_schema import network_schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from fuzz.case import Case

Schema = dict[str, Any]
LARGEST = 2**63 - 1
EXTREMES = (
    *(0, 1, 2, 3, 7, 1000, 65_537, 10**6, 10**9, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**62, LARGEST),
    *(-1, -2, -(2**31), -LARGEST, -(2**63), 2**63, 2**64, 10**30),
)
TEXTS = ("a", "word", "x_1", "input", "0", "1.5", "true", "null", "~", "", "a/b", "$x", "é", "1/255", "010", "1e3")
EQUATIONS = (
    *("ab,bc->ac", "abc,cd->abd", "abc,bcd->ad", "abcd,de->abce", "...a,ab->...b", "ab...,bc->ac..."),  # with a kernel
    *("ab,ab->ab", "ab,ac->acb", "abc,acd->abd", "abcd,abed->abce"),  # of two inputs
)
"""Of products of tensors: of letters drawn at random hardly any fits."""
_NEGATIVE, _LONGEST = -4, 4
"""The least integer, and the most items of a list, where the schema says nothing narrower."""
_LARGE = (3, 7, 15, 23, 31, 63, 69)
"""Beside the least: numbers of filters as networks have them."""
EXTREME_NUMBERS = (0.0, -0.0, 1e-45, 5e-324, 1e-300, 1e38, 3.5e38, 1e300, 1.7e308, -1.7e308, -1.0, 0.1, 1e9)


@cache
def definitions() -> dict[str, Schema]:
    """What `$ref` refers to."""
    found: dict[str, Schema] = network_schema()["definitions"]
    return found


class Values:
    """Draws values.

    `extreme`: numbers at the ends of their ranges and beyond; `large`: such as networks of some size have; `as_text`:
    numbers also as the text that stands for them.
    """

    def __init__(self, case: Case, *, extreme: bool = False, large: bool = False, as_text: bool = False) -> None:
        self.case = case
        self.rng: Random = case.rng
        self.extreme, self.large, self.as_text = extreme, large, as_text

    def of(self, schema: Schema, depth: int = 0) -> Any:
        """A value that the schema allows."""
        if "$ref" in schema:
            return self.of(definitions()[schema["$ref"].rpartition("/")[2]], depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        if "allOf" in schema:  # the last one says most
            return self.of(schema["allOf"][-1], depth + 1)
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices and "type" not in schema:
            return self.of(self.one_of(choices, depth), depth + 1)
        return self.of_type(schema, depth)

    def one_of(self, choices: Sequence[Schema], depth: int) -> Schema:
        """One of several, a plain one where it is getting deep."""
        if not self.as_text:
            choices = [choice for choice in choices if "pattern" not in choice] or choices
        plain = [choice for choice in choices if choice.get("type") not in ("array", "object") and "$ref" not in choice]
        return self.rng.choice(plain if plain and depth > 6 else list(choices))

    def of_type(self, schema: Schema, depth: int) -> Any:
        """A value of the schema's type, or of one of its types."""
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = self.rng.choice(kind)
        if kind == "array":
            return self.array(schema, depth)
        if kind == "object":
            return self.mapping(schema, depth)
        return self.scalar(kind, schema)

    def scalar(self, kind: str, schema: Schema) -> Any:
        """A value without parts."""
        if kind == "integer":
            return self.integer(schema)
        if kind == "number":
            return self.number(schema)
        if kind == "boolean":
            return self.case.chance(0.5)
        return None if kind == "null" else self.text(schema)

    def array(self, schema: Schema, depth: int) -> list[Any]:
        """A short list."""
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", _LONGEST), max(least, 0 if depth > 6 else _LONGEST))
        length = self.rng.randrange(least, most + 1)
        return [self.of(schema.get("items", {"type": "integer"}), depth + 1) for _ in range(length)]

    def mapping(self, schema: Schema, depth: int) -> dict[str, Any]:
        """What is required, and some of the rest."""
        properties = schema.get("properties", {})
        required = self.required(schema)
        chosen = [name for name in properties if name in required or self.case.chance(0.3)]
        excluded = {one["required"][0] for one in schema.get("oneOf", ()) if "required" in one} - required
        values = {name: self.of(properties[name], depth + 1) for name in chosen if name not in excluded}
        if isinstance(schema.get("additionalProperties"), dict):
            for _ in range(self.rng.randrange(schema.get("minProperties", 0), 3)):
                values[self.of(schema.get("propertyNames", {"type": "string"}))] = self.of(
                    schema["additionalProperties"], depth + 1
                )
        return values

    def required(self, schema: Schema) -> set[str]:
        """The keys that have to be there, one choice of several included."""
        choices = [one["required"] for one in schema.get("oneOf", ()) if "required" in one]
        return {*schema.get("required", ()), *(self.rng.choice(choices) if choices else ())}

    def integer(self, schema: Schema) -> int:
        """A small number from the least on; or one of the extremes."""
        if self.extreme:
            return self.rng.choice(EXTREMES)
        least = max(schema.get("minimum", _NEGATIVE), _NEGATIVE)
        most = schema.get("maximum", LARGEST)
        more = self.rng.choice(_LARGE) if self.large and self.case.chance(0.4) else self.case.few(6) - 1
        return min(int(least) + more, int(most))

    def number(self, schema: Schema) -> float:
        """A tame number within the bounds; or one of the extremes."""
        if self.extreme:
            return self.rng.choice(EXTREME_NUMBERS)
        numbers = (0.5, 0.25, 1, 0.001, 2, 1.5, 0, -1, 3)
        fitting = [number for number in numbers if within(number, schema)]
        return float(self.rng.choice(fitting or [schema.get("minimum", 0)]))

    def text(self, schema: Schema) -> str:
        """Text by the schema's pattern, or a word."""
        if "->" in schema.get("pattern", "") and self.case.chance(0.7):
            return self.rng.choice(EQUATIONS)
        if "pattern" in schema:
            return str(self.case.data.draw(st.from_regex(schema["pattern"], fullmatch=True)))
        return self.rng.choice(TEXTS)


def within(number: float, schema: Schema) -> bool:
    """Whether a number keeps the bounds of a schema."""
    return bool(
        schema.get("minimum", number) <= number <= schema.get("maximum", number)
        and number < schema.get("exclusiveMaximum", number + 1)
        and number > schema.get("exclusiveMinimum", number - 1)
    )
