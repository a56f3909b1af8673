"""Elements of a third input put into the first one, at places that a second input names: whole numbers from 0, or
from -1 at the end.

    index_copy:      out[n, a, indices[n, i], b] = updates[n, a, i, b]
    put_along_axis:  out[n, a, indices[n, a, i, b], b] = updates[n, a, i, b]
    scatter_nd:      out[n, indices[n, i, 0], indices[n, i, 1], ..., b] = updates[n, i, b]

n: sample; a, b: places before and behind the axis, or behind those that are named.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.base import normalized_axis
from dataflow_cli.layers.bases.scattering import Scattering
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.layers.shape.by_indices import ByIndices, GatherByInput, TakeAlongAxis
from dataflow_cli.layers.shape.gather_nd import GatherND
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array, Shape, Shapes

AXIS = "the axis that the places are on, N counted as 0; -1: the last"


@dataclass(frozen=True, kw_only=True)
class CopyByInput(Scattering):
    """What `index_copy` is with three inputs."""

    type: ClassVar[str] = "index_copy"
    axis: int = option(Integer(), AXIS, -1)

    def taking(self) -> ByIndices:
        return GatherByInput(axis=self.axis)

    def ways(self, inputs: Shapes) -> int:
        return math.prod(inputs[1])

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        shape, places = inputs[:2]
        axis = normalized_axis(self.axis, len(shape), self.type)
        along = wanted.any(axis=axis).reshape(*shape[:axis], *(1,) * len(places), *shape[axis + 1 :])
        return [wanted, np.full(places, wanted.any()), np.broadcast_to(along, inputs[2])]


@dataclass(frozen=True, kw_only=True)
class PutAlongAxis(Scattering):
    """Elements of a third input, each to a place along an axis that a second input names."""

    type: ClassVar[str] = "put_along_axis"
    axis: int = option(Integer(), AXIS, -1)

    def position(self, shape: Shape) -> int:
        """The axis of one sample, from 0."""
        return normalized_axis(self.axis, len(shape), self.type)

    def taking(self) -> ByIndices:
        return TakeAlongAxis(axis=self.axis)

    def updates_shape(self, inputs: Shapes) -> Shape:
        shape, places = inputs[:2]
        axis = self.position(shape)
        pairs = enumerate(zip(places, shape, strict=False))
        if len(places) != len(shape) or any(one > other for number, (one, other) in pairs if number != axis):
            message = f"its places have shape {written(places)}, and what is put into is {written(shape)}"
            hint = f"give them {len(shape)} axes, at most as long as those of the first input but along axis {axis + 1}"
            raise LayerError(message, hint=hint, code="E132", field="inputs")
        return tuple(places)

    def targets(self, shape: Shape, places: Array) -> Array:
        axis = self.position(shape)
        part = tuple(slice(None) if number == axis else slice(n) for number, n in enumerate(places.shape))
        return np.ravel(np.take_along_axis(np.arange(math.prod(shape)).reshape(shape)[part], places, axis))

    def ways(self, inputs: Shapes) -> int:
        return inputs[1][self.position(inputs[0])]

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        shape, places = inputs[:2]
        axis = self.position(shape)
        part = tuple(slice(None) if number == axis else slice(n) for number, n in enumerate(places))
        along = np.broadcast_to(wanted[part].any(axis=axis, keepdims=True), places)
        return [wanted, along, along]


@dataclass(frozen=True, kw_only=True)
class ScatterND(Scattering):
    """Elements of a third input, or rows of them, each to a place that a row of a second input names."""

    type: ClassVar[str] = "scatter_nd"

    def taking(self) -> ByIndices:
        return GatherND()

    def ways(self, inputs: Shapes) -> int:
        return math.prod(inputs[1])

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        shape, places, updates = inputs
        depth = places[-1]
        behind = np.asarray(wanted.any(axis=tuple(range(depth))))
        rows = behind.reshape((1,) * (len(updates) - behind.ndim) + shape[depth:])
        return [wanted, np.full(places, wanted.any()), np.broadcast_to(rows, updates)]
