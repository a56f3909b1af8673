"""A PyTorch file since 1.6: a zip with `NAME/data.pkl` and one member for each storage, `NAME/data/KEY`."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, BinaryIO, cast

from dataflow_cli.files.npy import read_bytes
from dataflow_cli.files.npz import check_overlap, damage_reported
from dataflow_cli.files.part import skip
from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.torch_names import SAVE
from dataflow_cli.files.torch_pickle import PICKLE_LIMIT, read_pickle
from dataflow_cli.files.torch_tensors import TorchTensors
from dataflow_cli.files.zip_end import check_directory

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.shapes import Array

_PICKLE = "/data.pkl"


class _ZipStorages:
    """The storages of an open zip."""

    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        self._archive = archive
        self._members = {info.filename: info for info in archive.infolist()}
        self._root = root
        self.big_endian = self._text("byteorder") == b"big"

    def size(self, key: str) -> int:
        """Bytes of a storage. Raises FileProblem if there is none."""
        return self._member(key).file_size

    def read(self, key: str, start: int, count: int) -> Array:
        """`count` bytes from byte `start` on. Raises FileProblem."""
        with damage_reported(), self._archive.open(self._member(key)) as member:
            stream = cast("BinaryIO", member)
            skip(stream, start)
            return read_bytes(stream, count)

    def close(self) -> None:
        """Closes the file."""
        self._archive.close()

    def _member(self, key: str) -> zipfile.ZipInfo:
        try:
            return self._members[f"{self._root}/data/{key}"]
        except KeyError:
            raise FileProblem("its numbers are missing from the file") from None

    def _text(self, name: str) -> bytes:
        info = self._members.get(f"{self._root}/{name}")
        return self._archive.read(info) if info is not None and info.file_size < 64 else b""


def open_torch_zip(path: Path) -> TorchTensors:
    """Opens a file that torch.save wrote. Raises FileProblem if it is damaged, or holds more than tensors; OSError."""
    with path.open("rb") as stream:
        check_directory(stream)
    with damage_reported():
        archive = zipfile.ZipFile(path)
    try:
        root = _root(archive)
        check_overlap(archive)
        with damage_reported(), archive.open(f"{root}{_PICKLE}") as member:
            found = read_pickle(io.BytesIO(member.read(PICKLE_LIMIT))).found
        return TorchTensors(found, _ZipStorages(archive, root))
    except BaseException:
        archive.close()
        raise


def _root(archive: zipfile.ZipFile) -> str:
    """The folder that all stands in. Raises FileProblem for what is no table of tensors."""
    names = archive.namelist()
    if any(name.endswith((".json", "/archive_format")) or "/code/" in name for name in names):
        raise FileProblem("holds a program (TorchScript or torch.export), not only tensors", hint=SAVE)
    for info in archive.infolist():
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 or info.file_size != info.compress_size:
            raise FileProblem("a packed or encrypted zip, as torch.save writes none", hint=SAVE)
    pickles = [info for info in archive.infolist() if info.filename.endswith(_PICKLE)]
    if len(pickles) != 1:
        raise FileProblem("no file of torch.save: it has no data.pkl, or several", hint=SAVE)
    if pickles[0].file_size > PICKLE_LIMIT:
        size = pickles[0].file_size
        raise FileProblem(f"a pickle of {size:,} bytes, at most {PICKLE_LIMIT:,} are read", hint="split the file")
    return pickles[0].filename.removesuffix(_PICKLE)
