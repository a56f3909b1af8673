"""The flatten layer.

    out[n, (r·width + s)·channels + c] = in[n, r, s, c]

n: sample; r: row; s: column; c: channel. Row-major: the last axis runs fastest. With `data_format: channels_first` the
channels are moved to the end before, so the dense layer that follows has the same kernel in both formats (as in Keras).
In a file that says `framework: torch` the elements come in PyTorch's order, channels first, in both formats.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Flatten(Channels):
    """All elements of a sample in one row."""

    type: ClassVar[str] = "flatten"
    redrawn: ClassVar[bool] = False
    hands_on: ClassVar[bool] = True
    listed: tuple[int, ...] | None = None
    """The axes in the order in which they are run over, the last one fastest; None: the channels last."""

    def output_shape(self, inputs: Shapes) -> Shape:
        return (math.prod(inputs[0]),)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        order = self._order(len(inputs[0]))
        return [wanted.reshape([inputs[0][axis] for axis in order]).transpose(np.argsort(order))]

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        shape = inputs[0]
        return (f"{'·'.join(map(str, shape))} = {math.prod(shape):,}",) if len(shape) > 1 else ()

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_flow import flattened
        from dataflow_cli.layers.torch_order import plain

        if self.listed is not None:
            return plain(math.prod(inputs[0]), first=self.channels_first)
        return flattened(orders[0], inputs[0], first=self.channels_first)

    def as_torch_lists(self, orders: Sequence[Order], inputs: Shapes) -> Flatten:
        from dataflow_cli.layers.torch_flow import listing

        order = listing(orders[0], inputs[0], self.output_shape(inputs))
        return replace(self, listed=order or tuple(range(len(inputs[0]))))

    def _order(self, dimensions: int) -> tuple[int, ...]:
        """The axes of a sample in the order in which they are run over."""
        if self.listed is not None:
            return self.listed
        return (*range(1, dimensions), 0) if self.channels_first and dimensions > 1 else tuple(range(dimensions))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        x = x.transpose(0, *(1 + axis for axis in self._order(x.ndim - 1)))
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        shape = inputs[0].shape[1:]
        order = self._order(len(shape))
        unrolled = tuple(shape[axis] for axis in order)
        places = explaining.unravelled(at[0], unrolled)
        names = self.names(len(shape))
        source = tuple(places[order.index(axis)] for axis in range(len(shape)))
        return explaining.moved(
            at, inputs, source, explaining.counted(at[0], places, unrolled, [names[axis] for axis in order])
        )
