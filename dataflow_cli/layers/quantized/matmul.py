"""Matrix products of whole numbers, over the last two axes.

    sum[..., i, j] = Σ_k  (in_1[..., i, k] - first_zero) · (in_2[..., k, j] - second_zero[j])
    matmul_integer:  out = sum
    qlinear_matmul:  out = round( sum · first_scale · second_scale[j] / output_scale ) + output_zero

Sums are exact, in int32; the output is kept within the ends of its type, and ties go to the even number. Weights are an
input too: a `constant` of their type.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.attention.products import MatMul, factors
from dataflow_cli.layers.fields import Boolean, Choice, option
from dataflow_cli.layers.integers import MULTIPLIED, QUANTIZED, check_type
from dataflow_cli.layers.quantized import scales
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import Layer, Parameter
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.explaining.taking import Index, Taken
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

_NAMES = ("first", "second")


@dataclass(frozen=True, kw_only=True)
class Whole(MatMul):
    """Base of both: sums of products of whole numbers. Inputs behind the two matrices are their zero points."""

    takes_integers: ClassVar[bool] = True
    temporaries: ClassVar[int] = 6
    per_column: bool = option(
        Boolean(), "whether each column of the second has a zero point (and a scale) of its own", False
    )

    def along(self, inputs: Shapes) -> int:
        return super().along(inputs[:2])

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = super().output_shape(inputs[:2])
        for zero, length in zip(inputs[2:], (1, shape[-1]), strict=False):
            scales.check_zero(self.type, tuple(zero), length)
        return shape

    def columns(self, inputs: Shapes) -> Shape:
        """The shape of what there is for every column of the second input, or for all of them."""
        return (inputs[1][-1],) if self.per_column else ()

    def rows(self, at: Shape, inputs: Shapes) -> tuple[Sequence[Index], Sequence[Index]]:
        return super().rows(at, inputs[:2])

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        columns: Array = np.asarray(wanted.any(axis=tuple(range(wanted.ndim - 1))))
        zeros: list[Array] = [columns if math.prod(shape) > 1 else np.full(shape, wanted.any()) for shape in inputs[2:]]
        return [*super().feeds(wanted, inputs[:2]), *zeros]

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return super().torch_order(orders[:2], inputs[:2])

    def result_type(self, types: Sequence[str]) -> str:
        for number, one in enumerate(types):
            check_type(one, MULTIPLIED, f"input {number + 1}")
        return "int32"

    def zeros(self, inputs: Arrays, parameters: Parameters) -> tuple[Array, Array]:
        """The zero points of both matrices (N, *shape), which broadcast against these."""
        found = [scales.zero_of(parameters, f"{name}_") for name in _NAMES]
        axes = max(x.ndim for x in inputs[:2]) - 1
        for number, given in enumerate(inputs[2:]):
            found[number] = given.reshape(len(given), *(1,) * (axes - 1), -1)
        return found[0], found[1]

    def sums(self, inputs: Arrays, parameters: Parameters) -> Array:
        """int32."""
        scales.check_whole(self.type, inputs)
        dimensions = max(x.ndim for x in inputs[:2])
        one, other = (x.reshape(len(x), *(1,) * (dimensions - x.ndim), *x.shape[1:]) for x in inputs[:2])
        return kernels.quantization.integer_product(one, other, self.zeros(inputs, parameters))

    def summed(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """How one of the sums came about."""
        places = self.rows(at, [x.shape[1:] for x in inputs])
        one, other = (explaining.taken(x[0], place) for x, place in zip(inputs, places, strict=False))
        first, second = (each.reshape(-1) for each in self.zeros(inputs, parameters))
        mine, theirs = float(first[0]), float(second[at[-1] if second.size > 1 else 0])
        less, others = (replace(x, values=x.values - zero) for x, zero in ((one, mine), (other, theirs)))
        blocks = [
            _as_given(factors("input 1", less, others), one, other),
            replace(_as_given(factors("input 2", others, less), other, one), kind="beside", input=1),
        ]
        start = explaining.from_blocks(at, inputs, blocks, blocks[0].subtotal)
        for number, (x, values) in enumerate(zip(inputs[2:], (others, less), strict=False)):
            column = at[-1] if number and x.size > 1 else 0
            zero = explaining.element(f"zero point {number + 1}", x[0], (column,) * (x.ndim - 1), number + 2)
            start = scales.given_zero(start, zero, float(values.values.sum()))
        return scales.shifted(start, mine, theirs)


def _as_given(block: Block, values: Taken, others: Taken) -> Block:
    """A block of shifted numbers, with both as they are in the inputs."""
    same = np.array_equal(block.values, values.values) and np.array_equal(block.terms, values.values * others.values)
    term = "product" if same else "shifted product"
    return replace(block, values=values.values, coefficients=others.values, term_name=term)


@dataclass(frozen=True, kw_only=True)
class MatMulInteger(Whole):
    """The matrix product of whole numbers, in int32."""

    type: ClassVar[str] = "matmul_integer"
    arity: ClassVar[tuple[int, int | None]] = (2, 4)
    use_zero_point: bool = option(Boolean(), "whether there are zero points; else they are 0", True)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        if not self.use_zero_point:
            return {}
        own = [scales.zero_point("first_", ()), scales.zero_point("second_", self.columns(inputs))]
        return {name: one for found in own[len(inputs) - 2 :] for name, one in found.items()}

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.sums(inputs, parameters)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return self.summed(at, inputs, parameters)


@dataclass(frozen=True, kw_only=True)
class QLinearMatMul(Whole):
    """The matrix product of whole numbers, rescaled."""

    type: ClassVar[str] = "qlinear_matmul"
    insides: ClassVar[Mapping[str, str]] = {"accumulator": "the sums of products, in int32"}
    dtype: str = option(Choice(QUANTIZED), "the type of the output", "uint8")
    in_the_middle: bool = False
    """Whether the layer ends at its sums."""

    def inside(self, name: str) -> Layer:
        return replace(self, in_the_middle=True)

    def result_type(self, types: Sequence[str]) -> str:
        found = super().result_type(types)
        return found if self.in_the_middle else self.dtype

    def meant(self, values: Array, parameters: Parameters) -> Array | None:
        return None if self.in_the_middle else scales.meant(values, parameters)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        first, second = scales.pair("first_", ()), scales.pair("second_", self.columns(inputs))
        return {**first, **second, **scales.pair("output_", (), self.dtype)}

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        sums = self.sums(inputs, parameters)
        if self.in_the_middle:
            return sums
        factor, zero = scales.multiplier(parameters, _NAMES), scales.zero_of(parameters, "output_")
        return kernels.quantization.requantized(sums, factor, zero, self.dtype)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        found = self.summed(at, inputs, parameters)
        if self.in_the_middle:
            return found
        return scales.rescaled(found, _NAMES, (at[-1],) if self.per_column else (), self.dtype, parameters)
