r"""NumPy's .npy format: a header that is read without NumPy, and data that must be as long as the header says.

    \x93NUMPY, version (2 bytes), header length, header (a Python dictionary as text), data

The header is text from an untrusted file: it is read as a literal, never evaluated, and nothing is allocated before its
figures have been held against the number of bytes that are really there. Pickled objects are never loaded.
"""

from __future__ import annotations

import ast
import io
import math
import re
import warnings
from typing import TYPE_CHECKING, Any, BinaryIO

from dataflow_cli.files.part import check_room, skip
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.files.part import Part
    from dataflow_cli.shapes import Array, Shape


MAGIC = b"\x93NUMPY"
DATA_LIMIT = 2**34
"""The most bytes of one array that are read unless the caller allows more."""
MAP_FROM = 2**26
"""Files with at least this many bytes of data are memory-mapped."""
_LONGEST_HEADER = 2**16
_MOST_DIMENSIONS = 32
_CHUNK = 2**16
"""Bytes read or written at once: few enough that the same memory serves all of them, and stays in the cache."""
_DESCR = r"[<>|=]?(?=[^\[]*$|[Mm])([A-Za-z?])([1-9][0-9]{0,3})?(?:\[.*\])?"
"""Byte order, kind, bytes; times alone have a unit in brackets."""
_KINDS = {"b": "bool", "i": "int", "u": "uint", "f": "float"}
_ITEMSIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8)}
_REFUSED = {
    "O": ("Python objects", "pickled objects can run code and are never loaded; save an array of numbers"),
    "c": ("complex numbers", "save the real and the imaginary part, or the magnitude"),
    "U": ("text", "save an array of numbers"),
    "S": ("text", "save an array of numbers"),
    "a": ("text", "save an array of numbers"),
    "M": ("dates", "save an array of numbers"),
    "m": ("durations", "save an array of numbers"),
    "V": ("raw bytes (bfloat16 perhaps)", "convert with .astype('float32') before saving"),
}


