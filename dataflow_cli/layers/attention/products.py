"""Products of two inputs, summed along an axis of each.

    dot:     out[i..., j...] = Σ_k  in_1[i..., k] · in_2[j..., k]           k along `axis`, where it stands is left out
             with `normalize` over √(Σ_k in_1[i..., k]²) · √(Σ_k in_2[j..., k]²)
    matmul:  out[..., i, j]  = Σ_k  in_1[..., i, k] · in_2[..., k, j]       as ONNX's MatMul and NumPy's

i, j: places of the first and the second input. In a matmul an axis of length 1 in front stands for every place.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.base import Layer, normalized_axis
from dataflow_cli.layers.fields import Boolean, Integer, List, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.explaining.taking import Index, Taken
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

SMALLEST = 1e-12
"""What a vector's length is taken for if it is smaller."""
FLAT = 1e-12
"""The slope at which a small change of a number is no more than rounding."""


@dataclass(frozen=True, kw_only=True)
class Product(Layer):
    """Base of both: every element is a sum of products of an element of each input."""

    arity: ClassVar[tuple[int, int | None]] = (2, 2)

    def along(self, inputs: Shapes) -> int:
        """How many products are summed. Raises LayerError if the inputs do not fit."""
        raise NotImplementedError

    def rows(self, at: Shape, inputs: Shapes) -> tuple[Sequence[Index], Sequence[Index]]:
        """The elements of both inputs that meet in an element of the output: of each axis the place, or all of them."""
        raise NotImplementedError

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        return ((*self.output_shape(inputs), self.along(inputs)),)

    def terms(self, inputs: Shapes) -> int:
        return 2 * self.along(inputs)

    def longest_sum(self, inputs: Shapes) -> int:
        return self.along(inputs)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        """The axes are told apart by where they stand, so PyTorch has to have them there too."""
        from dataflow_cli.layers.torch_order import Axes, plain, unknown

        rows = [order.row(shape) for order, shape in zip(orders, inputs, strict=True)]
        if not all(row.is_plain for row in rows):
            raise unknown("it tells axes apart by where they stand, and PyTorch has those of its inputs elsewhere")
        shape, first = self.output_shape(inputs), rows[0].first
        return Axes(tuple(range(len(shape))), first) if len(shape) > 1 else plain(math.prod(shape), first=first)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        first, second = self.rows(at, [x.shape[1:] for x in inputs])
        one, other = explaining.taken(inputs[0][0], first), explaining.taken(inputs[1][0], second)
        blocks = [factors("input 1", one, other), replace(factors("input 2", other, one), kind="beside", input=1)]
        return explaining.from_blocks(at, inputs, blocks, blocks[0].subtotal)


def factors(name: str, values: Taken, others: Taken) -> Block:
    """What one input carries of the products: as much as the other."""
    row = explaining.weighted(f"{name}, times the other", "row", values, others, "")
    lost = np.isfinite(values.values) & ~np.isfinite(others.values)  # and the other is what makes it so
    roles = np.where(others.values != 0, row.roles.max(initial=2), 0)
    contributions = np.where(lost, 0.0, row.contributions)
    return replace(row, contributions=contributions, roles=roles.astype(np.int8), coefficient_name="the other")


def _over_lengths(block: Block, product: float, turn: float) -> Block:
    """A block whose values are brought to length 1: what of each shows is what turns the vector."""
    from dataflow_cli.layers.explaining.explanation import CANDIDATE, SOURCE

    coefficients = np.zeros(0) if block.coefficients is None else block.coefficients
    slopes = coefficients / product - block.values * turn
    flat = np.abs(slopes) * np.abs(block.values).max(initial=1) <= FLAT
    roles = np.where(flat, CANDIDATE, SOURCE).astype(np.int8)
    return replace(block, contributions=block.contributions / product, roles=roles)


