"""What every file of named arrays answers, whatever its format: what each is like, and its numbers when asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, Protocol

from dataflow_cli.files.npy import DATA_LIMIT
from dataflow_cli.files.part import check_room
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from dataflow_cli.shapes import Array, Shape

MOST_AXES = 32
ITEM_SIZES = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "float8_e4m3": 1,
    "float8_e5m2": 1,
    "int16": 2,
    "uint16": 2,
    "float16": 2,
    "bfloat16": 2,
    "int32": 4,
    "uint32": 4,
    "float32": 4,
    "int64": 8,
    "uint64": 8,
    "float64": 8,
}
"""Bytes an element, by the types that are read."""


class Header(Protocol):
    """What a file says of one array."""

    @property
    def shape(self) -> Shape:
        """Its shape."""

    @property
    def dtype(self) -> str:
        """The type's name: `float32`, `bfloat16`."""

    @property
    def itemsize(self) -> int:
        """Bytes an element."""

    @property
    def nbytes(self) -> int:
        """Bytes of data."""

    @property
    def big_endian(self) -> bool:
        """Whether the first byte of a number is its highest."""


class ArrayFile(Protocol):
    """An open file of arrays by name."""

    origin: str
    """Whose layout the arrays are known to have: `torch`, or nothing where the file does not say."""

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays' names, in the order of the file."""

    def header(self, name: str) -> Header:
        """What an array is like. Raises FileProblem if it is none of numbers."""

    def read(self, name: str) -> Array:
        """An array, in this machine's byte order; those of fewer bits than NumPy has as float32. Raises FileProblem."""

    def chunks(self, name: str) -> Iterator[bytes]:
        """An array's data as it is stored, in parts of whole numbers. Raises FileProblem."""

    def __enter__(self) -> Self:
        """The file itself, closed at the end of the block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Closes the file."""


@dataclass(frozen=True)
class TensorHeader:
    """What a file of little-endian tensors says of one of them."""

    shape: Shape
    dtype: str
    big_endian: bool = False

    @property
    def itemsize(self) -> int:
        """Bytes an element."""
        return ITEM_SIZES[self.dtype]

    @property
    def count(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of data."""
        return self.count * self.itemsize


def check_shape(shape: object) -> Shape:
    """A shape from an untrusted file. Raises FileProblem for what no machine can hold."""
    if not isinstance(shape, list | tuple) or not all(type(axis) is int and axis >= 0 for axis in shape):
        raise FileProblem("its shape is no list of non-negative integers")
    if len(shape) > MOST_AXES or math.prod(axis or 1 for axis in shape) >= 2**60:
        raise FileProblem("its shape is one that no machine can hold")
    return tuple(shape)


def check_memory(header: Header) -> None:
    """Raises FileProblem if an array takes more than is read of one."""
    hint = "a tensor is read as a whole: save it in several parts"
    check_room(header.nbytes, DATA_LIMIT, lambda: f"{header.dtype} of shape {written(header.shape)}", hint)


def numbers(data: Array, header: Header) -> Array:
    """Bytes as the array that the header describes, in one axis; bfloat16, the upper half of a float32, and
    float8 as float32.
    """
    if header.dtype == "bool":
        return np.not_equal(data, 0)
    if header.dtype.startswith("float8"):
        from dataflow_cli.files.float8 import as_float32

        return as_float32(data, header.dtype)
    order: Literal[">", "<"] = ">" if header.big_endian else "<"
    stored = np.dtype("uint16" if header.dtype == "bfloat16" else header.dtype).newbyteorder(order)
    values = data.view(stored)
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    if header.dtype != "bfloat16":
        return native
    return (native.astype(np.uint32) << 16).view(np.float32)
