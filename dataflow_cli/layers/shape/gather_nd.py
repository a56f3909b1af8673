"""The gather_nd layer: elements of one input, or all that stands behind them, from places on several axes.

    out[n, i, b] = in[n, indices[n, i, 0], indices[n, i, 1], ..., b]

n: sample; i: one index an axis of `indices` but for the last; b: places on the axes behind those that are named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.shape.by_indices import ByIndices
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.shapes import Array, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class GatherND(ByIndices):
    """Elements, or all that stands behind them, by a number for each of the first axes: rows of a second input."""

    type: ClassVar[str] = "gather_nd"

    def depth(self, inputs: Shapes) -> int:
        """How many axes the places are on. Raises LayerError for more than there are, or none."""
        shape, places = inputs[0], inputs[1]
        if not places or not 0 < places[-1] <= len(shape):
            message = f"its places have shape {written(places)}, for an input of {len(shape)} dimensions"
            hint = f"let the last axis of the places hold one number for each axis that they name: 1 to {len(shape)}"
            raise LayerError(message, hint=hint, code="E132", field="inputs")
        return places[-1]

    def output_shape(self, inputs: Shapes) -> Shape:
        return (*inputs[1][:-1], *inputs[0][self.depth(inputs) :])

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        return {1: min(inputs[0][: self.depth(inputs)])}

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"places {written(inputs[1])} on {self.depth(inputs)} of the axes of {written(inputs[0])}",)

    def read(self, indices: Array, shape: Shape) -> Array:
        columns = [self.numbered(indices[..., axis], shape[axis]) for axis in range(indices.shape[-1])]
        return np.stack(columns, axis=-1)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        shape, places = inputs
        depth = self.depth(inputs)
        behind = wanted.any(axis=tuple(range(len(places) - 1)))
        named = wanted.any(axis=tuple(range(len(places) - 1, wanted.ndim)))
        rows = np.asarray(behind).reshape((1,) * depth + shape[depth:])
        return [np.broadcast_to(rows, shape), np.broadcast_to(np.asarray(named)[..., np.newaxis], places)]

    def taken(self, x: Array, places: Array) -> Array:
        found: Array = x[tuple(np.moveaxis(places, -1, 0))]
        return found

    def places_of(self, at: Shape, inputs: Shapes) -> list[Shape]:
        return [(*at[: len(inputs[1]) - 1], axis) for axis in range(inputs[1][-1])]
