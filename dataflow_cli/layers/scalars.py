"""Scalars as a file (`"3"`, `"1e-3"`: text, all of them) or Python has them: read as numbers, and shown in errors."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dataflow_cli.lazy import pattern

_INTEGER = re.compile(r"([+-]?[0-9]+(_[0-9]+)*)(\.0*)?")
_ROUND = pattern(r"[+-]?[1-9](\.[0-9]{1,16})?e\+1[678]")
"""How programs write a float that is a large integer."""
_NUMBER = pattern(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
LONGEST = 400
"""Characters of a number."""
LARGEST = 2**63 - 1


def shown(value: Any) -> str:
    """A value as an error shows it: short, and quoted where it is text."""
    if value is None:
        return "nothing"
    if isinstance(value, str) and _NUMBER.fullmatch(value) and len(value) <= 40:
        return value
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 40 else f"'{value[:37]}...'"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence):
        return "[" + ", ".join(shown(item).strip("'") for item in value[:6]) + (", ...]" if len(value) > 6 else "]")
    return str(value)


def read_integer(value: Any) -> int | None:
    """An integer from text or a number, 3.0 too; None if it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= LONGEST and (found := _INTEGER.fullmatch(value)):
        return int(found[1])
    if isinstance(value, float) or (isinstance(value, str) and _ROUND.fullmatch(value)):
        return int(number) if (number := float(value)).is_integer() else None
    return None


def read_number(value: Any) -> float | None:
    """A finite number from text or a number; None if it is none."""
    if isinstance(value, bool):
        return None
    is_text = isinstance(value, str) and len(value) <= LONGEST and _NUMBER.fullmatch(value)
    if not is_text and not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
