"""The tensors of a saved trace, each read from its file when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.files.npz import open_npz
from dataflow_cli.files.problem import printable, reported
from dataflow_cli.trace.passing import PassingValues

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflow_cli.files.npz import Npz
    from dataflow_cli.shapes import Array, Shape

RECORD = "trace.json"
LABELS = "trace.labels"
OLD_LABELS = "labels"
PREFIX = "values/"
"""Before the names of tensors that cannot stand in the file under their own; in older files before those of all."""


def stored_name(name: str, *, old: bool = False) -> str:
    """The name under which the tensor of a step stands in the file: its own, unless that is taken."""
    return PREFIX + name if old or name in (RECORD, LABELS) or name.startswith(PREFIX) else name


class StoredValues(Mapping[str, "Array"]):
    """Tensors (N, *shape) of those `steps` that have one in the file, by name.

    `shapes` says what they are like without reading one.

    Reading one raises InputError if it is damaged, or if the file is another one by now, and LimitError if it does not
    fit into memory.
    """

    def __init__(self, path: str | Path, npz: Npz, steps: Iterable[str], *, old: bool = False) -> None:
        there = {*npz.names}
        stored = {name: stored_name(name, old=old) for name in steps}
        self._stored = {name: each for name, each in stored.items() if each in there}
        self.shapes: Mapping[str, Shape] = {name: npz.header(stored).shape for name, stored in self._stored.items()}
        self._name = str(path)
        self._path = Path(path).absolute()
        self._state = _state(self._path)
        self._read: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self.shapes

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)

    def __repr__(self) -> str:
        return f"<{len(self)} tensors in {self._name!r}>"

    @contextmanager
    def passing(self) -> Iterator[Mapping[str, Array]]:
        """The same tensors while the block lasts, where they lie in the file, none of which stays in memory."""
        with reported(InputError, self._name), open_npz(self._path) as npz:
            if _state(self._path) != self._state:
                raise _changed(self._name)
            yield PassingValues(npz, self._stored, self.shapes, self._name)

    def _load(self, name: str) -> Array:
        shape = self.shapes[name]
        with reported(InputError, self._name):
            if _state(self._path) != self._state:
                raise _changed(self._name)
            with open_npz(self._path) as npz:
                array = npz.read(self._stored[name])
        if array.shape != shape:
            raise _changed(self._name)
        return array


def _state(path: Path) -> tuple[int, int]:
    """What tells one state of a file from the next: its size, and when it was written."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _changed(name: str) -> InputError:
    return InputError(f"{printable(name)}: was written anew after the trace was loaded", hint="load the trace again")
