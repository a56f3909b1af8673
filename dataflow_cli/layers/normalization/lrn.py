"""Local response normalization (Krizhevsky et al., "ImageNet classification", 2012): neighbouring channels compete.

    out[..., c] = in[..., c] / (k + alpha / size · Σ_j in[..., j]²) ^ beta

c: channel; j: the `size` channels from c - ⌊(size - 1) / 2⌋ on, those that there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import SameShape
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import Integer, Number, option
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
class LRN(SameShape, Channels):
    """Every element made smaller by its neighbours in other channels."""

    type: ClassVar[str] = "lrn"
    temporaries: ClassVar[int] = 3
    size: int = option(Integer(1), "how many channels compete", 5)
    alpha: float = option(Number(0), "how much they count", 1e-4)
    beta: float = option(Number(), "the exponent", 0.75)
    k: float = option(Number(0), "added to what they count", 1)

    def _reach(self, channel: int, channels: int) -> range:
        """The channels that one competes with, itself included."""
        first = channel - (self.size - 1) // 2
        return range(max(first, 0), min(first + self.size, channels))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0] if len(inputs[0]) > 1 else seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        axis = self.channels_axis(wanted.ndim)
        last = np.moveaxis(wanted, axis, -1)
        fed = np.zeros_like(last)
        for channel in range(last.shape[-1]):
            reach = self._reach(channel, last.shape[-1])
            fed[..., reach.start : reach.stop] |= last[..., channel : channel + 1]
        return [np.moveaxis(fed, -1, axis)]

    def output_shape(self, inputs: Shapes) -> Shape:
        self.check_channels(inputs[0])
        return super().output_shape(inputs)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import unknown

        if self.size % 2 == 0:
            raise unknown("PyTorch's window of an even size lies one channel further down", "use an odd `size`")
        shape = inputs[0]
        return orders[0].aligned(shape).in_front(self.channels_axis(len(shape)), len(shape))

    def terms(self, inputs: Shapes) -> int:
        return min(self.size, inputs[0][self.channels_axis(len(inputs[0]))])

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        axis = 1 + self.channels_axis(inputs[0].ndim - 1)
        last = np.moveaxis(inputs[0], axis, -1)
        found = kernels.normalization.respond(last, self.size, self.alpha, self.beta, self.k)
        return np.moveaxis(found, -1, axis)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x = inputs[0][0]
        axis = self.channels_axis(x.ndim)
        reach = self._reach(at[axis], x.shape[axis])
        group = explaining.taken(x, [reach if place == axis else one for place, one in enumerate(at)])
        block = explaining.squares(group, at)
        value, square = float(x[at]), float(block.terms.sum())
        base = self.k + self.alpha / self.size * square
        with np.errstate(all="ignore"):  # too large or too small for float64, as in the forward pass
            result = float(np.float64(value) / np.float64(base) ** self.beta)
        numbers = (self.k, self.alpha, self.size, square)
        start = explaining.from_blocks(at, inputs, [block], value).then("compared", "{} + {} / {} · {}", numbers, base)
        return start.then("normalized", "{} / {} ^ {}", (value, base, self.beta), result)