@dataclass(frozen=True, kw_only=True)
class Dot(Product):
    """The dot product of two inputs along an axis of each."""

    type: ClassVar[str] = "dot"
    axis: tuple[int, ...] = option(
        List(Integer(), single=True), "the axis of each input that is summed, N counted as 0; one number for both"
    )

    normalize: bool = option(
        Boolean(),
        "whether both are brought to length 1 along the axis before, so that the product is their cosine",
        False,
    )

    def positions(self, inputs: Shapes) -> tuple[int, int]:
        """The axes of one sample, from 0. Raises LayerError if there are none such, or they differ in length."""
        if len(self.axis) not in (1, 2):
            hint = "write one number for both inputs, or two"
            raise LayerError(f"dot takes an axis of each input, found {len(self.axis)}", hint=hint, field="axis")
        first, second = inputs
        one = normalized_axis(self.axis[0], len(first), self.type, field="axis")
        other = normalized_axis(self.axis[-1], len(second), self.type, field="axis")
        if first[one] != second[other]:
            raise LayerError(
                f"axis {one + 1} of {written(first)} has {first[one]} places, axis {other + 1} of {written(second)} "
                f"{second[other]}",
                hint="what is summed must be of one length: name other axes, or reshape an input",
                code="E132",
                field="axis",
            )
        return one, other

    def along(self, inputs: Shapes) -> int:
        one, _ = self.positions(inputs)
        return inputs[0][one]

    def output_shape(self, inputs: Shapes) -> Shape:
        one, other = self.positions(inputs)
        first, second = inputs
        return (*first[:one], *first[one + 1 :], *second[:other], *second[other + 1 :]) or (1,)

    def rows(self, at: Shape, inputs: Shapes) -> tuple[Sequence[Index], Sequence[Index]]:
        one, other = self.positions(inputs)
        count = len(inputs[0]) - 1
        own, others = (at[:count], at[count:]) if len(inputs[0]) + len(inputs[1]) > 2 else ((), ())
        every = range(self.along(inputs))
        return (*own[:one], every, *own[one:]), (*others[:other], every, *others[other:])

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        found = []
        count = len(inputs[0]) - 1
        axes = range(wanted.ndim if len(inputs[0]) + len(inputs[1]) > 2 else 0)
        for shape, position, others in zip(inputs, self.positions(inputs), (axes[count:], axes[:count]), strict=True):
            free = wanted.any(axis=tuple(others)) if axes else wanted.any()
            found.append(np.broadcast_to(np.expand_dims(free, position), shape))
        return found

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        shapes = [x.shape[1:] for x in inputs]
        last = [np.moveaxis(x, axis + 1, -1) for x, axis in zip(inputs, self.positions(shapes), strict=True)]
        if self.normalize:
            last = [kernels.normalization.unit_normalize(x, (x.ndim - 1,), SMALLEST) for x in last]
        one, other = (x.reshape(len(x), -1, x.shape[-1]) for x in last)
        found: Array = np.matmul(one, other.transpose(0, 2, 1))
        return found.reshape(len(one), *self.output_shape(shapes))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        start = super().explain(at, inputs, parameters)
        if not self.normalize:
            return start
        with np.errstate(all="ignore"):
            first, second = (max(float(np.sqrt(np.square(one.values).sum())), SMALLEST) for one in start.blocks)
            product = first * second
            cosine = float(np.float64(start.total) / product)
            blocks = [
                _over_lengths(one, product, cosine / length**2)
                for one, length in zip(start.blocks, (first, second), strict=True)
            ]
        result = explaining.from_blocks(at, inputs, blocks, start.total)
        return result.then("over both lengths", "{} / ({} · {})", (start.total, first, second), cosine)


@dataclass(frozen=True, kw_only=True)
class MatMul(Product):
    """The matrix product of two inputs, over their last two axes."""

    type: ClassVar[str] = "matmul"

    def along(self, inputs: Shapes) -> int:
        for shape in inputs:
            if len(shape) < 2:
                hint = "a vector is made a matrix by `reshape`: [1, -1] or [-1, 1]"
                raise LayerError(f"matmul takes matrices, found {written(shape)}", hint=hint)
        first, second = inputs
        if first[-1] != second[-2]:
            raise LayerError(
                f"inputs have shapes {written(first)} and {written(second)}: {first[-1]} columns, {second[-2]} rows",
                hint="a `transpose` or `permute` before it brings rows and columns together",
                code="E132",
                field="inputs",
            )
        return first[-1]

    def output_shape(self, inputs: Shapes) -> Shape:
        self.along(inputs)
        first, second = inputs
        dimensions = max(map(len, inputs)) - 2
        fronts = [(1,) * (dimensions - len(shape) + 2) + tuple(shape[:-2]) for shape in inputs]
        axes = [set(lengths) - {1} for lengths in zip(*fronts, strict=True)]
        if any(len(lengths) > 1 for lengths in axes):
            raise LayerError(
                f"inputs have shapes {written(first)} and {written(second)}: the axes in front differ",
                hint="make them equal, or 1",
                code="E132",
                field="inputs",
            )
        return (*(max(lengths, default=1) for lengths in axes), first[-2], second[-1])

    def rows(self, at: Shape, inputs: Shapes) -> tuple[Sequence[Index], Sequence[Index]]:
        *front, row, column = at
        every = range(self.along(inputs))
        own = [
            [0 if n == 1 else place for place, n in zip(front[len(front) - len(shape) + 2 :], shape[:-2], strict=True)]
            for shape in inputs
        ]
        return (*own[0], row, every), (*own[1], every, column)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        first, second = inputs
        front = wanted.shape[:-2]
        rows = np.broadcast_to(wanted.any(axis=-1, keepdims=True), (*front, first[-2], first[-1]))
        columns = np.broadcast_to(wanted.any(axis=-2, keepdims=True), (*front, second[-2], second[-1]))
        return [
            receptive_fields.feeding.broadcast(some, tuple(shape))
            for some, shape in zip((rows, columns), inputs, strict=True)
        ]

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        dimensions = max(x.ndim for x in inputs)
        one, other = (x.reshape(len(x), *(1,) * (dimensions - x.ndim), *x.shape[1:]) for x in inputs)
        found: Array = np.matmul(one, other)
        return found
