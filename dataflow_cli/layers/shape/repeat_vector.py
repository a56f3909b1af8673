"""The repeat vector layer: a vector as every step of a sequence.

    out[n, t, c] = in[n, c]

n: sample; t: step; c: feature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.rearranging import Rearranging
from dataflow_cli.layers.fields import Integer, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class RepeatVector(Rearranging):
    """A vector, repeated as a sequence (steps, features)."""

    type: ClassVar[str] = "repeat_vector"
    n: int = option(Integer(1), "how many times: the steps of the sequence")

    @property
    def has_sequences(self) -> bool:
        return True

    def output_shape(self, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 1:
            raise LayerError(
                f"{self.type} takes a vector, found {written(inputs[0])}",
                hint="flatten or pool it before, or use `tile`, which repeats any shape",
                wanted="a vector",
            )
        return (self.n, *inputs[0])

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return (f"{self.n} times the vector",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import Axes, unknown

        if not orders[0].row(inputs[0]).is_plain:
            raise unknown("PyTorch has the numbers of this vector in another order")
        return Axes((0, 1), orders[0].first)

    def arranged(self, x: Array) -> Array:
        return np.repeat(x[:, None], self.n, axis=1)
