"""One value as the text of a YAML scalar that every reader of YAML takes for the same value, dftrace among them."""

from __future__ import annotations

import re
from typing import Any

_PLAIN = re.compile(r"(?:\.{0,2}/)?[^\W\d][\w./()+-]*(?: [\w./()+-]+)*")
"""Text that needs no quotes: nothing in it means anything to YAML."""
_WORDS = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
"""What readers of YAML 1.1 or 1.2 do not take for text, in any case of letters; numbers do not begin with a letter."""
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HALVES = range(0xD800, 0xE000)
"""Halves of characters, which have no escape and no place in a file."""
_EXACT = 1e16
"""Up to here every whole number is written as one."""


class Verbatim(str):
    """What stands in the file as it is, without quotes: a number as somebody wrote it, `1/255`, `$filters`."""

    __slots__ = ()


def scalar(value: Any) -> str:
    """Text, a number, true, false or null. Floats are read back to the bit."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Verbatim):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    return _text(value) if isinstance(value, str) else str(value)


def _number(value: float) -> str:
    """`3`, `0.001`, `1.001e-5`."""
    written = float.__repr__(value)
    if value.is_integer() and abs(value) < _EXACT and written != "-0.0":
        return str(int(value))
    mantissa, _, exponent = written.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.isprintable() and text.lower() not in _WORDS:
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() or ord(character) in _HALVES:
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
