"""NumPy's .npz format: a zip of .npy arrays, read without trusting a single figure in it.

A zip states every size twice or thrice: in its directory, in the member's deflated stream, and the .npy header inside
states it again. All must agree before memory is taken, and no more bytes are inflated than they agree on.
"""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from dataflow_cli.errors import suggestion
from dataflow_cli.files.npy import (
    DATA_LIMIT,
    ArrayHeader,
    check_size,
    read_array,
    read_exactly,
    read_header,
)
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.regular import regular_size
from dataflow_cli.files.zip_end import check_directory
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from dataflow_cli.files.part import Part
    from dataflow_cli.shapes import Array


MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
DEFLATE_RATIO = 1032
"""The most bytes that deflate can make of one; a member that claims more lies about its size."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    ValueError,
    OverflowError,
    LookupError,
    TypeError,
)
"""What Python's zipfile raises on files that are cut off, damaged or made to harm."""
_DAMAGED = "the file is damaged or cut off; write or copy it again"
_PART = 2**18
"""Bytes of data that are read at once."""


class Npz:
    """The arrays of an open .npz by name. Headers cost no NumPy; arrays are read when asked for."""

    def __init__(self, archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> None:
        self._archive = archive
        self._members = members
        self._sound: set[str] = set()
        self.origin = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays' names, without .npy, in the order of the file."""
        return tuple(self._members)

    def header(self, name: str) -> ArrayHeader:
        """What the array `name` is like, held against the member's size. Raises FileProblem."""
        with self._member(name) as (stream, size):
            header = read_header(stream)
            check_size(header, size)
        return header

    def read(self, name: str, limit: float = DATA_LIMIT, part: Part | None = None) -> Array:
        """The array `name`, or a part. Raises FileProblem, also if it takes more than `limit` bytes."""
        with self._member(name) as (stream, size):
            return read_array(stream, size, limit, part)

    def mapped(self, name: str) -> Array:
        """The array `name` where it lies in the file, read-only; if it is packed, as `read` does. Raises FileProblem.

        The checksum is looked at once, which takes the data into the system's memory and none of ours.
        """
        info, stream = self._members.get(name), self._archive.fp
        if info is None or stream is None or info.compress_type != zipfile.ZIP_STORED or not _has_descriptor(stream):
            return self.read(name)
        from dataflow_cli.files.zip_place import place_of

        with damage_reported():
            stream.seek(start := place_of(stream, info))
            header = read_header(cast("BinaryIO", stream))
        check_size(header, info.file_size)
        if header.fortran_order or header.big_endian or header.dtype == "bool" or not header.nbytes:
            return self.read(name)
        data = np.memmap(cast("Any", stream), np.uint8, mode="r", offset=start, shape=(info.file_size,))
        if name not in self._sound:
            _check_sum(np.asarray(data), info)
            self._sound.add(name)
        array: Array = np.asarray(data)[header.data_offset :].view(np.dtype(header.descr)).reshape(header.shape)
        return array

    def chunks(self, name: str) -> Iterator[bytes]:
        """The data of the array `name` as it is stored, in parts of whole numbers. Raises FileProblem."""
        with self._member(name) as (stream, size):
            header = read_header(stream)
            check_size(header, size)
            for start in range(0, header.nbytes, _PART):
                yield read_exactly(stream, min(_PART, header.nbytes - start), "its data")
            stream.read(1)  # at its end the member's checksum is held against what was read

    @contextmanager
    def _member(self, name: str) -> Iterator[tuple[BinaryIO, int]]:
        if name not in self._members:
            raise FileProblem(f"has no array '{printable(name)}'", hint=suggestion(name, self.names) or self._listed())
        try:
            with damage_reported(), self._archive.open(self._members[name]) as stream:
                yield cast("BinaryIO", stream), self._members[name].file_size
        except FileProblem as problem:
            raise FileProblem(f"array '{name}': {problem.message}", hint=problem.hint, code=problem.code) from problem

    def _listed(self) -> str:
        return listed(self.names)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._archive.close()


def open_npz(source: str | Path | BinaryIO) -> Npz:
    """Opens an .npz, a path or a seekable stream.

    Raises:
        FileProblem: if it is no zip, is damaged, or holds a member that is encrypted, packed in an uncommon way, not an
            array, oddly named, a duplicate, or of an impossible size.
        OSError: if the file cannot be opened.
    """
    _look_at(source)
    with damage_reported():
        archive = zipfile.ZipFile(source)
    try:
        return Npz(archive, _members(archive))
    except FileProblem:
        archive.close()
        raise


def holds_array(path: str | Path, name: str) -> bool:
    """Whether a file is an .npz, damaged within or not, that has an array of this name."""
    from dataflow_cli.files.beginning import beginning, is_zip

    if not is_zip(beginning(path)):
        return False
    try:
        with open_npz(path) as npz:
            return name in npz.names
    except (OSError, FileProblem):
        return False


def listed(names: tuple[str, ...]) -> str:
    """`it holds a, b, c and 4 more`."""
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return "it holds " + (", ".join(names[:6]) + more if names else "no arrays")


def _look_at(source: str | Path | BinaryIO) -> None:
    """Raises FileProblem for what should not be opened or read as a whole."""
    if not isinstance(source, str | Path):
        check_directory(source)
        return
    if regular_size(source) == 0:
        raise FileProblem("is empty", hint="write or copy it again")
    with Path(source).open("rb") as stream:
        check_directory(stream)


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = _checked(info)
        if name in members:
            raise FileProblem(f"holds two arrays '{name}'", hint="write the file again with numpy.savez")
        members[name] = info
    check_overlap(archive)
    return members


def _checked(info: zipfile.ZipInfo) -> str:
    """The array's name. Raises FileProblem for a member that no honest .npz has."""
    name = info.orig_filename.removesuffix(".npy")
    if not info.orig_filename.endswith(".npy"):
        raise FileProblem(
            f"holds '{printable(info.orig_filename)}', which is not an array (.npy)",
            hint="this zip was not written by numpy.savez; if it is a PyTorch or Keras file, convert it first",
        )
    if not name or not name.isprintable():
        raise FileProblem(f"holds an array with the name '{printable(name)}'", hint="give it a printable name")
    if info.flag_bits & 1:
        raise FileProblem(f"array '{name}' is encrypted", hint="write the file again without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileProblem(f"array '{name}' is packed in a way that is not read", hint="use numpy.savez_compressed")
    most = info.compress_size * (DEFLATE_RATIO if info.compress_type == zipfile.ZIP_DEFLATED else 1)
    if info.file_size > most:
        raise FileProblem(
            f"array '{name}' claims {info.file_size:,} bytes, but {info.compress_size:,} packed bytes cannot hold more "
            f"than {most:,}",
            hint=_DAMAGED,
        )
    return name


def check_overlap(archive: zipfile.ZipFile) -> None:
    """Raises FileProblem if the members together are longer than the file."""
    if sum(info.compress_size for info in archive.infolist()) > _size(archive.fp):
        raise FileProblem("its members overlap, as those of a zip bomb do", hint=_DAMAGED)


@contextmanager
def damage_reported() -> Iterator[None]:
    """Turns whatever Python's zipfile raises on a damaged file into a FileProblem."""
    try:
        yield
    except _BROKEN as error:
        raise FileProblem(f"not a readable zip ({printable(error)})", hint=_DAMAGED) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place that no file has was looked for
            raise
        raise FileProblem("not a readable zip (an impossible offset)", hint=_DAMAGED) from error


def _has_descriptor(stream: IO[bytes]) -> bool:
    """Whether it is a file of the system, which can be mapped."""
    try:
        stream.fileno()
    except OSError:  # of bytes in memory
        return False
    return True


def _check_sum(data: Array, info: zipfile.ZipInfo) -> None:
    """Raise FileProblem if these are not the bytes that were written."""
    found = 0
    for start in range(0, len(data), _PART):
        found = zlib.crc32(memoryview(cast("Any", data[start : start + _PART])), found)
    if found != info.CRC:
        raise FileProblem(f"array '{info.orig_filename.removesuffix('.npy')}': its checksum is wrong", hint=_DAMAGED)


def _size(stream: IO[bytes] | None) -> int:
    """The number of bytes of an archive's file."""
    return stream.seek(0, 2) if stream else 0
