"""A member of a zip as a stream that can go back, as readers of files inside of it need.

What is stored as it is, is read in its place, so that of ten gigabytes only what is wanted is read.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, cast

from dataflow_cli.files.npy import DATA_LIMIT
from dataflow_cli.files.npz import DEFLATE_RATIO, check_overlap, damage_reported
from dataflow_cli.files.part import check_room
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.zip_end import check_directory
from dataflow_cli.files.zip_place import place_of

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import WriteableBuffer

_CHUNK = 2**20
_SUMMED = 2**28
"""Up to so many bytes the checksum of what is read in its place is held against them: a quarter of a second."""
_DAMAGED = "the file is damaged or cut off; write or copy it again"


def open_archive(path: Path) -> zipfile.ZipFile:
    """Opens a zip of a model. Raises FileProblem if it is damaged, or has a member that would leave its folder."""
    with path.open("rb") as stream:
        check_directory(stream)
    with damage_reported():
        archive = zipfile.ZipFile(path)
    try:
        check_overlap(archive)
        seen: set[str] = set()
        for info in archive.infolist():
            _check(info, seen)
    except BaseException:
        archive.close()
        raise
    return archive


def read_member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """A member as a whole. Raises FileProblem if it is not there, damaged, or of more than `limit` bytes."""
    info = _info(archive, name)
    check_room(info.file_size, limit, lambda: f"'{name}'", "save the model again")
    with damage_reported():
        return archive.read(info)


def open_member(archive: zipfile.ZipFile, name: str) -> BinaryIO:
    """A member as a stream at its first byte. Raises FileProblem."""
    info = _info(archive, name)
    if info.compress_type == zipfile.ZIP_STORED:
        return _in_place(archive, info)
    check_room(info.file_size, DATA_LIMIT, lambda: f"'{name}'", "save the model again")
    import shutil
    import tempfile

    with ExitStack() as given_up:
        unpacked = given_up.enter_context(tempfile.TemporaryFile())
        with damage_reported(), archive.open(info) as member:
            shutil.copyfileobj(member, unpacked, _CHUNK)
        unpacked.seek(0)
        given_up.pop_all()  # closed by who reads it
    return cast("BinaryIO", unpacked)


def _info(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(name)
    except KeyError:
        raise FileProblem(f"has no '{name}'", hint="save the model again, as a whole") from None


def _check(info: zipfile.ZipInfo, seen: set[str]) -> None:
    """Raises FileProblem for a member that no honest model has."""
    name = info.orig_filename
    if ".." in name.replace("\\", "/").split("/") or name.startswith(("/", "\\")) or name[1:2] == ":":
        raise FileProblem(f"holds '{printable(name)}', a path that leads out of it", hint="do not trust this file")
    if name in seen:
        raise FileProblem(f"holds '{printable(name)}' twice", hint="save the model again")
    seen.add(name)
    if info.flag_bits & 1:
        raise FileProblem(f"'{printable(name)}' is encrypted", hint="write the file again without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileProblem(f"'{printable(name)}' is packed in a way that is not read", hint="save the model again")
    most = info.compress_size * (DEFLATE_RATIO if info.compress_type == zipfile.ZIP_DEFLATED else 1)
    if info.file_size > most:
        message = f"'{printable(name)}' claims {info.file_size:,} bytes, but at most {most:,} can be in it"
        raise FileProblem(message, hint=_DAMAGED)


def _in_place(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    with damage_reported(), archive.open(info) as member:
        if info.file_size <= _SUMMED:
            while member.read(_CHUNK):  # the checksum is looked at where it ends
                pass
    name = str(archive.filename)
    stream = open(name, "rb")  # noqa: SIM115, PTH123  closed by who reads it
    return cast("BinaryIO", _Window(stream, place_of(stream, info), info.file_size))


class _Window(io.RawIOBase):
    """`size` bytes of a file from byte `start` on."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._stream, self._start, self._size, self._at = stream, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        self._stream.seek(self._start + self._at)
        data = self._stream.read(max(0, min(len(view), self._size - self._at)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()
