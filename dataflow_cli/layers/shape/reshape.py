"""The reshape layer: the same elements in the same row-major order, counted by other axes.

In a file that says `framework: torch` it is PyTorch's view: the order is that in which PyTorch has the elements.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.fields import Integer, List, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Reshaping(Layer):
    """Base of kinds that give the elements of a sample another shape: everything but the shape."""

    redrawn: ClassVar[bool] = False
    hands_on: ClassVar[bool] = True
    listed: tuple[int, ...] | None = None
    """The axes of the input in the order in which they are run over, where that is not as they stand."""

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0] if self.output_shape(inputs) == tuple(inputs[0]) else seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        if self.listed is None:
            return [wanted.reshape(inputs[0])]
        return [wanted.reshape([inputs[0][axis] for axis in self.listed]).transpose(np.argsort(self.listed))]

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        shape = self.output_shape(inputs)
        before, after = ("·".join(map(str, lengths)) or "1" for lengths in (inputs[0], shape))
        return (f"{before} = {math.prod(shape):,} = {after}",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_flow import reshaped
        from dataflow_cli.layers.torch_order import plain

        if self.listed is None:
            return reshaped(orders[0], inputs[0], self.output_shape(inputs))
        row = plain(math.prod(inputs[0]), first=orders[0].first)
        return reshaped(row, (math.prod(inputs[0]),), self.output_shape(inputs))

    def as_torch_lists(self, orders: Sequence[Order], inputs: Shapes) -> Reshaping:
        from dataflow_cli.layers.torch_flow import listing

        return replace(self, listed=listing(orders[0], inputs[0], self.output_shape(inputs)))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        shape = self.output_shape([x.shape[1:]])
        if self.listed is not None:
            x = x.transpose(0, *(1 + axis for axis in self.listed))
        return x.reshape(len(x), *shape)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        before = inputs[0].shape[1:]
        after = self.output_shape([before])
        number = explaining.ravelled(at, after)
        order = self.listed or tuple(range(len(before)))
        run_over = tuple(before[axis] for axis in order)
        places = explaining.unravelled(number, run_over)
        source = tuple(places[order.index(axis)] for axis in range(len(before)))
        counts = [
            explaining.counted(number, place, shape)
            for place, shape in ((at, after), (places, run_over))
            if len(shape) > 1
        ]
        return explaining.moved(at, inputs, source, *counts)


@dataclass(frozen=True, kw_only=True)
class Reshape(Reshaping):
    """The elements of a sample in another shape."""

    type: ClassVar[str] = "reshape"
    target_shape: tuple[int, ...] = option(
        List(Integer(-1), single=True), "the shape of one sample; one -1 stands for what is left"
    )

    def output_shape(self, inputs: Shapes) -> Shape:
        count = math.prod(inputs[0])
        known = math.prod(length for length in self.target_shape if length != -1)
        if 0 in self.target_shape or self.target_shape.count(-1) > 1:
            raise LayerError(
                f"target_shape {written(self.target_shape)} is not a shape",
                hint="write lengths of at least 1, and at most one -1",
                code="E126",
                field="target_shape",
            )
        if count % known or (-1 not in self.target_shape and count != known):
            taken = f"a multiple of {known:,}" if -1 in self.target_shape else f"{known:,}"
            raise LayerError(
                f"{count:,} elements of shape {written(inputs[0])} do not fill {written(self.target_shape)}, "
                f"which takes {taken}",
                hint=self._hint(count),
                field="target_shape",
                wanted=f"{taken} elements",
            )
        return tuple(count // known if length == -1 else length for length in self.target_shape)

    def _hint(self, count: int) -> str:
        """The shape with one length changed so that so many elements fill it."""
        for axis in reversed(range(len(self.target_shape))):
            others = math.prod(length for place, length in enumerate(self.target_shape) if place != axis)
            if others > 0 and count % others == 0:
                filled = [*self.target_shape[:axis], count // others, *self.target_shape[axis + 1 :]]
                return f"{filled} fills it; -1 stands for the length that follows from the others"
        return ""
