"""NumPy files, zips, idx files and tables, and such as lie about their size."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

DTYPES = (
    "<f4",
    "<f8",
    ">f8",
    "<f2",
    "|u1",
    "|i1",
    "<i4",
    ">i4",
    "<i8",
    "<u8",
    "|b1",
    "<c8",
    "<U3",
    "|S2",
    "|O",
    "<M8[s]",
)
SHAPES: tuple[tuple[int, ...], ...] = (
    (28, 28, 1),
    (28, 28),
    (3, 28, 28, 1),
    (784,),
    (2, 784),
    (4,),
    (3, 4),
    (0, 4),
    (),
)
DESCRIPTIONS = (
    *("<f4[ns]", "<f4,<i4", "f", "", "<f999999999", "<V8", "<U9999999999", "<f16", "<M8[as]", "<m8", "(2,)<f4", "O"),
    *("<f4\x00", "[('a','<f4')]", "{'names': ['a']}", "\u0660f4"),
)
HUGE = (
    "(2097152, 2097152)",
    "(34359738368, 34359738368)",
    "(9223372036854775807,)",
    "(-1, 4)",
    "(4.0,)",
    "((4,),)",
    "4",
)
_CELLS = (
    "0",
    "1",
    "255",
    "-3.5",
    "1e5",
    "nan",
    "inf",
    "",
    " ",
    "x",
    '"1"',
    '"a',
    "1;2",
    "1_0",
    "0x1",
    "\u0663",
    "1e999",
)
_MIB = 2**20


def npy(array: Any, *, fortran: bool = False) -> bytes:
    """A sound .npy file."""
    stream = io.BytesIO()
    np.save(stream, np.asfortranarray(array) if fortran else array, allow_pickle=True)
    return stream.getvalue()


def any_array(rng: Random) -> Any:
    """An array of some type and shape."""
    dtype, shape = rng.choice(DTYPES), rng.choice(SHAPES)
    numbers = np.random.default_rng(rng.randrange(100)).integers(0, 256, shape)
    if dtype[1] == "f" and rng.randrange(2):
        special = rng.choice((np.nan, np.inf, -np.inf, 1e300, 5e-324, -0.0, 2**53))
        with np.errstate(all="ignore"):
            return np.where(numbers > 200, special, numbers).astype(dtype)
    return numbers.astype(dtype)


def header(description: str, shape: str, order: str = "False", version: tuple[int, int] = (1, 0)) -> bytes:
    """The first bytes of a .npy file that says so."""
    text = f"{{'descr': '{description}', 'fortran_order': {order}, 'shape': {shape}, }}".encode("utf-8", "replace")
    text = text.ljust(117) + b"\n"
    size = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + size + text


def any_header(rng: Random) -> bytes:
    """A .npy file whose header is odd."""
    description = rng.choice((*DESCRIPTIONS, *DTYPES))
    shape = rng.choice((*HUGE, *map(str, SHAPES), "(" + "1," * rng.choice((33, 70, 5000)) + ")"))
    order = rng.choice(("False", "True", "1", "None", "__import__('os')"))
    return header(description, shape, order, rng.choice(((1, 0), (2, 0), (3, 0), (9, 9)))) + bytes(
        rng.choice((0, 16, 4096))
    )


def npz(members: Mapping[str, bytes], *, squeezed: bool = True) -> bytes:
    """A zip of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if squeezed else zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


@cache
def many_members(count: int) -> bytes:
    """A zip of so many empty files."""
    return npz({f"{number}.npy": b"" for number in range(count)}, squeezed=False)


@cache
def zeros(mebibytes: int) -> bytes:
    """So many zeros, squeezed: raw deflate."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, -15)
    one = squeeze.compress(bytes(_MIB)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return one * mebibytes + squeeze.flush()


@cache
def zeros_crc(start: bytes, mebibytes: int) -> int:
    """The checksum of `start` and so many zeros."""
    crc = zlib.crc32(start)
    for _ in range(mebibytes):
        crc = zlib.crc32(bytes(_MIB), crc)
    return crc


def gzip_bomb(start: bytes, mebibytes: int) -> bytes:
    """A gzip of `start`, then so many zeros."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, -15)
    data = squeeze.compress(start) + squeeze.flush(zlib.Z_FULL_FLUSH) + zeros(mebibytes)
    size = (len(start) + mebibytes * _MIB) % 2**32
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + data + struct.pack("<II", zeros_crc(start, mebibytes), size)


def zip_bomb(name: str, start: bytes, mebibytes: int) -> bytes:
    """A zip of one file: `start`, then so many zeros."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, -15)
    data = squeeze.compress(start) + squeeze.flush(zlib.Z_FULL_FLUSH) + zeros(mebibytes)
    crc, size, title = zeros_crc(start, mebibytes), len(start) + mebibytes * _MIB, name.encode()
    fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(data), size, len(title), 0)
    local = b"PK\x03\x04" + fields + title
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + title
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(local) + len(data), 0)
    return local + data + entry + end


def idx(shape: tuple[int, ...], kind: int = 8, data: bytes | None = None) -> bytes:
    """An idx file as MNIST's are."""
    lengths = b"".join(struct.pack(">I", length % 2**32) for length in shape)
    return bytes((0, 0, kind, len(shape))) + lengths + (bytes(int(np.prod(shape))) if data is None else data)


def squeezed(data: bytes) -> bytes:
    """The same as a .gz."""
    return gzip.compress(data, 1, mtime=0)


def table(rng: Random) -> bytes:
    """A CSV of numbers and of what is taken for numbers."""
    rows, columns = rng.choice(((1, 4), (3, 4), (28, 28), (2, 784), (1, 784)))
    words = _CELLS[: 4 if rng.randrange(2) else None]
    first = [rng.choice(words) if rng.randrange(3) == 0 else "1" for _ in range(columns)]
    cells = [first, *[["1"] * columns] * (rows - 1)]
    separator, end = rng.choice((",", ";", "\t", " ", ", ")), rng.choice(("\n", "\r\n", "\r"))
    head = rng.choice(("", "", "a,b,c,d" + end, "label," + ",".join(map(str, range(columns - 1))) + end, "\ufeff"))
    return (head + end.join(separator.join(row) for row in cells) + end).encode()
