"""The weights of a Keras file by their layers' names, as every other file of arrays gives them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.files.h5py import Hdf5, open_hdf5
from dataflow_cli.importers.keras.cudnn import as_plain, gates_of, plain_shape
from dataflow_cli.importers.keras.stored import is_keras, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Any, Self

    from dataflow_cli.files.stored import TensorHeader
    from dataflow_cli.shapes import Array

WEIGHTS = "model.weights.h5"
"""Where a .keras file has its weights."""


class Hdf5Arrays:
    """The arrays of an open HDF5 file; where Keras wrote it, by its layers' names."""

    def __init__(self, hdf5: Hdf5, config: Mapping[str, Any] | None = None) -> None:
        self._hdf5 = hdf5
        self.origin = "keras" if is_keras(hdf5) else ""
        self._paths = names_of(hdf5, config) if self.origin else {path: path for path in hdf5.datasets}
        self._gates = dict(gates_of(config or {}))

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays' names, layer by layer."""
        return tuple(self._paths)

    def header(self, name: str) -> TensorHeader:
        """What an array is like. Raises FileProblem if it is none of numbers."""
        found, gates = self._hdf5.header(self._paths[name]), self._gates.get(name.rpartition("/")[0])
        return replace(found, shape=plain_shape(name, found.shape, gates)) if gates else found

    def read(self, name: str) -> Array:
        """An array. Raises FileProblem."""
        found, gates = self._hdf5.read(self._paths[name]), self._gates.get(name.rpartition("/")[0])
        return as_plain(name, found, gates) if gates else found

    def chunks(self, name: str) -> Iterator[bytes]:
        """An array's data as it is stored, in parts of whole numbers. Raises FileProblem."""
        if name.rpartition("/")[0] in self._gates:
            return iter([self.read(name).tobytes()])
        return self._hdf5.chunks(self._paths[name])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._hdf5.__exit__()


def open_hdf5_arrays(path: Path) -> Hdf5Arrays:
    """The arrays of an HDF5 file. Raises FileProblem."""
    from dataflow_cli.importers.keras.config import config_of

    hdf5 = open_hdf5(path)
    try:
        config = config_of(hdf5) if hdf5.text("", "model_config") is not None else None
        return Hdf5Arrays(hdf5, config)
    except BaseException:
        hdf5.__exit__()
        raise


def open_hdf5_shards(folder: Path, index: Mapping[str, list[str]]) -> Hdf5Arrays:
    """The arrays of the HDF5 files that an index names in a folder. Raises FileProblem, OSError."""
    from dataflow_cli.importers.keras.shards import joined

    return Hdf5Arrays(joined(folder, index))


def open_keras_arrays(path: Path) -> Hdf5Arrays:
    """The arrays of a .keras file. Raises FileProblem."""
    from dataflow_cli.files.zip_member import open_archive, open_member
    from dataflow_cli.importers.keras.config import config_in

    with open_archive(path) as archive:
        config = config_in(archive)
        stream = open_member(archive, WEIGHTS)
    try:
        hdf5 = open_hdf5(stream)
    except BaseException:
        stream.close()
        raise
    try:
        return Hdf5Arrays(hdf5, config)
    except BaseException:
        hdf5.__exit__()
        raise
