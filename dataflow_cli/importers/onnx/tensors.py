"""The tensors of an ONNX file: what each is like, costing no NumPy, and its numbers when asked for, in place if raw."""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.stored import ITEM_SIZES, MOST_AXES, TensorHeader, check_memory, check_shape, numbers
from dataflow_cli.importers.onnx.wire import damaged, fields, integers, part, text, whole
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.importers.onnx.external import Outside
    from dataflow_cli.importers.onnx.wire import Value
    from dataflow_cli.shapes import Array

    Listed = array[int] | array[float]

TYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
    17: "float8e4m3fn",
    18: "float8e4m3fnuz",
    19: "float8e5m2",
    20: "float8e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "float4e2m1",
    24: "float8e8m0",
    25: "uint2",
    26: "int2",
}
"""The types of elements by ONNX's numbers."""
_CODES = {
    "bool": "?",
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}
"""The types that Python reads by itself."""
_FEW = 4096
"""Elements of a tensor that may be read as plain numbers: lists of axes and sizes."""
_FIELDS = {4: "f", 5: "q", 7: "q", 10: "d", 11: "q"}
"""The fields that list numbers, and as what: float_data, int32_data, int64_data, double_data, uint64_data."""


@dataclass(frozen=True)
class Tensor:
    """A tensor as the file has it."""

    name: str
    dims: tuple[int, ...]
    type_number: int
    raw: memoryview | None
    """Its numbers, little-endian."""
    listed: tuple[tuple[int, Value], ...]
    """Its numbers where they are fields of the message."""
    external: Mapping[str, str]
    """Where they stand if that is another file: `location`, `offset`, `length`."""
    outside: Outside | None = None
    """What reads such files."""
    places: Tensor | None = None
    """Of a sparse one, where its numbers stand, in a row or by axis; all others are 0."""

    @property
    def dtype(self) -> str:
        """The type's name: `float32`."""
        return TYPES.get(self.type_number, f"type {self.type_number}")

    @property
    def is_raw(self) -> bool:
        """Whether its numbers lie somewhere as they are."""
        return (self.raw is not None or bool(self.external)) and self.places is None

    def header(self) -> TensorHeader:
        """What it is like. Raises FileProblem if it is none of numbers that are read."""
        if self.dtype not in ITEM_SIZES:
            raise FileProblem(f"tensor '{printable(self.name)}' is of {self.dtype}, which is not read")
        return TensorHeader(check_shape(self.dims), self.dtype)

    def plain(self) -> list[int | float | bool]:
        """Its numbers in a row, of a tensor of few. Raises FileProblem."""
        header = self.header()
        if header.count > _FEW:
            raise FileProblem(f"tensor '{printable(self.name)}' has {header.count:,} elements where a few are expected")
        if self.is_raw and self.dtype in _CODES:
            return list(struct.unpack(f"<{header.count}{_CODES[self.dtype]}", self.bytes(header)))
        if self.dtype in ("int32", "int64", "float32") and self.places is None:
            return [*self._listed(header.count)]
        found: list[int | float | bool] = self.read().reshape(-1).tolist()
        return found

    def bytes(self, header: TensorHeader) -> memoryview:
        """Its raw bytes. Raises FileProblem if there are more or fewer than its shape takes."""
        raw = self.raw if self.raw is not None else memoryview(b"")
        if self.external and self.outside is not None:
            raw = self.outside.part(self.name, self.external, header.nbytes)
        if len(raw) != header.nbytes:
            message = f"tensor '{printable(self.name)}' takes {header.nbytes:,} bytes, and has {len(raw):,}"
            raise damaged(message)
        return raw

    def read(self) -> Array:
        """The array, read-only if it lies in the file. Raises FileProblem."""
        header = self.header()
        check_memory(header)
        if self.places is not None:
            return self._spread(header, self.places)
        if self.is_raw:
            return numbers(np.frombuffer(self.bytes(header), np.uint8), header).reshape(header.shape)
        return self._of_fields(header)

    def _spread(self, header: TensorHeader, places: Tensor) -> Array:
        """The whole array of a sparse tensor. Raises FileProblem for places that it does not have."""
        at = places.read().astype(np.int64)
        values = replace(self, dims=at.shape[:1], places=None).read()
        if at.ndim == 2 and at.shape[1] == len(header.shape) and (at >= 0).all() and (at < header.shape).all():
            at = np.ravel_multi_index(tuple(at.T), header.shape)
        if at.ndim != 1 or not ((at >= 0) & (at < header.count)).all():
            raise damaged(f"sparse tensor '{printable(self.name)}' has numbers where it has no place")
        found = np.zeros(header.count, values.dtype)
        found[at] = values
        return found.reshape(header.shape)

    def _of_fields(self, header: TensorHeader) -> Array:
        found = np.array(self._listed(header.count))
        if self.dtype in ("float16", "bfloat16"):  # their bits, as integers
            return numbers(found.astype(np.uint16).view(np.uint8), header).reshape(header.shape)
        whole_array: Array = found.astype(header.dtype).reshape(header.shape)
        return whole_array

    def _listed(self, count: int) -> Listed:
        """The numbers that are fields of the message, in eight bytes each. Raises FileProblem for another count."""
        kinds = {_FIELDS[number] for number, _ in self.listed} or {"q"}
        found: Listed = array(kinds.pop())
        for number, value in self.listed:
            if found.typecode == "q":
                found.extend(islice(integers(value), count + 1))
            else:
                found.frombytes(part(value) if _FIELDS[number] == found.typecode else b"")
            if len(found) > count:
                break
        if len(found) != count:
            message = f"tensor '{printable(self.name)}' does not have the {count:,} numbers that its shape takes"
            raise damaged(message)
        if sys.byteorder == "big" and found.typecode != "q":
            found.byteswap()
        return found


def read_tensor(data: memoryview) -> Tensor:
    """A tensor's message; its numbers stay where they are. Raises FileProblem."""
    name, number, raw = "", 0, None
    dims: list[int] = []
    listed: list[tuple[int, Value]] = []
    external: dict[str, str] = {}
    for field, value in fields(data):
        if field == 1:
            dims += islice(integers(value), MOST_AXES + 1)
        elif field == 2:
            number = whole(value)
        elif field == 8:
            name = text(value)
        elif field == 9:
            raw = part(value)
        elif field in _FIELDS:
            listed.append((field, value))
        elif field == 13:
            entry = dict(fields(part(value)))
            external[text(entry.get(1, memoryview(b"")))] = text(entry.get(2, memoryview(b"")))
    return Tensor(name, tuple(dims), number, raw, tuple(listed), external)


def read_sparse(data: memoryview) -> Tensor:
    """A sparse tensor's message: its numbers, which have its name, and where they stand. Raises FileProblem."""
    dims: list[int] = []
    parts: dict[int, memoryview] = {}
    for field, value in fields(data):
        if field == 3:
            dims += islice(integers(value), MOST_AXES + 1)
        elif field in (1, 2):
            parts[field] = part(value)
    if len(parts) != 2:
        raise damaged("a sparse tensor lacks its numbers, or where they stand")
    return replace(read_tensor(parts[1]), dims=tuple(dims), places=read_tensor(parts[2]))
