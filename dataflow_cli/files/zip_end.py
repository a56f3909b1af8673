r"""The end of a zip: how long the directory is that stands before it, told before all of it is read.

directory entries ... [zip64 end, zip64 locator] end: PK\5\6, ..., size of the directory (4 bytes at 12), ..., comment
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from dataflow_cli.files.problem import FileProblem

DIRECTORY_LIMIT = 2**24
"""The most bytes of directory that are read: more than a hundred thousand arrays."""
_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LONGEST_TAIL = 22 + 2**16 + 20
"""The end, the longest comment behind it, and the locator before it."""


def check_directory(stream: BinaryIO) -> None:
    """Raises FileProblem if the directory claims more than DIRECTORY_LIMIT bytes."""
    size = stream.seek(0, 2)
    stream.seek(max(size - _LONGEST_TAIL, 0))
    tail = stream.read(_LONGEST_TAIL)
    at = tail.rfind(_END)
    length = _field(tail, at + 12, "<L") if at >= 0 else 0
    if tail[max(at - 20, 0) : at].startswith(_LOCATOR64):
        length = max(length if length < 2**32 - 1 else 0, _length64(stream, size - len(tail) + at))
    if length > DIRECTORY_LIMIT:
        raise FileProblem(
            f"a directory of {length:,} bytes, at most {DIRECTORY_LIMIT:,} are read",
            hint="split the file into several, or make fewer and larger arrays",
        )


def _length64(stream: BinaryIO, end: int) -> int:
    """What the zip64 end says, which stands right before its locator."""
    stream.seek(max(end - 20 - 56, 0))
    record = stream.read(56)
    return _field(record, 40, "<Q") if record.startswith(_END64) else 0


def _field(data: bytes, at: int, form: str) -> int:
    width = struct.calcsize(form)
    return int(struct.unpack(form, data[at : at + width])[0]) if len(data) >= at + width else 0
