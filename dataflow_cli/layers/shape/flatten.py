"""The flatten layer.

    out[n, (r·width + s)·channels + c] = in[n, r, s, c]

n: sample; r: row; s: column; c: channel. Row-major: the last axis runs fastest. With `data_format: channels_first` the
channels are moved to the end before, so the dense layer that follows has the same kernel in both formats (as in Keras).
"""

from __future__ import annotations

import math
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

    def output_shape(self, inputs: Shapes) -> Shape:
        return (math.prod(inputs[0]),)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        if self.channels_first and len(inputs[0]) > 1:
            first, *others = inputs[0]
            return [np.moveaxis(wanted.reshape(*others, first), -1, 0)]
        return [wanted.reshape(inputs[0])]

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        shape = inputs[0]
        return (f"{'·'.join(map(str, shape))} = {math.prod(shape):,}",) if len(shape) > 1 else ()

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_flow import flattened

        return flattened(orders[0], inputs[0], first=self.channels_first)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        if self.channels_first and x.ndim > 2:
            x = np.moveaxis(x, 1, -1)
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        shape = inputs[0].shape[1:]
        first = self.channels_first and len(shape) > 1
        order = (*range(1, len(shape)), 0) if first else tuple(range(len(shape)))
        unrolled = tuple(shape[axis] for axis in order)
        places = explaining.unravelled(at[0], unrolled)
        names = self.names(len(shape))
        source = tuple(places[order.index(axis)] for axis in range(len(shape)))
        return explaining.moved(
            at, inputs, source, explaining.counted(at[0], places, unrolled, [names[axis] for axis in order])
        )
