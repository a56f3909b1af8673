"""ONNX files, written field by field: for tests and attacks, without the package that others write them with."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

NUMBERS = {
    "float32": 1,
    "uint8": 2,
    "int8": 3,
    "int32": 6,
    "int64": 7,
    "bool": 9,
    "float16": 10,
    "float64": 11,
}
"""ONNX's numbers for the types of elements."""


def varint(value: int) -> bytes:
    """An integer, seven bits a byte; negative ones as if they had 64 bits."""
    value &= 2**64 - 1
    found = bytearray()
    while True:
        found.append(value & 127 | (128 if value > 127 else 0))
        value >>= 7
        if not value:
            return bytes(found)


def number(field: int, value: int) -> bytes:
    """A field that is an integer."""
    return varint(field << 3) + varint(value)


def part(field: int, data: bytes | str) -> bytes:
    """A field that is bytes, text or a message."""
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name: str, array: Any) -> bytes:
    """A tensor with its numbers as raw bytes."""
    array = np.asarray(array)
    dims = b"".join(number(1, size) for size in array.shape)
    return dims + number(2, NUMBERS[array.dtype.name]) + part(8, name) + part(9, array.tobytes())


def attribute(name: str, value: Any) -> bytes:
    """An attribute by the type of its value; bytes are a graph, arrays tensors."""
    head = part(1, name)
    if isinstance(value, bytes):
        return head + part(6, value) + number(20, 5)
    if isinstance(value, np.ndarray):
        return head + part(5, tensor("", value)) + number(20, 4)
    if isinstance(value, str):
        return head + part(4, value) + number(20, 3)
    if isinstance(value, float):
        return head + varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1)
    if isinstance(value, int):
        return head + number(3, value) + number(20, 2)
    return head + _list(value)


def _list(values: Any) -> bytes:
    """The values of an attribute that has several: texts, or numbers of one sort."""
    if values and isinstance(values[0], str):
        return b"".join(part(9, each) for each in values) + number(20, 8)
    if values and isinstance(values[0], float):
        return b"".join(varint(7 << 3 | 5) + struct.pack("<f", each) for each in values) + number(20, 6)
    return b"".join(number(8, int(each)) for each in values) + number(20, 7)


def node(operation: str, inputs: list[str], outputs: list[str], name: str = "", domain: str = "", **said: Any) -> bytes:
    """An operation."""
    ends = b"".join(part(1, each) for each in inputs) + b"".join(part(2, each) for each in outputs)
    named = (part(3, name) if name else b"") + (part(7, domain) if domain else b"")
    return ends + named + part(4, operation) + b"".join(part(5, attribute(*each)) for each in said.items())


def value(name: str, sizes: list[int | str] | None, dtype: str = "float32") -> bytes:
    """An input or output; sizes by number or name, None where they are not said."""
    dims = b"".join(part(1, number(1, size) if isinstance(size, int) else part(2, size)) for size in (sizes or ()))
    kind = number(1, NUMBERS[dtype]) + (b"" if sizes is None else part(2, dims))
    return part(1, name) + part(2, part(1, kind))


def graph(
    nodes: list[bytes],
    inputs: list[bytes],
    outputs: list[str],
    tensors: dict[str, Any] | None = None,
) -> bytes:
    """A graph."""
    found = b"".join(part(1, each) for each in nodes) + part(2, "g")
    found += b"".join(
        part(5, each if isinstance(each, bytes) else tensor(name, each)) for name, each in (tensors or {}).items()
    )
    found += b"".join(part(11, each) for each in inputs)
    return found + b"".join(part(12, part(1, name)) for name in outputs)


def model(content: bytes, opset: int = 17) -> bytes:
    """A whole file."""
    return number(1, 8) + part(2, "tests") + part(8, number(2, opset)) + part(7, content)
