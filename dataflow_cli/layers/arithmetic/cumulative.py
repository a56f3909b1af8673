"""Running sums along an axis.

out[..., i, ...] = Σ_(k ≤ i)  in[..., k, ...]        k < i with `exclusive`, k ≥ i or k > i with `reverse`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import SameShape, normalized_axis
from dataflow_cli.layers.bases.channels import Channels, format_beside_axis
from dataflow_cli.layers.fields import Boolean, Integer, option
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
class CumulativeSum(SameShape, Channels):
    """The sum of all that stands up to a place along an axis."""

    type: ClassVar[str] = "cumulative_sum"
    hands_mask_on: ClassVar[bool] = False
    temporaries: ClassVar[int] = 1
    axis: int = option(Integer(), "the axis, N counted as 0; -1: the last", -1)
    exclusive: bool = option(Boolean(), "leave out the number that stands at the place itself", False)
    reverse: bool = option(Boolean(), "sum up what stands from the place on", False)
    data_format: str = format_beside_axis()

    def position(self, shape: Shape) -> int:
        """The axis of one sample, from 0. Raises LayerError if the input does not have it."""
        return normalized_axis(self.axis, len(shape), self.type)

    def output_shape(self, inputs: Shapes) -> Shape:
        self.position(inputs[0])
        return super().output_shape(inputs)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        shape = inputs[0]
        own = self.position(shape) == self.channels_axis(len(shape)) and len(shape) > 1
        return seen[0] if own else seen[0].whole()

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import Row, unknown

        order = orders[0].aligned(inputs[0])
        if isinstance(order, Row) and not order.is_plain:
            raise unknown(f"{self.type} goes along a row whose numbers PyTorch has in another order")
        return order

    def places(self, place: int, count: int) -> range:
        """The places along the axis that are summed for one."""
        if self.reverse:
            return range(place + self.exclusive, count)
        return range(place + 1 - self.exclusive)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        axis = self.position(inputs[0])
        along = np.moveaxis(wanted, axis, 0)
        fed = np.zeros_like(along)
        for place in range(len(along)):
            reached = self.places(place, len(along))
            fed[reached.start : reached.stop] |= along[place]
        return [np.moveaxis(fed, 0, axis)]

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = np.moveaxis(inputs[0], self.position(inputs[0].shape[1:]) + 1, 0)
        x = x[::-1] if self.reverse else x
        found = np.zeros_like(x) if self.exclusive else np.empty_like(x)
        np.cumsum(x[: len(x) - self.exclusive], axis=0, out=found[int(self.exclusive) :])
        found = found[::-1] if self.reverse else found
        return np.moveaxis(found, 0, self.position(inputs[0].shape[1:]) + 1)

    def terms(self, inputs: Shapes) -> int:
        return inputs[0][self.position(inputs[0])]

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x, axis = inputs[0][0], self.position(inputs[0].shape[1:])
        index = [
            self.places(place, n) if axis == number else place
            for number, (place, n) in enumerate(zip(at, x.shape, strict=True))
        ]
        group = explaining.taken(x, index)
        return explaining.summed(at, inputs, [explaining.added("what is summed up to here", group)])
