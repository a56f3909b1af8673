"""The masking layer: steps that hold nothing but one value are padding, and what follows leaves them out.

    mask[n, p]   = 1 if in[n, p, c] ≠ mask_value for any c, else 0
    out[n, p, c] = in[n, p, c] · mask[n, p]

n: sample; p: position in the sequence; c: channel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining, receptive_fields
from dataflow_cli.layers.base import Layer, SameShape
from dataflow_cli.layers.bases.masked import MASK_INSIDE, StepMask
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Block, Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Masking(SameShape):
    """Marks the steps of a sequence that are padding, and puts zeros there."""

    type: ClassVar[str] = "masking"
    insides: ClassVar[Mapping[str, str]] = MASK_INSIDE
    hands_on: ClassVar[bool] = True
    makes_mask: ClassVar[bool] = True
    temporaries: ClassVar[int] = 1
    mask_value: float = option(Number(), "what all channels of a step hold that is padding", 0.0)

    @property
    def has_sequences(self) -> bool:
        return True

    def output_shape(self, inputs: Shapes) -> Shape:
        if not inputs[0]:
            hint = "reshape it to [1] before"
            raise LayerError(f"{self.type} takes a tensor with channels, found a single number", hint=hint)
        return super().output_shape(inputs)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].whole() if seen[0].channels_first else seen[0]

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [receptive_fields.feeding.along(wanted, [wanted.ndim - 1]) if self.mask_value else wanted]

    def inside(self, name: str) -> Layer:
        return NotMasked(mask_value=self.mask_value)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        return np.where((x != self.mask_value).any(axis=-1, keepdims=True), x, x.dtype.type(0))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        row = looked_at(at[:-1], inputs)
        others = (row.values != self.mask_value) & (np.arange(row.count) != at[-1])
        element = explaining.element("element", inputs[0][0], at)
        decided = self.mask_value == 0 or element.subtotal != self.mask_value or others.sum() > 1
        if decided:  # whatever the other channels hold
            row = replace(row, roles=np.zeros_like(row.roles))
        if element.subtotal != self.mask_value or others.any():
            return explaining.from_blocks(at, inputs, [row, element], element.subtotal)
        start = explaining.from_blocks(at, inputs, [row, explaining.carrying(element, 0.0)], 0.0)
        return start.then(f"padding: all channels are {self.mask_value:g}", "{} becomes 0", [self.mask_value], 0.0)


@dataclass(frozen=True, kw_only=True)
class NotMasked(StepMask):
    """Which steps hold anything but the value that stands for padding."""

    type: ClassVar[str] = "masking"
    mask_value: float = 0.0

    def output_shape(self, inputs: Shapes) -> Shape:
        return tuple(inputs[0][:-1])

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return [np.broadcast_to(wanted[..., np.newaxis], inputs[0])]

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import Axes, plain

        rest, first = inputs[0][:-1], orders[0].first
        return Axes(tuple(range(len(rest))), first) if rest[1:] else plain(*rest[:1] or (1,), first=first)

    def steps(self, x: Array) -> Array:
        found: Array = (x != self.mask_value).any(axis=-1)
        return found

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        row = looked_at(at, inputs)
        found = int((row.values != self.mask_value).sum())
        start = explaining.from_blocks(at, inputs, [row], float(found > 0))
        expression = f"{{}} of {row.count} channels are not {self.mask_value:g}"
        return start.then("counts", expression, [found], float(found > 0))


def looked_at(at: Shape, inputs: Arrays) -> Block:
    """The channels of a step, which are compared with the value that stands for padding."""
    from dataflow_cli.layers.explaining.explanation import CANDIDATE

    x = inputs[0][0]
    return explaining.silent(explaining.added("step", explaining.taken(x, [*at, range(x.shape[-1])])), CANDIDATE)
