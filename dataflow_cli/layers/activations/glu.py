"""The gated linear unit (Dauphin et al., "Language modeling with gated convolutional networks", 2017).

    out[i] = in[i] · sigmoid(in[i + half])

i: place along `axis`, which gets half as long.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import normalized_axis
from dataflow_cli.layers.bases.channels import Channels, format_beside_axis
from dataflow_cli.layers.fields import Integer, option
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
class GLU(Channels):
    """One half of the input, gated by the sigmoid of the other."""

    type: ClassVar[str] = "glu"
    temporaries: ClassVar[int] = 3
    axis: int = option(Integer(), "the axis that is halved, N counted as 0; -1: the last", -1)
    data_format: str = format_beside_axis()

    def position(self, shape: Shape) -> int:
        """The axis of one sample, from 0, that is halved. Raises LayerError if there is none, or it is odd."""
        position = normalized_axis(self.axis, len(shape), self.type)
        if shape[position] % 2:
            raise LayerError(
                f"glu cannot halve an axis of {shape[position]}",
                hint="give it an even number: one half are values, the other their gates",
                field="axis",
                wanted="an axis of an even length",
            )
        return position

    def output_shape(self, inputs: Shapes) -> Shape:
        shape, position = tuple(inputs[0]), self.position(inputs[0])
        return (*shape[:position], shape[position] // 2, *shape[position + 1 :])

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        shape = inputs[0]
        own = len(shape) > 1 and self.position(shape) == self.channels_axis(len(shape))
        return seen[0] if own else seen[0].whole()

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [np.concatenate([wanted, wanted], axis=self.position(inputs[0]))]

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        position = self.position(inputs[0])
        length = inputs[0][position]
        return (f"{self.names(len(inputs[0]))[position]}: {length} / 2 = {length // 2}",)

    def terms(self, inputs: Shapes) -> int:
        return 2

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        if len(inputs[0]) > 1:
            return orders[0].aligned(inputs[0])
        from dataflow_cli.layers.torch_order import AS_THERE, plain, unknown

        if not orders[0].row(inputs[0]).is_plain:
            raise unknown("PyTorch has other numbers in each half of this row", AS_THERE)
        return plain(inputs[0][0] // 2, first=orders[0].first)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        values, gates = np.split(inputs[0], 2, axis=1 + self.position(inputs[0].shape[1:]))
        return values * kernels.activations.sigmoid(gates)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        x = inputs[0][0]
        axis = self.position(x.shape)
        gate_at = (*at[:axis], at[axis] + x.shape[axis] // 2, *at[axis + 1 :])
        value, gate = explaining.element("value", x, at), explaining.element("gate", x, gate_at)
        share = float(kernels.activations.sigmoid(np.array(gate.subtotal)))
        total = value.subtotal * share
        unsound = math.isnan(share)  # then the total came from the gate
        parts = [
            explaining.carrying(value if share else explaining.silent(value), 0.0 if unsound else total),
            explaining.carrying(gate, total if unsound else 0.0)
            if value.subtotal or math.isnan(total)
            else explaining.silent(gate),
        ]
        start = explaining.from_blocks(at, inputs, parts, value.subtotal)
        opened = start.then("gate", "1 / (1 + exp(-{}))", (gate.subtotal,), share)
        return opened.then("glu", "{} · {}", (value.subtotal, share), total)
