"""An .npz that is written while its arrays are made: each has its place in the file from its first samples on.

Nothing is packed, so the size of an array is known before its numbers are: minibatch by minibatch they go where they
belong, and nothing waits in memory. Headers are filled in at the end, when the checksums are known. The numbers of
every array begin at a multiple of 64 bytes, so that a reader may map them.
"""

from __future__ import annotations

import math
import struct
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from dataflow_cli.files.npy import bytes_of, header_bytes
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.shapes import Array

_LOCAL, _CENTRAL = "<4s5H3L2H", "<4s6H3L5H2L"
_DATE = 33
"""The first of January 1980, so that the same arrays give the same bytes."""
_VERSION = 45
"""Of the zip format: the first that knows of large files."""
_UNIX = 3 << 8
_MODE = 0o644 << 16
_UTF8 = 0x800
_LARGE = 2**32 - 1
_PADDING = 0xD935
"""The extra field that Android's zipalign pads headers with."""
_ALIGNED = 64
_PART = 2**20


@dataclass
class _Member:
    """One array in the file."""

    name: bytes
    dtype: str
    start: int
    """Where its header in the zip begins."""
    end: int
    """Where its numbers end."""
    data: int
    """Where the .npy begins."""
    at: int
    """Where the next numbers go."""
    checksum: int

    @property
    def size(self) -> int:
        return self.end - self.data

    @property
    def flags(self) -> int:
        return 0 if self.name.isascii() else _UTF8


class NpzStream:
    """Writes into a stream that can go back. `close` makes it an .npz; without, it is none."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._members: dict[str, _Member] = {}
        self._end = 0

    def put(self, name: str, array: Array) -> None:
        """A whole array."""
        array = np.asarray(array)
        self._members[name] = self._begun(name, array, array.shape)
        self._write(self._members[name], array)

    def add(self, name: str, part: Array, total: int) -> None:
        """The next samples of an array that has `total` of them."""
        if name not in self._members:
            self._members[name] = self._begun(name, part, (total, *part.shape[1:]))
        self._write(self._members[name], part)

    def close(self, order: Sequence[str] = ()) -> None:
        """Write what tells where everything is; arrays named in `order` are listed first, in this order."""
        listed = [name for name in order if name in self._members]
        members = [self._members[name] for name in dict.fromkeys([*listed, *self._members])]
        for member in members:
            self._finish(member)
        self._stream.seek(self._end)
        directory = b"".join(map(_entry, members))
        self._stream.write(directory + _tail(len(members), len(directory), self._end))

    def _begun(self, name: str, array: Array, shape: tuple[int, ...]) -> _Member:
        header = header_bytes(array.dtype, shape)
        encoded, start = f"{name}.npy".encode(), self._end
        local = _local(encoded, start)
        data = start + len(local)
        self._end = data + len(header) + math.prod(shape) * array.dtype.itemsize
        self._stream.seek(start)
        self._stream.write(local + header)
        return _Member(encoded, array.dtype.str, start, self._end, data, data + len(header), zlib.crc32(header))

    def _write(self, member: _Member, array: Array) -> None:
        if array.dtype.str != member.dtype or member.at + array.nbytes > member.end:
            raise ValueError(f"{member.name!r}: {array.dtype.str} of {array.shape} has no place in it")
        self._stream.seek(member.at)
        data = bytes_of(array)
        for start in range(0, len(data), _PART):
            part = data[start : start + _PART]
            member.checksum = zlib.crc32(part, member.checksum)
            self._stream.write(part)
        member.at += len(data)

    def _finish(self, member: _Member) -> None:
        if member.at != member.end:
            raise ValueError(f"{member.name!r}: {member.end - member.at:,} bytes were not written")
        self._stream.seek(member.start + 14)
        self._stream.write(struct.pack("<L", member.checksum))
        self._stream.seek(member.start + struct.calcsize(_LOCAL) + len(member.name) + 4)
        self._stream.write(struct.pack("<QQ", member.size, member.size))


@contextmanager
def going_back(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The stream if it can go back; for a pipe a file that is copied into it at the end."""
    if stream.seekable():
        yield stream
        return
    import shutil
    import tempfile

    with tempfile.TemporaryFile() as beside:
        yield beside
        beside.seek(0)
        shutil.copyfileobj(beside, stream, _PART)


def _local(name: bytes, start: int) -> bytes:
    """What stands at `start` before a member; checksum and sizes are filled in later."""
    large = struct.pack("<HHQQ", 1, 16, 0, 0)
    padding = -(start + struct.calcsize(_LOCAL) + len(name) + len(large) + 4) % _ALIGNED
    extra = large + struct.pack("<HH", _PADDING, padding) + bytes(padding)
    flags = 0 if name.isascii() else _UTF8
    sizes = (0, _LARGE, _LARGE, len(name), len(extra))
    return struct.pack(_LOCAL, b"PK\x03\x04", _VERSION, flags, 0, 0, _DATE, *sizes) + name + extra


def _entry(member: _Member) -> bytes:
    """What the directory says of a member; what does not fit into 32 bits stands behind it."""
    large = [number for number in (member.size, member.size, member.start) if number >= _LARGE]
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    size, start = min(member.size, _LARGE), min(member.start, _LARGE)
    head = struct.pack(
        _CENTRAL,
        *(b"PK\x01\x02", _UNIX | _VERSION, _VERSION, member.flags, 0, 0, _DATE, member.checksum, size, size),
        *(len(member.name), len(extra), 0, 0, 0, _MODE, start),
    )
    return head + member.name + extra


def _tail(count: int, size: int, start: int) -> bytes:
    """The end of the file: how many entries the directory has, how long it is, and where it begins."""
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, *[min(count, 2**16 - 1)] * 2, size, min(start, _LARGE), 0)
    if count < 2**16 - 1 and start < _LARGE:
        return end
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, _VERSION, _VERSION, 0, 0, count, count, size, start)
    return large + struct.pack("<4sLQL", b"PK\x06\x07", 0, start + size, 1) + end
