"""A file of parameters, whatever its format. Shapes are known without NumPy, before a value is read."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import WeightsError
from dataflow_cli.files.problem import FileProblem, reported
from dataflow_cli.records import dataclass
from dataflow_cli.weights.finite import may_be_unsound
from dataflow_cli.weights.formats import open_arrays

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dataflow_cli.files.stored import ArrayFile, Header
    from dataflow_cli.shapes import Array, Shape


@dataclass(frozen=True)
class WeightsFile:
    """An open weights file: what every array in it is like, and the arrays on demand."""

    path: Path
    headers: dict[str, Header]
    arrays: ArrayFile
    faults: Mapping[str, FileProblem]
    """What is wrong with arrays that are none of numbers, such as text beside the parameters."""

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every array of numbers."""
        return {name: header.shape for name, header in self.headers.items()}

    def may_be_unsound(self, name: str, dtype: str) -> bool:
        """Whether an array may have NaN or infinities; all of it is read. Raises WeightsError if it is damaged."""
        with reported(WeightsError, self.path):
            return may_be_unsound(self.arrays.chunks(name), self.headers[name], dtype)

    def read(self, name: str) -> Array:
        """One array. Raises WeightsError if its values are damaged."""
        with reported(WeightsError, self.path):
            return self.arrays.read(name)

    def mapped(self, name: str) -> Array:
        """The same, read-only where it lies in the file if that can be mapped. Raises WeightsError."""
        from dataflow_cli.files.npz import Npz

        arrays = self.arrays
        with reported(WeightsError, self.path):
            return arrays.mapped(name) if isinstance(arrays, Npz) else arrays.read(name)


@contextmanager
def open_weights(path: Path, imported: Mapping[str, Any] | None = None) -> Iterator[WeightsFile]:
    """Open a file of parameters. Raises WeightsError if it is none.

    `imported` are the arrays in it as an importer found them, by name, if one did.
    """
    with reported(WeightsError, path):
        arrays = open_arrays(path) if imported is None else _imported(imported)
    with arrays:
        headers: dict[str, Header] = {}
        faults: dict[str, FileProblem] = {}
        with reported(WeightsError, path):
            for name in arrays.names:
                try:
                    headers[name] = arrays.header(name)
                except FileProblem as problem:
                    faults[name] = problem
        yield WeightsFile(path, headers, arrays, faults)


def _imported(arrays: Mapping[str, Any]) -> ArrayFile:
    from dataflow_cli.importers.arrays import ImportedArrays

    return ImportedArrays(arrays)
