"""Formats of weights: each is known by its first bytes. Those that are not read are called by their names."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from dataflow_cli.files.foreign import HINTS, called
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.files.regular import regular_size

if TYPE_CHECKING:
    from pathlib import Path

    from dataflow_cli.files.stored import ArrayFile

_START = 512
HDF5 = b"\x89HDF\r\n\x1a\n"
_READ = ".npz, .safetensors, PyTorch's .pt, Keras' .keras and .h5, and .onnx"
_CONVERT = "save its arrays by their names with numpy.savez({npz}, ...), and name that file"


def open_arrays(path: Path) -> ArrayFile:
    """Opens a file of weights. Raises FileProblem if it is of no format that is read, or is damaged; OSError."""
    size = regular_size(path)
    with path.open("rb") as stream:
        start = stream.read(_START) if size else b""
    if start.startswith(b"PK"):
        return _in_zip(path)
    opened = _by_their_marks(path, start, size)
    return opened if opened is not None else _npz(path, _by_start(start, path.name))


def _by_their_marks(path: Path, start: bytes, size: int) -> ArrayFile | None:
    """The arrays of a file that is no zip, told by its first bytes; None if these tell nothing."""
    from dataflow_cli.files import torch_stream
    from dataflow_cli.files.safetensors import is_safetensors, open_safetensors
    from dataflow_cli.importers.onnx.recognize import is_onnx

    if start.startswith(HDF5):
        from dataflow_cli.importers.keras.arrays import open_hdf5_arrays

        return open_hdf5_arrays(path)
    if is_safetensors(start, size):
        return open_safetensors(path)
    if is_onnx(path.name, start):
        from dataflow_cli.importers.onnx.arrays import open_onnx_arrays

        return open_onnx_arrays(path)
    if start.startswith(torch_stream.START):
        return torch_stream.open_torch_stream(path)
    if start.lstrip()[:1] == b"{" and path.name.endswith(".json"):
        return _in_shards(path)
    return None


def _in_shards(path: Path) -> ArrayFile:
    """The arrays of all files that an index names."""
    from dataflow_cli.files.shard_index import read_index, shards_of

    index = read_index(path)
    if any(file.endswith(".h5") for file in shards_of(index)):
        from dataflow_cli.importers.keras.arrays import open_hdf5_shards

        return open_hdf5_shards(path.parent, index)
    from dataflow_cli.files.shards import open_shards

    return open_shards(path.parent, index)


def _in_zip(path: Path) -> ArrayFile:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.rpartition("/")[2] for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        names = set()
    if "model.weights.h5" in names and "config.json" in names:
        from dataflow_cli.importers.keras.arrays import open_keras_arrays

        return open_keras_arrays(path)
    if names & {"data.pkl", "archive_format", "serialized_exported_program.json"}:
        from dataflow_cli.files.torch_zip import open_torch_zip

        return open_torch_zip(path)
    return _npz(path, None)


def _npz(path: Path, otherwise: tuple[str, str] | None) -> ArrayFile:
    """The .npz that a file is; else what it is `otherwise`, and what to do about it."""
    from dataflow_cli.files.npz import open_npz

    try:
        return open_npz(path)
    except FileProblem as problem:
        if otherwise is None:
            raise
        what, hint = otherwise
        file, npz = repr(printable(path.name)), repr(printable(f"{path.name.partition('.')[0]}.npz"))
        raise FileProblem(what, hint=hint.format(file=file, npz=npz)) from problem


def _by_start(start: bytes, name: str) -> tuple[str, str] | None:
    what = called(start)
    if what in HINTS:  # a failed download
        return f"is {what}", HINTS[what]
    if name.endswith((".yaml", ".yml")):
        return "is YAML, as network files are, not weights", "name the file that it gives under `weights:`"
    what = what or _other(start)
    if what:
        return f"is {what}, which is not read; {_READ} are", _CONVERT
    if not start or name.endswith(".npz"):
        return None
    return "does not begin as a file of weights does", f"{_READ} are read"


def _other(start: bytes) -> str:
    if start.startswith(b"\x93NUMPY"):
        return "a single array (.npy)"
    if start[4:8] == b"TFL3":
        return "a TensorFlow Lite file"
    return "a GGUF file" if start.startswith(b"GGUF") else ""
