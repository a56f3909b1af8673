"""Parameters from an .npz file. Shapes are known from its headers, without NumPy, before a value is read."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from dataflow_cli.errors import WeightsError
from dataflow_cli.files.npz import Npz, open_npz
from dataflow_cli.files.problem import FileProblem, reported
from dataflow_cli.files.regular import regular_size
from dataflow_cli.records import dataclass
from dataflow_cli.weights.finite import may_be_unsound
from dataflow_cli.weights.formats import not_read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dataflow_cli.files.npy import ArrayHeader
    from dataflow_cli.shapes import Array, Shape


@dataclass(frozen=True)
class WeightsFile:
    """An open weights file: what every array in it is like, and the arrays on demand."""

    path: Path
    headers: dict[str, ArrayHeader]
    npz: Npz
    faults: Mapping[str, FileProblem]
    """What is wrong with arrays that are none of numbers, such as text beside the parameters."""

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every array of numbers."""
        return {name: header.shape for name, header in self.headers.items()}

    def may_be_unsound(self, name: str, dtype: str) -> bool:
        """Whether an array may have NaN or infinities; all of it is read. Raises WeightsError if it is damaged."""
        with reported(WeightsError, self.path):
            return may_be_unsound(self.npz.chunks(name), self.headers[name], dtype)

    def read(self, name: str) -> Array:
        """One array. Raises WeightsError if its values are damaged."""
        with reported(WeightsError, self.path):
            return self.npz.read(name)


@contextmanager
def open_weights(path: Path) -> Iterator[WeightsFile]:
    """Open an .npz of parameters. Raises WeightsError if it is none."""
    with reported(WeightsError, path):
        npz = _opened(path)
    with npz:
        headers: dict[str, ArrayHeader] = {}
        faults: dict[str, FileProblem] = {}
        with reported(WeightsError, path):
            for name in npz.names:
                try:
                    headers[name] = npz.header(name)
                except FileProblem as problem:
                    faults[name] = problem
        yield WeightsFile(path, headers, npz, faults)


def _opened(path: Path) -> Npz:
    try:
        return open_npz(path)
    except FileProblem as problem:
        if regular_size(path) == 0:
            raise
        raise not_read(path) or problem from problem
