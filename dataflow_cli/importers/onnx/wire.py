"""Protocol Buffers as they lie in a file: a message is fields one behind the other, each a number and its value.

    key (varint: number << 3 | kind)
    value: a varint (kind 0), 8 bytes (1), 4 bytes (5), or a length (varint) and as many bytes (2)

Nothing is copied: what has a length is a view of the file. Lengths are held against the end of what they stand in, so
that no claim of a file takes memory.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    Value = int | memoryview

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED = {FIXED64: 8, FIXED32: 4}
MOST_FIELDS = 2**20
"""Of one message: more only make a reader busy."""
_LONGEST = 10
"""Bytes of a varint: 64 bits, seven a byte."""
_CUT = "the file is damaged or cut off; download or export it again"


def damaged(what: str) -> FileProblem:
    """The error for bytes that are no message."""
    return FileProblem(f"not a readable ONNX file ({what})", hint=_CUT)


def fields(data: memoryview) -> Iterator[tuple[int, Value]]:
    """Every field of a message: its number and value. Raises FileProblem where the bytes are none."""
    at, end, count = 0, len(data), 0
    while at < end:
        count += 1
        if count > MOST_FIELDS:
            raise damaged(f"a part of it has more than {MOST_FIELDS:,} fields")
        key, at = (data[at], at + 1) if data[at] < 128 else varint(data, at)  # most are a single byte
        kind = key & 7
        if kind == BYTES:
            length, at = (data[at], at + 1) if at < end and data[at] < 128 else varint(data, at)
            if length > end - at:
                raise damaged(f"a part claims {length:,} bytes, and {end - at:,} are there")
            yield key >> 3, data[at : at + length]
            at += length
        elif kind == VARINT:
            value, at = varint(data, at)
            yield key >> 3, value
        elif kind in _FIXED and at + _FIXED[kind] <= end:
            yield key >> 3, data[at : at + _FIXED[kind]]
            at += _FIXED[kind]
        else:
            raise damaged("its fields make no sense")


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """The unsigned integer at a place, and where it ends."""
    value = shift = 0
    for place in range(at, min(at + _LONGEST, len(data))):
        byte = data[place]
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place + 1
        shift += 7
    raise damaged("a number has no end")


def signed(value: Value) -> int:
    """A varint as an int64. Raises FileProblem for another kind of field."""
    number = whole(value) & (2**64 - 1)
    return number - 2**64 if number >= 2**63 else number


def whole(value: Value) -> int:
    """A varint. Raises FileProblem for another kind of field."""
    if not isinstance(value, int):
        raise damaged("a field is of another kind than it should be")
    return value


def part(value: Value) -> memoryview:
    """A field of bytes. Raises FileProblem for another kind of field."""
    if isinstance(value, int):
        raise damaged("a field is of another kind than it should be")
    return value


def text(value: Value) -> str:
    """A field of text; what is none is written as escapes."""
    return bytes(part(value)).decode("utf-8", "backslashreplace")


def named(data: memoryview, field: int) -> str:
    """A field of text of a message, the last one that there is; nothing if there is none."""
    found = [value for number, value in fields(data) if number == field]
    return text(found[-1]) if found else ""


def integers(value: Value) -> Iterator[int]:
    """int64s of a repeated field: one, or several packed into one field."""
    if isinstance(value, int):
        yield signed(value)
        return
    at = 0
    while at < len(value):
        number, at = varint(value, at)
        yield signed(number)


def floats(value: Value) -> tuple[float, ...]:
    """float32s of a repeated field: one, or several packed into one field."""
    data = part(value)
    if len(data) % 4:
        raise damaged("a list of numbers has half a number")
    return struct.unpack(f"<{len(data) // 4}f", data)


def shortest(value: float) -> float:
    """The number of fewest digits that a float32 holds as this one: 1e-05 for 9.999999747378752e-06."""
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        return value
    if struct.unpack("<f", packed)[0] != value:
        return value  # no float32 at all
    for digits in range(1, 10):
        found = float(f"{value:.{digits}g}")
        if _packed(found) == packed:
            return found
    return value


def _packed(value: float) -> bytes:
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return b""
