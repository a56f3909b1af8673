"""How values may be written, as JSON Schema: each number as such or as text, as the parser reads it.

The parser reads text by what a field takes, so that `"010"` is ten where an integer is wanted. A schema that an editor
checks by sees the type that YAML guessed, and so has to know the texts too, as regular expressions.

What expressions cannot say, the parser alone refuses or takes: bounds of a number in quotes with a positive exponent.
"""

from __future__ import annotations

from typing import Any

from dataflow_cli.layers.scalars import LARGEST, LONGEST

JSONSchema = dict[str, Any]
END = r"(?![\s\S])"
"""The end of a text. `$` would let a line break follow."""
_PARTS = r"(\.[0-9]{1,16})?"
_ROUND = rf"([1-9]{_PARTS}e\+1[67]|([1-8]{_PARTS}|9(\.([01][0-9]{{0,15}}|2([01][0-9]{{0,14}})?))?)e\+18)"
_FLOAT = 1.7976931348623157e308
_SIGN = r"[+-]?"
_EXPONENT = r"([eE](-[0-9]+|\+?0*([0-9]{1,2}|[12][0-9]{2})))?"
_ZERO = r"(0+(\.0*)?|\.0+)([eE][+-]?[0-9]+)?"
_SMALL = r"([0-9]{1,9}(\.[0-9]*)?|\.[0-9]+)"
_SIZE = rf"([0-9]{{10,308}}(\.[0-9]*)?|{_SMALL}{_EXPONENT}|[0-9](\.[0-9]*)?[eE]\+?30[0-7]|{_ZERO})"
_NOT_TINY = rf"([0-9]{{10,308}}(\.[0-9]*)?|{_SMALL}([eE][+-]?0*([0-9]{{1,2}}|[12][0-9]{{2}}))?)"
NUMBER = f"{_SIGN}{_SIZE}"
NOT_ZERO = r"(?=[^eE/]*[1-9])"
_BELOW_ONE = rf"(0+(\.[0-9]*)?|\.[0-9]+|0*[0-9](\.[0-9]*)?[eE]-0*[1-9][0-9]*|{_ZERO})"


def reference(name: str) -> JSONSchema:
    """A pointer to one of the definitions below."""
    return {"$ref": f"#/definitions/{name}"}


def definitions() -> JSONSchema:
    """What field types point to by `reference`."""
    from_zero = rf"(\+?{_SIZE}|-{_ZERO})"
    return {
        "integer": _integer(None),
        "integer_from_-1": _integer(-1),
        "integer_from_0": _integer(0),
        "integer_from_1": _integer(1),
        "integer_from_1_to_64": _integer(1, 64),
        "number": _number(NUMBER),
        "number_from_0": _number(from_zero, minimum=0),
        "number_from_0_to_1": _number(rf"(\+?({_BELOW_ONE}|0*1(\.0*)?([eE][+-]?0+)?)|-{_ZERO})", minimum=0, maximum=1),
        "number_above_0": _number(rf"\+?{NOT_ZERO}{_NOT_TINY}", exclusiveMinimum=0),
        "boolean": {"anyOf": [{"type": "boolean"}, any_case("true", "false")]},
    }


def any_case(*words: str) -> JSONSchema:
    """Any of the words, in small or capital letters."""
    written = ("".join(f"[{letter}{letter.upper()}]" for letter in word) for word in words)
    return {"type": "string", "pattern": f"^({'|'.join(written)}){END}"}


def text(pattern: str, longest: int = LONGEST) -> JSONSchema:
    """A text that the pattern matches from its start to its end."""
    return {"type": "string", "pattern": f"^{pattern}{END}", "maxLength": longest}


def _number(pattern: str, **bounds: float) -> JSONSchema:
    return {"anyOf": [{"type": "number", "minimum": -_FLOAT, "maximum": _FLOAT} | bounds, text(pattern)]}


def _integer(minimum: int | None, largest: int = LARGEST) -> JSONSchema:
    lowest = -LARGEST if minimum is None else minimum
    positive, zeros = rf"\+?(0_?)*{_up_to(largest)}", r"(0_?)*0"
    patterns = [positive]
    if lowest <= 0:
        patterns.append(rf"{_SIGN}{zeros}")
    if lowest < 0:
        patterns.append(rf"-(0_?)*{_up_to(-lowest)}")
    whole = rf"({'|'.join(patterns)})(\.0*)?"
    sign = _SIGN if lowest < -1 else r"\+?"
    written = text(f"({whole}|{sign}{_ROUND})" if largest == LARGEST else whole)
    return {"anyOf": [{"type": "integer", "minimum": lowest, "maximum": largest}, written]}


def _up_to(largest: int) -> str:
    """The integers from 1 to the largest, `_` allowed between digits."""
    digits = str(largest)
    fewer = rf"[1-9](_?[0-9]){{0,{len(digits) - 2}}}" if len(digits) > 1 else ""
    cases = [fewer] if fewer else []
    for place, digit in enumerate(digits):
        least = 1 if place == 0 else 0
        if int(digit) > least:
            head, left = "_?".join(digits[:place]), len(digits) - place - 1
            lower = f"[{least}-{int(digit) - 1}]" + (rf"(_?[0-9]){{{left}}}" if left else "")
            cases.append(f"{head}_?{lower}" if head else lower)
    return f"({'|'.join([*cases, '_?'.join(digits)])})"
