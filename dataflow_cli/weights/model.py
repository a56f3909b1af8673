"""Parameters of a network: arrays by layer and parameter name, and where they came from."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataflow_cli.records import dataclass
from dataflow_cli.tensors import layer_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dataflow_cli.errors import Problem
    from dataflow_cli.shapes import Array

NO_PARAMETERS: Mapping[str, Array] = {}


@dataclass(frozen=True)
class Weights:
    """`arrays["conv2d_1"]["kernel"]`; `source` says in words where they are from."""

    arrays: Mapping[str, Mapping[str, Array]]
    source: str = ""
    warnings: tuple[Problem, ...] = ()
    """What looks wrong about them, though it can be computed with."""
    init: str = ""
    """The rule by which those were made that nothing gives; nothing if all are given."""
    stored: str = ""
    """The type of half precision that they are rounded to, as is every tensor that is made of them; else nothing."""

    def __repr__(self) -> str:
        count = sum(array.size for array in self.distinct)
        return f"<Weights of {len(self.arrays):,} layers: {count:,} numbers, from {self.source!r}>"

    def of(self, layer: str) -> Mapping[str, Array]:
        """The parameters of one layer, by its name or that of an inner tensor; none for a layer that has none."""
        return self.arrays.get(layer_of(layer), NO_PARAMETERS)

    def once(self, layer: str) -> Mapping[str, Array]:
        """The same for one who asks only once, and keeps it."""
        return self.of(layer)

    @cached_property
    def types(self) -> frozenset[Any]:
        """The types (dtypes) of the arrays."""
        return frozenset(array.dtype for parameters in self.arrays.values() for array in parameters.values())

    @property
    def nbytes(self) -> int:
        """Bytes of all parameters."""
        return sum(array.nbytes for array in self.distinct)

    @property
    def distinct(self) -> Collection[Array]:
        """The arrays, those that several layers share once: they are the same memory."""
        every = (array for parameters in self.arrays.values() for array in parameters.values())
        return {(array.__array_interface__["data"][0], array.size): array for array in every}.values()
