"""Tensors that were captured somewhere: a saved trace, .npz, a folder of .npy, safetensors, PyTorch's, Polygraphy's.

Names stand in the order in which the file has them, those of a folder in natural order (`2_conv` before `10_dense`).
A tensor is read when it is asked for, and not kept. Files stay open as long as `held` does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import reported
from dataflow_cli.sizes import HALF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.model import Trace


PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
"""How files begin that may be taken for a side, though they are an input."""


class Captured(Mapping[str, "Array"]):
    """Tensors by name; `shapes` says what they are like without reading one."""

    def __init__(
        self,
        source: str,
        shapes: Mapping[str, Shape],
        read: Callable[[str], Array],
        notes: tuple[str, ...] = (),
        stored: str = "",
    ) -> None:
        self.source = source
        self.shapes = shapes
        self.notes = notes
        """What else is to be said of it."""
        self.stored = stored
        """The type of half precision that its numbers and parameters are rounded to, where that is known."""
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


def open_captured(path: Path, held: ExitStack) -> Captured:
    """The tensors in a file or folder. Raises InputError if there are none, or it is of no format that is read."""
    found = _folder(path) if path.is_dir() else _file(path, held)
    if not found:
        raise InputError(f"{path}: holds no tensors", hint="`dftrace hooks FRAMEWORK` prints what captures them")
    return found


def _folder(path: Path) -> Captured:
    from dataflow_cli.diff.debug_tree import debug_tree_in
    from dataflow_cli.files.npy import load_array

    with reported(InputError, path), os.scandir(path):
        pass  # what may not be listed has no files for `glob`
    tree = debug_tree_in(path)
    if tree is not None:
        return _tree(tree)
    found = sorted(path.glob("*.npy"), key=lambda file: natural(file.stem))
    files = dict(zip(_names([file.stem for file in found]), found, strict=True))

    def read(name: str) -> Array:
        with reported(InputError, files[name]):
            return load_array(files[name])

    return Captured(str(path), {name: _npy_shape(file) for name, file in files.items()}, read)


def _names(stems: list[str]) -> list[str]:
    """What tensors are called in a folder: without the numbers of their order, where all files have one."""
    short = [re.sub(r"^[0-9]+_", "", stem) for stem in stems]
    numbered = all(name and name != stem for name, stem in zip(short, stems, strict=True))
    return short if numbered and len(set(short)) == len(short) else stems


def _npy_shape(file: Path) -> Shape:
    from dataflow_cli.files.npy import check_size, read_header

    with reported(InputError, file), file.open("rb") as stream:
        header = read_header(stream)
        check_size(header, file.stat().st_size)
    return header.shape


def _tree(tree: Path) -> Captured:
    from dataflow_cli.diff.debug_tree import read_tensor, shape_of, tensors_of

    files = tensors_of(tree)
    shapes = {name: shape_of(file) for name, file in files.items()}
    return Captured(str(tree), shapes, lambda name: read_tensor(files[name]))


def _file(path: Path, held: ExitStack) -> Captured:
    from dataflow_cli.diff.debug_tree import ENDING
    from dataflow_cli.diff.polygraphy import is_polygraphy, open_polygraphy
    from dataflow_cli.errors import WeightsError
    from dataflow_cli.files.beginning import beginning
    from dataflow_cli.trace.saved import is_saved_trace, load_trace
    from dataflow_cli.weights.file import open_weights

    if path.name.endswith(ENDING):
        return _tree(path)
    if beginning(path).startswith(PICTURES):
        raise InputError(f"{path}: is a picture, not what layers put out", hint=f"give it as the input: -i {path}")
    if is_polygraphy(beginning(path)):
        outputs = open_polygraphy(path)
        return Captured(str(path), outputs.shapes, outputs.read)
    if is_saved_trace(path):
        trace = load_trace(path)
        values: Any = trace.values
        passing = held.enter_context(values.passing())
        return Captured(str(path), values.shapes, passing.__getitem__, stored=half(trace))
    try:
        file = held.enter_context(open_weights(path))
    except WeightsError as error:
        raise InputError(error.message, hint=error.hint) from error

    def read(name: str) -> Array:
        try:
            return file.mapped(name)
        except WeightsError as error:
            raise InputError(error.message, hint=error.hint) from error

    faults = {name: fault for name, fault in file.faults.items() if not file.shapes}
    for fault in faults.values():
        raise InputError(f"{path}: {fault.message}", hint=fault.hint)
    notes = tuple(f"{path}: {fault.message}: left out" for fault in file.faults.values())
    return Captured(str(path), dict(file.shapes), read, notes)


def half(trace: Trace) -> str:
    """The type of half precision that a run of ours was rounded to; nothing for one that was not."""
    return trace.dtype if trace.dtype in HALF else ""


def natural(name: str) -> list[tuple[int, int | str]]:
    """A key that sorts numbers in names by their value."""
    parts = re.split(r"([0-9]+)", name)
    return [(1, int(part)) if part.isdigit() else (0, part) for part in parts if part]