@dataclass(frozen=True)
class ArrayHeader:
    """What an .npy file says about its data."""

    shape: tuple[int, ...]
    descr: str
    """The type as NumPy writes it: `<f4`, `|u1`, `>i8`."""
    fortran_order: bool
    itemsize: int
    """Bytes an element."""
    data_offset: int
    """Bytes before the data."""

    @property
    def dtype(self) -> str:
        """The type's name: `float32`, `uint8`, `bool`."""
        kind = self.descr.lstrip("<>|=")[0]
        return "bool" if kind == "b" else f"{_KINDS[kind]}{8 * self.itemsize}"

    @property
    def big_endian(self) -> bool:
        """Whether the first byte of a number is its highest."""
        return self.descr[0] == ">"

    @property
    def count(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Number of bytes of data."""
        return self.count * self.itemsize


def read_header(stream: BinaryIO) -> ArrayHeader:
    """The header at the stream's position, which moves to the first byte of data. Raises FileProblem."""
    start = read_exactly(stream, 8, "the header")
    if not start.startswith(MAGIC):
        raise FileProblem("not an .npy array", hint="write it with numpy.save")
    version = start[6]
    if version not in (1, 2, 3):
        raise FileProblem(f".npy version {version}, expected 1, 2 or 3", hint="write it with numpy.save")
    width = 2 if version == 1 else 4
    length = int.from_bytes(read_exactly(stream, width, "the header"), "little")
    if length > _LONGEST_HEADER:
        raise FileProblem(f"a header of {length:,} bytes, at most {_LONGEST_HEADER:,} are read", hint=_REWRITE)
    text = read_exactly(stream, length, "the header").decode("utf-8" if version == 3 else "latin-1", "replace")
    return _parsed(text, 8 + width + length)


def check_size(header: ArrayHeader, size: int) -> None:
    """Holds the header against the number of bytes of the whole .npy, itself included. Raises FileProblem."""
    found = size - header.data_offset
    if found != header.nbytes:
        raise FileProblem(
            f"the header says {_written(header)}, {header.nbytes:,} bytes, but {found:,} bytes of data follow",
            hint="the file is cut off; write or copy it again" if found < header.nbytes else _REWRITE,
        )


def read_array(stream: BinaryIO, size_available: int, limit: float = DATA_LIMIT, part: Part | None = None) -> Array:
    """The array at the stream's position, in this machine's byte order.

    `size_available` is the number of bytes of header and data; nothing is allocated if the header disagrees with it or
    asks for more than `limit` bytes. `part` asks for a part of an array in C order only: it is (count, numbers of one).
    Raises FileProblem.
    """
    header = read_header(stream)
    check_size(header, size_available)
    if part is None or header.fortran_order:
        check_limit(header, limit)
        return _taken(_shaped(read_bytes(stream, header.nbytes), header, header.shape), part)
    start, size = part.bytes_of(header.nbytes)
    check_room(size, limit, lambda: _written(header))
    skip(stream, start)
    return _shaped(read_bytes(stream, size), header, (part.count, header.count // part.of))


def load_array(path: Path, limit: float = DATA_LIMIT, part: Part | None = None) -> Array:
    """The array of an .npy file, or a part; memory-mapped and read-only if it is large. Raises FileProblem, OSError."""
    with path.open("rb") as stream:
        header = read_header(stream)
        check_size(header, path.stat().st_size)
        if header.nbytes < MAP_FROM or header.big_endian or header.dtype == "bool":
            stream.seek(0)
            return read_array(stream, header.data_offset + header.nbytes, limit, part)
    order: Any = "F" if header.fortran_order else "C"
    mapped = np.memmap(
        path, np.dtype(header.descr), mode="r", offset=header.data_offset, shape=header.shape, order=order
    )
    return _taken(np.asarray(mapped), part)


def check_limit(header: ArrayHeader, limit: float) -> None:
    """Raises FileProblem TOO_LARGE if the data is longer than `limit` bytes."""
    hint = "split the file, or save it as a plain .npy, which is read in parts"
    check_room(header.nbytes, limit, lambda: _written(header), hint)


def read_bytes(stream: BinaryIO, size: int) -> Array:
    """Exactly `size` bytes as a uint8 array. Raises FileProblem if the stream ends before."""
    data: Array = np.empty(size, np.uint8)
    done = 0
    while done < size:
        chunk = stream.read(min(_CHUNK, size - done))
        if not chunk:
            raise FileProblem(f"ends after {done:,} of {size:,} bytes of data", hint=_CUT)
        data[done : done + len(chunk)] = np.frombuffer(chunk, np.uint8)
        done += len(chunk)
    return data


def read_exactly(stream: BinaryIO, size: int, what: str) -> bytes:
    """Exactly `size` bytes. Raises FileProblem that `what` is cut off if the stream ends before."""
    data = stream.read(size)
    while len(data) < size and (more := stream.read(size - len(data))):
        data += more
    if len(data) < size:
        raise FileProblem(f"ends inside {what}", hint=_CUT)
    return data


def write_array(stream: BinaryIO, array: Array) -> None:
    """Writes an .npy of version 1 in C order. Unlike numpy.save it also writes into pipes, and never pickles."""
    array = np.asarray(array, order="C")
    if array.dtype.hasobject:
        raise TypeError(f"an array of numbers is written, not of {array.dtype}")
    stream.write(header_bytes(array.dtype, array.shape))
    flat = array.reshape(-1)
    step = max(1, _CHUNK // array.itemsize)
    stream.writelines(flat[start : start + step].tobytes() for start in range(0, flat.size, step))


def bytes_of(array: Array) -> memoryview:
    """The numbers of an array in C order, where they are; copied only if they lie otherwise."""
    flat: Any = np.ascontiguousarray(array).reshape(-1)
    return memoryview(flat).cast("B") if array.size else memoryview(b"")


def header_bytes(dtype: np.dtype[Any], shape: Shape) -> bytes:
    """What stands before the numbers of an array in C order, as version 1 has it."""
    stream = io.BytesIO()
    said = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, said)
    return stream.getvalue()


_CUT = "the file is cut off; write or copy it again"
_REWRITE = "write the file again with numpy.save"
_AXIS = r"(?:0|[1-9][0-9]{0,17})"
_USUAL = (
    r"\{'descr': '([<>|][a-zA-Z][0-9]+)', 'fortran_order': (True|False), "
    rf"'shape': \(((?:{_AXIS},|(?:{_AXIS}, )+{_AXIS})?)\), \}} *\n"
)


def _parsed(text: str, offset: int) -> ArrayHeader:
    fields = _usual(text) or _literal(text)
    if not isinstance(fields, dict) or set(fields) != {"descr", "fortran_order", "shape"}:
        raise FileProblem("a header without exactly descr, fortran_order and shape", hint=_REWRITE)
    itemsize = _itemsize(fields["descr"])
    shape = fields["shape"]
    if not isinstance(shape, tuple) or not all(type(axis) is int and axis >= 0 for axis in shape):
        raise FileProblem("a header whose shape is not a tuple of non-negative integers", hint=_REWRITE)
    if type(fields["fortran_order"]) is not bool:
        raise FileProblem("a header whose fortran_order is neither True nor False", hint=_REWRITE)
    if len(shape) > _MOST_DIMENSIONS or math.prod(axis or 1 for axis in shape) * itemsize >= 2**63:
        raise FileProblem("a header whose shape no machine can hold", hint=_REWRITE)
    return ArrayHeader(shape, fields["descr"], fields["fortran_order"], itemsize, offset)


def _usual(text: str) -> dict[str, Any] | None:
    """The header's dictionary, if it is written exactly as NumPy writes it: an archive may hold thousands."""
    match = re.fullmatch(_USUAL, text)
    if match is None:
        return None
    shape = tuple(map(int, re.findall(r"[0-9]+", match[3])))
    return {"descr": match[1], "fortran_order": match[2] == "True", "shape": shape}


def _literal(text: str) -> Any:
    """The header's dictionary. Python 2 wrote long integers with an L."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(re.sub(r"(\d)L\b", r"\1", text).strip())
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise FileProblem("a header that is not a Python dictionary", hint=_REWRITE) from error


def _itemsize(descr: Any) -> int:
    if isinstance(descr, list | tuple):
        raise FileProblem("holds records of several fields, expected numbers", hint="save each field as its own array")
    match = re.fullmatch(_DESCR, descr) if isinstance(descr, str) else None
    kind, size = (match[1], int(match[2] or 0)) if match else ("", 0)
    if kind in _REFUSED:
        found, hint = _REFUSED[kind]
        raise FileProblem(f"holds {found}, expected numbers", hint=hint)
    if size not in _ITEMSIZES.get(kind, ()):
        raise FileProblem(
            f"holds elements of type '{printable(descr)[:40]}', which are not read",
            hint="convert with .astype('float32') before saving",
        )
    return size


def _taken(array: Array, part: Part | None) -> Array:
    """A part of a whole array, as it is read from C order."""
    if part is None:
        return array
    return array.reshape(part.of, array.size // part.of)[part.first : part.first + part.count]


def _shaped(data: Array, header: ArrayHeader, shape: tuple[int, ...]) -> Array:
    """Bytes as the array that the header describes. A byte of a bool other than 0 and 1 counts as true."""
    if header.dtype == "bool":
        values: Array = data != 0
    else:
        stored = data.view(np.dtype(header.descr))
        values = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    return values.reshape(shape, order="F" if header.fortran_order else "C")


def _written(header: ArrayHeader) -> str:
    return f"{header.dtype} of shape ({', '.join(map(str, header.shape))}{',' if len(header.shape) == 1 else ''})"
