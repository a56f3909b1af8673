"""Where the data of a member of a zip begin: behind its own header, whose names and fields may be of any length."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from dataflow_cli.files.problem import FileProblem

if TYPE_CHECKING:
    import zipfile

_LENGTHS = 26
_HEADER = 30


def place_of(stream: IO[bytes], info: zipfile.ZipInfo) -> int:
    """The first byte of a member's data in the file. Raises FileProblem if the file ends before."""
    stream.seek(info.header_offset + _LENGTHS)
    lengths = stream.read(4)
    if len(lengths) < 4:
        raise FileProblem("ends inside a member's header", hint="the file is cut off; write or copy it again")
    return info.header_offset + _HEADER + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
