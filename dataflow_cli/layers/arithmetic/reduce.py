"""Reductions: one number from all along some axes.

    reduce_sum: Σ    reduce_mean: Σ / count    reduce_max, reduce_min    reduce_product: Π    reduce_norm: sqrt(Σ in²)

Axes are those of each sample: the minibatch stays.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.kernels.product import product
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import normalized_axis
from dataflow_cli.layers.bases.channels import Channels, format_beside_axis
from dataflow_cli.layers.fields import Boolean, Integer, List, Optional, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.explaining.taking import Taken
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Reduction(Channels):
    """Base of all reductions: everything but the arithmetic."""

    axis: tuple[int, ...] | None = option(
        Optional(List(Integer(), single=True)), "the axis or axes, N counted as 0; null: all of a sample", None
    )
    keepdims: bool = option(Boolean(), "keep the axes, with length 1", False)
    data_format: str = format_beside_axis()

    def positions(self, shape: Shape) -> tuple[int, ...]:
        """The axes of one sample, from 0. Raises LayerError if the input does not have them."""
        if self.axis is None:
            return tuple(range(len(shape)))
        return tuple(sorted({normalized_axis(axis, len(shape), self.type) for axis in self.axis}))

    def output_shape(self, inputs: Shapes) -> Shape:
        gone = self.positions(inputs[0])
        lengths = enumerate(inputs[0])
        return tuple(1 if axis in gone else n for axis, n in lengths if self.keepdims or axis not in gone)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import Axes, axes_there, plain

        shape, gone, first = inputs[0], self.positions(inputs[0]), orders[0].first
        if self.keepdims:
            return orders[0].aligned(shape)
        left = [axis for axis in axes_there(orders[0], shape) if axis not in gone] if len(shape) > 1 else []
        if len(left) < 2:
            return plain(math.prod(self.output_shape(inputs)), first=first)
        return Axes(tuple(sorted(left).index(axis) for axis in left), first, orders[0].row(shape).sure)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        own = self.positions(inputs[0]) == (self.channels_axis(len(inputs[0])),)
        return seen[0] if own and self.keepdims and len(inputs[0]) > 1 else seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        kept = [1 if axis in self.positions(inputs[0]) else n for axis, n in enumerate(inputs[0])]
        return [np.broadcast_to(wanted.reshape(kept), inputs[0])]

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        gone = [inputs[0][axis] for axis in self.positions(inputs[0])]
        return (f"{'·'.join(map(str, gone))} numbers become one",) if gone else ("the shape of the input",)

    def terms(self, inputs: Shapes) -> int:
        return math.prod(inputs[0][axis] for axis in self.positions(inputs[0]))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        axes = tuple(axis + 1 for axis in self.positions(inputs[0].shape[1:]))
        return self.reduced(inputs[0], axes)

    def reduced(self, x: Array, axes: tuple[int, ...]) -> Array:
        """One number from all along these axes."""
        raise NotImplementedError

    def group(self, at: Shape, x: Array) -> Taken:
        """The numbers of one sample that become an element."""
        gone = self.positions(x.shape)
        places = iter(at)
        index: list[int | range] = []
        for axis, n in enumerate(x.shape):
            if axis in gone:
                index.append(range(n))
                if self.keepdims:
                    next(places)
            else:
                index.append(next(places))
        return explaining.taken(x, index)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return self.told(at, inputs, self.group(at, inputs[0][0]))

    def told(self, at: Shape, inputs: Arrays, group: Taken) -> Explanation:
        """How the numbers of a group become one."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class ReduceSum(Reduction):
    """The sum along some axes."""

    is_monotone: ClassVar[bool] = True
    type: ClassVar[str] = "reduce_sum"

    def reduced(self, x: Array, axes: tuple[int, ...]) -> Array:
        result: Array = x.sum(axis=axes, keepdims=self.keepdims)
        return result

    def told(self, at: Shape, inputs: Arrays, group: Taken) -> Explanation:
        return explaining.summed(at, inputs, [explaining.added("what is added", group)])


@dataclass(frozen=True, kw_only=True)
class ReduceMean(Reduction):
    """The mean along some axes."""

    is_monotone: ClassVar[bool] = True
    type: ClassVar[str] = "reduce_mean"

    def reduced(self, x: Array, axes: tuple[int, ...]) -> Array:
        result: Array = x.mean(axis=axes, keepdims=self.keepdims)
        return result

    def told(self, at: Shape, inputs: Arrays, group: Taken) -> Explanation:
        return explaining.mean(at, inputs, group)


@dataclass(frozen=True, kw_only=True)
class ReduceMax(Reduction):
    """The largest along some axes."""

    is_monotone: ClassVar[bool] = True
    selects: ClassVar[bool] = True
    type: ClassVar[str] = "reduce_max"

    def reduced(self, x: Array, axes: tuple[int, ...]) -> Array:
        result: Array = x.max(axis=axes, keepdims=self.keepdims)
        return result

    def told(self, at: Shape, inputs: Arrays, group: Taken) -> Explanation:
        return explaining.largest(at, inputs, group)


@dataclass(frozen=True, kw_only=True)
class ReduceNorm(Reduction):
    """The length of a vector along some axes: the root of the sum of squares."""

    type: ClassVar[str] = "reduce_norm"

    def reduced(self, x: Array, axes: tuple[int, ...]) -> Array:
        squares = np.square(x, dtype=np.float64).sum(axis=axes, keepdims=self.keepdims)
        result: Array = np.sqrt(squares).astype(x.dtype)
        return result

    def told(self, at: Shape, inputs: Arrays, group: Taken) -> Explanation:
        block = explaining.added("what is measured together", group, squared=True)
        start = explaining.from_blocks(at, inputs, [block], block.subtotal)
        return start.then("norm", "sqrt({})", (block.subtotal,), math.sqrt(block.subtotal))


@dataclass(frozen=True, kw_only=True)
class ReduceMin(Reduction):
    """The smallest along some axes."""

    is_monotone: ClassVar[bool] = True
    selects: ClassVar[bool] = True
    type: ClassVar[str] = "reduce_min"

    def reduced(self, x: Array, axes: tuple[int, ...]) -> Array:
        result: Array = x.min(axis=axes, keepdims=self.keepdims)
        return result

    def told(self, at: Shape, inputs: Arrays, group: Taken) -> Explanation:
        return explaining.largest(at, inputs, group, "min")


@dataclass(frozen=True, kw_only=True)
class ReduceProduct(Reduction):
    """The product along some axes."""

    type: ClassVar[str] = "reduce_product"

    def reduced(self, x: Array, axes: tuple[int, ...]) -> Array:
        return product(x, axes, keepdims=self.keepdims)

    def told(self, at: Shape, inputs: Arrays, group: Taken) -> Explanation:
        block = explaining.multiplied("what is multiplied", group)
        return explaining.from_blocks(at, inputs, [block], block.subtotal)
