"""Numbers that name one of so many categories, and what stands for them in a network.

    int:        out[n, p]    = category[n, p]
    one_hot:    out[n, p, k] = 1 where category[n, p] = k, else 0
    multi_hot:  out[n, k]    = 1 where any category[n, p] = k, else 0
    count:      out[n, k]    = how many category[n, p] are k

n: sample; p: position; k: category. As in Keras, a last axis of length 1 is left out by one_hot, and multi_hot and
count are of one row of numbers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.explaining.explanation import CANDIDATE, Line
from dataflow_cli.layers.fields import Choice, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

MODES = ("int", "one_hot", "multi_hot", "count")
TOGETHER = ("multi_hot", "count")
"""Ways in which all categories of a sample stand in one row."""


@dataclass(frozen=True, kw_only=True)
class Categories(Layer):
    """Base of kinds that make categories of numbers."""

    has_sequences: ClassVar[bool] = False
    output_mode: str = option(Choice(MODES), "what stands for a category: see above", "int")

    @property
    def depth(self) -> int:
        """How many categories there are."""
        raise NotImplementedError

    def categories(self, x: Array) -> Array:
        """The category of every number (N, *shape), from 0; -1 for one that is of none."""
        raise NotImplementedError

    def reason(self, number: float) -> tuple[str, tuple[float, ...]]:
        """Why a number is of its category: an expression, and its numbers."""
        raise NotImplementedError

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = tuple(inputs[0])
        if self.output_mode == "int":
            return shape
        if self.output_mode == "one_hot":
            return (*(shape[:-1] if shape[-1:] == (1,) else shape), self.depth)
        if len(shape) != 1:
            hint = "reshape it to one row before, or write `output_mode: one_hot`"
            found = f"found {written(shape)}" if shape else "found a single number"
            message = f"{self.type} with `output_mode: {self.output_mode}` takes one row of numbers, {found}"
            raise LayerError(message, hint=hint, field="output_mode", wanted="a row of numbers")
        return (self.depth,)

    def places(self, at: Shape, shape: Shape) -> list[Shape]:
        """Which numbers an element is made of."""
        if self.output_mode in TOGETHER:
            return [(place,) for place in range(shape[0])]
        if self.output_mode == "int":
            return [at]
        return [(*at[:-1], 0) if shape[-1:] == (1,) else at[:-1]]

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0] if self.output_mode == "int" else seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        if self.output_mode == "int":
            return [wanted]
        if self.output_mode in TOGETHER:
            return [np.full(inputs[0], wanted.any())]
        return [wanted.any(axis=-1).reshape(inputs[0])]

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return ("the shape of the input",) if self.output_mode == "int" else (f"{self.depth} categories",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_flow import embedded
        from dataflow_cli.layers.torch_order import plain

        if self.output_mode == "int":
            return orders[0]
        if len(self.output_shape(inputs)) == 1:
            return plain(self.depth, first=orders[0].first)
        shape = inputs[0][:-1] if inputs[0][-1:] == (1,) else inputs[0]
        return embedded(orders[0].row(inputs[0]), shape)

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        each = math.prod(inputs[0])
        return kernels.method.beside(samples * each * (4 if self.output_mode == "int" else 4 + 2 * self.depth))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float32)
        found = self.categories(x)
        if self.output_mode == "int":
            return found.astype(dtype)
        shape = self.output_shape([x.shape[1:]])
        if self.output_mode == "one_hot":
            hot: Array = found.reshape(len(x), *shape[:-1], 1) == np.arange(self.depth)
            return hot.astype(dtype)
        counted = np.zeros((len(x), self.depth + 1), dtype)
        np.add.at(counted, (np.arange(len(x))[:, np.newaxis], found), 1)
        counted = counted[:, :-1]  # the last one are those of no category, -1
        return counted if self.output_mode == "count" else np.minimum(counted, 1)

    def terms(self, inputs: Shapes) -> int:
        return inputs[0][0] if self.output_mode in TOGETHER else 1

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        """Only what leaves its category, or comes into another one, shows."""
        x, places = inputs[0][0], self.places(at, inputs[0].shape[1:])
        names = ["number"] if len(places) == 1 else [f"number {place[0]}" for place in places]
        blocks = explaining.pieces(explaining.silent(explaining.elements(x, places), CANDIDATE), names)
        numbers = [block.subtotal for block in blocks]
        found = self.categories(np.array([numbers], x.dtype))[0]
        total = float(self.forward(inputs, parameters)[0][at])
        start = explaining.from_blocks(at, inputs, blocks, float(found[0]))
        start = start.led_on(
            [
                Line(f"category of {name}", *self.reason(number), float(category))
                for name, number, category in zip(names, numbers, found.tolist(), strict=True)
            ]
        )
        if self.output_mode == "int":
            return start
        what = {"one_hot": "is it", "multi_hot": "any of them", "count": "of them"}[self.output_mode]
        return start.then(f"{what} category {at[-1]}", "{}", (total,), total)
