"""Parameters from an .npz file. Shapes are known from its headers, without NumPy, before a value is read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from dataflow_cli.errors import WeightsError
from dataflow_cli.files.npz import Npz, open_npz
from dataflow_cli.files.problem import FileProblem, reported
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dataflow_cli.layers.base import Array, Shape


@dataclass(frozen=True)
class WeightsFile:
    """An open weights file: the shape of every array in it, and the arrays on demand."""

    path: Path
    shapes: dict[str, Shape]
    npz: Npz
    faults: Mapping[str, FileProblem]
    """What is wrong with arrays that are none of numbers, such as text beside the parameters."""

    def read(self, name: str) -> Array:
        """One array. Raises WeightsError if its values are damaged."""
        with reported(WeightsError, self.path):
            return self.npz.read(name)


@contextmanager
def open_weights(path: Path) -> Iterator[WeightsFile]:
    """Open an .npz of parameters. Raises WeightsError if it is none."""
    with reported(WeightsError, path):
        npz = open_npz(path)
    with npz:
        shapes, faults = {}, {}
        for name in npz.names:
            try:
                shapes[name] = npz.header(name).shape
            except FileProblem as problem:
                faults[name] = problem
        yield WeightsFile(path, shapes, npz, faults)
