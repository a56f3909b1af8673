"""The discretization layer: which of some bins, one behind the other, a number lies in."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.features.categories import Categories
from dataflow_cli.layers.fields import List, Number, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array, Shape, Shapes

MOST = 2**16


@dataclass(frozen=True, kw_only=True)
class Discretization(Categories):
    """The bin that a number lies in: bin k ends before the k-th boundary, the last one never."""

    type: ClassVar[str] = "discretization"
    bin_boundaries: tuple[float, ...] = option(List(Number(), most=MOST), "where one bin ends and the next begins")

    def output_shape(self, inputs: Shapes) -> Shape:
        if not self.bin_boundaries:
            raise LayerError("bin_boundaries are empty", hint="name at least one boundary", field="bin_boundaries")
        if any(one > other for one, other in pairwise(self.bin_boundaries)):
            hint = "write them from the smallest to the largest"
            raise LayerError("bin_boundaries are in no order", hint=hint, field="bin_boundaries")
        return super().output_shape(inputs)

    @property
    def depth(self) -> int:
        return len(self.bin_boundaries) + 1

    def categories(self, x: Array) -> Array:
        boundaries = np.array(self.bin_boundaries, x.dtype if x.dtype.kind == "f" else np.float64)
        found: Array = np.searchsorted(boundaries, x, side="right")
        return found

    def reason(self, number: float) -> tuple[str, tuple[float, ...]]:
        place = int(self.categories(np.array([number]))[0])
        low, high = self.bin_boundaries[place - 1 : place], self.bin_boundaries[place : place + 1]
        if not low:
            return "{} < {}", (number, *high)
        return ("{} ≤ {} < {}", (*low, number, *high)) if high else ("{} ≤ {}", (*low, number))
