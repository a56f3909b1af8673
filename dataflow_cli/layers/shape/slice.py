"""The slice layer: a part of every axis, as Python's slices say it.

    out[n, i, j, ...] = in[n, starts[0] + i·steps[0], starts[1] + j·steps[1], ...]

n: sample; i, j: places on the axes of a sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.bases.rearranging import Rearranging
from dataflow_cli.layers.fields import Integer, List, Optional, option
from dataflow_cli.layers.receptive_fields.links import Link
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Shape, Shapes

PLACES = List(Optional(Integer()), single=True)


@dataclass(frozen=True, kw_only=True)
class Slice(Rearranging, Channels):
    """A part of the input along each axis."""

    type: ClassVar[str] = "slice"
    starts: tuple[int | None, ...] = option(
        PLACES, "the first place on each axis of a sample, from the first axis on; -1: the last; null: the beginning"
    )
    ends: tuple[int | None, ...] | None = option(
        Optional(PLACES), "the place behind the last one on each axis; null: the end", None
    )
    steps: tuple[int | None, ...] | None = option(
        Optional(PLACES), "from each place to the next; null: 1; -1: backwards", None
    )

    def parts(self, shape: Shape) -> tuple[range, ...]:
        """The places that are taken of every axis. Raises LayerError if there are none."""
        given = [self._padded(field, len(shape)) for field in ("starts", "ends", "steps")]
        if 0 in given[2]:
            raise LayerError("a step of 0 leads nowhere", hint="write 1 for every place", field="steps")
        parts = [range(*slice(*where).indices(n)) for n, *where in zip(shape, *given, strict=True)]
        for name, n, part in zip(self.names(len(shape)), shape, parts, strict=True):
            if not part:
                raise LayerError(
                    f"nothing is left of {name} {n}",
                    hint=f"places run from 0 to {n - 1}, and `ends` names the one behind the last",
                    field="starts",
                )
        return tuple(parts)

    def _padded(self, field: str, dimensions: int) -> list[int | None]:
        """A field with nothing for the axes that it does not name."""
        values = getattr(self, field) or ()
        if len(values) > dimensions:
            raise LayerError(
                f"{len(values)} {field} for an input of {dimensions} dimensions",
                hint="write one number an axis of a sample, without the minibatch",
                field=field,
            )
        return [*values, *[None] * (dimensions - len(values))]

    def output_shape(self, inputs: Shapes) -> Shape:
        return tuple(map(len, self.parts(inputs[0])))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        channels = self.channels_axis(len(inputs[0]))
        taken = zip(self.parts(inputs[0]), inputs[0], strict=True)
        parts = [pair for axis, pair in enumerate(taken) if axis != channels]
        ahead = [part if part.step > 0 else range(n) for part, n in parts]
        result = seen[0].through([Link(stride=part.step, shift=part.start) for part in ahead])
        for axis, (part, _) in enumerate(parts):
            if part.step < 0:
                result = result.picked(axis, part)
        return result

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        axes = zip(self.names(len(inputs[0])), inputs[0], self.parts(inputs[0]), strict=True)
        return tuple(
            f"{axis}: {len(part)} of {n}, from {part[0]} to {part[-1]}" for axis, n, part in axes if len(part) < n
        )

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].aligned(inputs[0]) if len(inputs[0]) > 1 else super().torch_order(orders, inputs)

    def arranged(self, x: Array) -> Array:
        parts = self.parts(x.shape[1:])
        stops = [part.stop if part.stop >= 0 else None for part in parts]
        return x[(slice(None), *(slice(part.start, stop, part.step) for part, stop in zip(parts, stops, strict=True)))]
