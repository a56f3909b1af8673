"""Tensors that were captured somewhere: a saved trace, an .npz, a folder of .npy, safetensors, a PyTorch file.

Names stand in the order in which the file has them, those of a folder in natural order (`2_conv` before `10_dense`).
A tensor is read when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import reported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dataflow_cli.shapes import Array, Shape


class Captured(Mapping[str, "Array"]):
    """Tensors by name; `shapes` says what they are like without reading one."""

    def __init__(self, source: str, shapes: Mapping[str, Shape], read: Callable[[str], Array]) -> None:
        self.source = source
        self.shapes = shapes
        self._read = read

    def __getitem__(self, name: str) -> Array:
        if name not in self.shapes:
            raise KeyError(name)
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)

    def __repr__(self) -> str:
        return f"<{len(self)} tensors in {self.source!r}>"


def open_captured(path: Path) -> Captured:
    """The tensors in a file or folder. Raises InputError if there are none, or it is of no format that is read."""
    found = _folder(path) if path.is_dir() else _file(path)
    if not found:
        raise InputError(f"{path}: holds no tensors", hint="`dftrace hooks FRAMEWORK` prints what captures them")
    return found


def _folder(path: Path) -> Captured:
    from dataflow_cli.files.npy import load_array

    files = {file.stem: file for file in sorted(path.glob("*.npy"), key=lambda file: natural(file.stem))}

    def read(name: str) -> Array:
        with reported(InputError, files[name]):
            return load_array(files[name])

    return Captured(str(path), {name: _npy_shape(file) for name, file in files.items()}, read)


def _npy_shape(file: Path) -> Shape:
    from dataflow_cli.files.npy import check_size, read_header

    with reported(InputError, file), file.open("rb") as stream:
        header = read_header(stream)
        check_size(header, file.stat().st_size)
    return header.shape


def _file(path: Path) -> Captured:
    from dataflow_cli.errors import WeightsError
    from dataflow_cli.trace.saved import is_saved_trace, load_trace
    from dataflow_cli.weights.file import open_weights

    if is_saved_trace(path):
        trace = load_trace(path)
        values: Any = trace.values
        return Captured(str(path), values.shapes, trace.value)
    try:
        with open_weights(path) as file:
            shapes = dict(file.shapes)
    except WeightsError as error:
        raise InputError(error.message, hint=error.hint) from error

    def read(name: str) -> Array:
        with open_weights(path) as file:
            return file.read(name)

    return Captured(str(path), shapes, read)


def natural(name: str) -> list[tuple[int, int | str]]:
    """A key that sorts numbers in names by their value."""
    parts = re.split(r"([0-9]+)", name)
    return [(1, int(part)) if part.isdigit() else (0, part) for part in parts if part]
