"""Tensors of a file that pass through memory one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dataflow_cli.errors import InputError
from dataflow_cli.files.problem import reported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.files.npz import Npz
    from dataflow_cli.shapes import Array, Shape


class PassingValues(Mapping[str, "Array"]):
    """Tensors (N, *shape) by the name of their step, mapped from an open .npz; `shapes` says what they are like.

    Only the last two that were asked for are kept. Reading one raises InputError if it is damaged.
    """

    def __init__(self, npz: Npz, stored: Mapping[str, str], shapes: Mapping[str, Shape], name: str) -> None:
        self.shapes = shapes
        self._npz = npz
        self._stored = stored
        self._name = name
        self._last: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self._last:
            with reported(InputError, self._name):
                array = self._npz.mapped(self._stored[name])
            self._last = dict([*self._last.items()][-1:]) | {name: array}
        return self._last[name]

    def __contains__(self, name: object) -> bool:
        return name in self.shapes

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)
