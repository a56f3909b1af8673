"""Bytes: how many an element takes, and how people read a number of them."""

from __future__ import annotations

import sys

from dataflow_cli.unknown import Unknown

ITEM_SIZE = {"float32": 4, "float64": 8}
"""Bytes of one element, by the types that networks compute in."""
HALF = {"float16": 2, "bfloat16": 2}
"""Likewise, by the types that numbers are rounded to where they are stored; they are computed in float32."""
STORED_SIZE = ITEM_SIZE | HALF
"""Bytes of one element as a network stores it, by all types that it may be run in."""
LARGEST = {
    "float16": 65504.0,
    "bfloat16": 3.3895313892515355e38,
    "float32": (2 - 2.0**-23) * 2.0**127,
    "float64": sys.float_info.max,
}
"""The largest numbers of these."""
LONG = ("int32", "uint32", "int64")
"""Types of whole numbers with more digits than float32 has."""
INTEGERS = {"int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "int64": 8}
"""Likewise, by the types of whole numbers that tensors may be of beside that."""


def computed_in(dtype: str) -> str:
    """The type that is computed in where numbers are stored in this one."""
    return "float32" if dtype in HALF else dtype


def bytes_text(count: int) -> str:
    """A number of bytes with its unit, for people: `84.5 KiB`; `?` for one that is not known."""
    if isinstance(count, Unknown):
        return str(count)
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if round(amount, 1) < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:,.1f} PiB"
