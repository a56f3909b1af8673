"""Elements of one input from places that a second input names, whole numbers from 0, or from -1 at the end.

    gather:           out[n, a, i, b] = in[n, a, indices[n, i], b]
    take_along_axis:  out[n, a, i, b] = in[n, a, indices[n, a, i, b], b]

n: sample; a, b: places before and behind the axis; i: one index an axis of `indices`, or the one axis.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer, normalized_axis
from dataflow_cli.layers.bases.indices import Numbered
from dataflow_cli.layers.explaining.explanation import CANDIDATE
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.layers.receptive_fields import feeding
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class ByIndices(Layer):
    """Base of all."""

    arity: ClassVar[tuple[int, int | None]] = (2, 2)

    def taken(self, x: Array, places: Array) -> Array:
        """What stands in those places of one sample."""
        raise NotImplementedError

    def places_of(self, at: Shape, inputs: Shapes) -> list[Shape]:
        """Where the indices stand that say where an element comes from."""
        raise NotImplementedError

    def read(self, indices: Array, shape: Shape) -> Array:
        """The indices (N, ...) of places in samples of this shape. Raises LayerError for others."""
        raise NotImplementedError

    def numbered(self, indices: Array, n: int) -> Array:
        """Indices on an axis of so many places. Raises LayerError for others."""
        hint = f"places run from 0 to {n - 1}, or from -1 back to {-n}"
        return Numbered(self.type, n, "inputs", hint).read(indices)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].whole()

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import unknown

        if len(inputs[0]) < 2 or len(self.output_shape(inputs)) != len(inputs[0]):
            raise unknown(
                f"what PyTorch makes of {self.type} along a row, or with places of several axes, is not known"
            )
        for order, shape in zip(orders[1:], inputs[1:], strict=True):
            order.aligned(shape)
        return orders[0].aligned(inputs[0])

    def in_order(self, *, inputs: bool) -> bool:
        return True

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x, indices = inputs
        places = self.read(indices, x.shape[1:])
        return np.stack([self.taken(one, some) for one, some in zip(x, places, strict=True)])

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """One element, unchanged; another index would take another one."""
        x, indices = inputs
        shape = x.shape[1:]
        numbered = np.arange(math.prod(shape)).reshape(shape)
        source = explaining.unravelled(int(self.taken(numbered, self.read(indices, shape)[0])[at]), shape)
        places = self.places_of(at, [shape, indices.shape[1:]])
        named = [explaining.element("index", indices[0], place, 1) for place in places]
        element = explaining.element("element", x[0], source)
        told = ", ".join(f"{index.subtotal:g}" for index in named)
        move = f"index {told}: element [{', '.join(map(str, source))}] of the input"
        blocks = [explaining.scaled(element, 1.0), *(explaining.silent(index, CANDIDATE) for index in named)]
        return explaining.from_blocks(at, inputs, blocks, element.subtotal, move)


@dataclass(frozen=True, kw_only=True)
class AlongAxis(ByIndices):
    """Base of those whose places are on one axis."""

    axis: int = option(Integer(), "the axis that the places are on, N counted as 0; -1: the last", -1)

    def position(self, shape: Shape) -> int:
        """The axis of one sample, from 0."""
        return normalized_axis(self.axis, len(shape), self.type)

    def read(self, indices: Array, shape: Shape) -> Array:
        return self.numbered(indices, shape[self.position(shape)])

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        return {1: inputs[0][self.position(inputs[0])]}

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"places {written(inputs[1])} on an axis of {inputs[0][self.position(inputs[0])]}",)


@dataclass(frozen=True, kw_only=True)
class GatherByInput(AlongAxis):
    """What `gather` is with a second input."""

    type: ClassVar[str] = "gather"

    def output_shape(self, inputs: Shapes) -> Shape:
        shape, places = inputs
        axis = self.position(shape)
        return (*shape[:axis], *places, *shape[axis + 1 :])

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        shape, places = inputs
        axis = self.position(shape)
        rows = wanted.reshape(math.prod(shape[:axis]), math.prod(places), math.prod(shape[axis + 1 :]))
        along = rows.any(axis=1).reshape(*shape[:axis], 1, *shape[axis + 1 :])
        return [np.broadcast_to(along, shape), np.asarray(rows.any(axis=(0, 2)).reshape(places))]

    def taken(self, x: Array, places: Array) -> Array:
        return np.take(x, places, axis=self.position(x.shape))

    def places_of(self, at: Shape, inputs: Shapes) -> list[Shape]:
        axis = self.position(inputs[0])
        return [at[axis : axis + len(inputs[1])]]


@dataclass(frozen=True, kw_only=True)
class TakeAlongAxis(AlongAxis):
    """For every place along an axis one element of it, whose place a second input names."""

    type: ClassVar[str] = "take_along_axis"

    def output_shape(self, inputs: Shapes) -> Shape:
        shape, places = inputs
        axis = self.position(shape)
        fits = len(shape) == len(places) and all(
            number == axis or one == other or 1 in (one, other)
            for number, (one, other) in enumerate(zip(shape, places, strict=False))
        )
        if not fits:
            message = f"its places have shape {written(places)}, and what is taken from is {written(shape)}"
            hint = f"give it {len(shape)} axes, as long as those of the first input but along axis {axis}, or 1"
            raise LayerError(message, hint=hint, code="E132", field="inputs")
        return tuple(
            other if number == axis else max(one, other)
            for number, (one, other) in enumerate(zip(shape, places, strict=True))
        )

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        shape, places = inputs
        axis = self.position(shape)
        rows = np.asarray(wanted.any(axis=axis, keepdims=True))
        along = feeding.broadcast(rows, (*shape[:axis], 1, *shape[axis + 1 :]))
        return [np.broadcast_to(along, shape), feeding.broadcast(wanted, tuple(places))]

    def taken(self, x: Array, places: Array) -> Array:
        return np.take_along_axis(x, places, self.position(x.shape))

    def places_of(self, at: Shape, inputs: Shapes) -> list[Shape]:
        return [tuple(0 if length == 1 else place for place, length in zip(at, inputs[1], strict=True))]
