"""The concatenate layer: inputs side by side along one axis, in the order in which they are named."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import Integer, Optional, option
from dataflow_cli.layers.merging.masked_merge import Maximum
from dataflow_cli.layers.merging.merge import shapes_differ
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Concatenate(Channels):
    """The inputs side by side along the channels or another axis."""

    type: ClassVar[str] = "concatenate"
    hands_on: ClassVar[bool] = True
    joins_masks: ClassVar[bool] = True
    arity: ClassVar[tuple[int, int | None]] = (2, None)
    axis: int | None = option(
        Optional(Integer()), "the axis that grows, N counted as 0, or from the end; null: the channels", None
    )

    def position(self, shape: Shape) -> int:
        """The axis of one sample, from 0, that grows. Raises LayerError if the input does not have it."""
        return self.axis_or_channels(self.axis, shape)

    def output_shape(self, inputs: Shapes) -> Shape:
        first = inputs[0]
        position = self.position(first)
        others = {(*shape[:position], None, *shape[position + 1 :]) for shape in inputs}
        if len(others) > 1 or len(set(map(len, inputs))) > 1:
            raise shapes_differ(
                inputs,
                "crop, pad or pool one of them so that the other axes match",
                f"; they may differ only along axis {position + 1}",
            )
        return (*first[:position], sum(shape[position] for shape in inputs), *first[position + 1 :])

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        position = self.position(inputs[0])
        if position == self.channels_axis(len(inputs[0])):
            return seen[0].merged(seen[1:])
        return seen[0].joined(seen[1:], position - self.channels_first, [shape[position] for shape in inputs])

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        axis = self.position(inputs[0])
        return np.split(wanted, list(accumulate(shape[axis] for shape in inputs[:-1])), axis)

    def joined_mask(self, given: tuple[bool, ...], inputs: Shapes) -> Layer | None:
        """Of channels side by side a step counts where it does in any input; steps one after the other keep theirs."""
        axis, dimensions = self.position(inputs[0]), len(inputs[0])
        if dimensions != 2 or axis == 1:
            return Maximum() if all(given) else None
        return JoinedMask(lengths=tuple(shape[0] for shape in inputs), given=given)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        position = self.position(inputs[0])
        lengths = [shape[position] for shape in inputs]
        return (f"{self.names(len(inputs[0]))[position]}: {' + '.join(map(str, lengths))} = {sum(lengths)}",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_flow import joined

        return joined(orders, inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return np.concatenate(inputs, axis=1 + self.position(inputs[0].shape[1:]))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        axis = self.position(inputs[0].shape[1:])
        number, place, before = 0, at[axis], 0
        while place >= inputs[number].shape[1 + axis]:
            length = inputs[number].shape[1 + axis]
            number, place, before = number + 1, place - length, before + length
        name = self.names(len(at))[axis]
        move = f"{name}: {at[axis]} - {before} = {place} of input {number + 1} of {len(inputs)}"
        return explaining.moved(at, inputs, (*at[:axis], place, *at[axis + 1 :]), move, number=number)


@dataclass(frozen=True, kw_only=True)
class JoinedMask(Layer):
    """Masks one after the other; the steps of inputs without one all count."""

    type: ClassVar[str] = "concatenate"
    arity: ClassVar[tuple[int, int | None]] = (1, None)
    lengths: tuple[int, ...]
    """The steps of every input."""
    given: tuple[bool, ...]
    """Which of them have a mask."""

    def output_shape(self, inputs: Shapes) -> Shape:
        return (sum(self.lengths),)

    def spans(self) -> list[tuple[int, int, int | None]]:
        """Where the steps of every input begin and end in the output, and the number of its mask."""
        ends = list(accumulate(self.lengths))
        numbers = [sum(self.given[:place]) if has else None for place, has in enumerate(self.given)]
        return [(end - length, end, number) for end, length, number in zip(ends, self.lengths, numbers, strict=True)]

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [wanted[start:end] for start, end, number in self.spans() if number is not None]

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import plain

        return plain(sum(self.lengths), first=orders[0].first)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        result = np.ones((len(inputs[0]), sum(self.lengths)), inputs[0].dtype)
        for start, end, number in self.spans():
            if number is not None:
                result[:, start:end] = inputs[number]
        return result

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        start, _, number = next(span for span in self.spans() if at[0] < span[1])
        if number is None:
            return explaining.from_blocks(at, inputs, [], 1.0, "an input without a mask: all of its steps count")
        return explaining.moved(at, inputs, (at[0] - start,), number=number)
