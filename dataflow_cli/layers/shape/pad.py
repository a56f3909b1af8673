"""The padding layer with a choice of borders: more around the spatial axes, of any number.

constant:  one number             0 0 | a b c d | 0 0
reflect:   mirrored at the edge   c b | a b c d | c b
symmetric: mirrored with it       b a | a b c d | d c
edge:      the edge again         a a | a b c d | d d
wrap:      from the other end     c d | a b c d | a b
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import explaining
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.bases.rearranging import Rearranging
from dataflow_cli.layers.fields import Choice, Number, option
from dataflow_cli.layers.receptive_fields.links import Link
from dataflow_cli.layers.spatial_fields import AnySides, Around
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.spatial_fields import Sides
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

LONGEST = {"reflect": -1, "symmetric": 0, "wrap": 0}
"""By mode how much longer than the axis its padding may be."""
OUTSIDE = -1
"""What stands for an element that is none of the input's, where elements are numbered."""


@dataclass(frozen=True, kw_only=True)
class Pad(Rearranging, Channels):
    """More around the spatial axes: a number, or the picture mirrored, drawn out or wrapped around."""

    type: ClassVar[str] = "pad"
    hands_on: ClassVar[bool] = False
    padding: Around = option(
        AnySides(), "how much: on all sides, one number an axis, or a pair [before, after] an axis", 1
    )
    mode: str = option(
        Choice(("constant", "reflect", "symmetric", "edge", "wrap")), "what stands in the padding", "constant"
    )
    constant_values: float = option(Number(), "the number that stands there, for `mode: constant`", 0)

    def sides(self, shape: Shape) -> Sides:
        """What is added (before, after) on each axis of a sample. Raises LayerError if it does not fit."""
        if len(shape) < 2:
            raise LayerError(
                f"pad takes spatial axes and channels, found {written(shape)}", hint="add a reshape layer before it"
            )
        around = AnySides.per_axis(self.padding, len(shape) - 1)
        at = self.channels_axis(len(shape))
        sides = (*around[:at], (0, 0), *around[at:])
        for name, n, (before, after) in zip(self.names(len(shape)), shape, sides, strict=True):
            most = n + LONGEST.get(self.mode, max(before, after))
            if max(before, after) > most:
                raise LayerError(
                    f"{self.mode} padding {max(before, after)} is more than {name} {n} can give",
                    hint=f"write at most {most}",
                    field="padding",
                )
        return sides

    def output_shape(self, inputs: Shapes) -> Shape:
        return tuple(n + sum(pads) for n, pads in zip(inputs[0], self.sides(inputs[0]), strict=True))

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        channels = self.channels_axis(len(inputs[0]))
        pairs = zip(self.sides(inputs[0]), inputs[0], strict=True)
        axes = [(*pads, n) for axis, (pads, n) in enumerate(pairs) if axis != channels]
        found = seen[0].through([Link(shift=-before) for before, _, _ in axes])
        return found.repeating(seen[0], [self._repeated(*axis) for axis in axes])

    def _repeated(self, before: int, after: int, length: int) -> dict[int, tuple[int, ...]]:
        """For every position in the border of an axis the one that stands there; nothing where none does."""
        if self.mode == "constant":
            return {}
        ahead = {place: self._source(place - before, length) for place in range(before)}
        behind = {before + length + place: self._source(length + place, length) for place in range(after)}
        return {place: (source,) for place, source in (ahead | behind).items()}

    def _source(self, place: int, length: int) -> int:
        """Which element of an axis stands at a place beyond its ends."""
        if self.mode == "wrap":
            return place % length
        if self.mode == "edge":
            return 0 if place < 0 else length - 1
        each = int(self.mode == "symmetric")  # whether the last one is mirrored with the rest
        return -place - each if place < 0 else 2 * (length - 1) - place + each

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        axes = zip(self.names(len(inputs[0])), inputs[0], self.sides(inputs[0]), strict=True)
        return tuple(
            f"{axis}: {n} + {before} + {after} = {n + before + after}"
            for axis, n, (before, after) in axes
            if before + after
        )

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return orders[0].aligned(inputs[0])

    def arranged(self, x: Array) -> Array:
        return self._padded(x, self.constant_values)

    def _padded(self, x: Array, value: float) -> Array:
        widths = [(0, 0), *self.sides(x.shape[1:])]
        if self.mode == "constant":
            return np.pad(x, widths, constant_values=value)
        mode: Any = self.mode
        result: Array = np.pad(x, widths, mode=mode)
        return result

    def sources(self, shape: Shape) -> Array:
        result: Array = self._padded(np.arange(math.prod(shape)).reshape(1, *shape), OUTSIDE)[0]
        return result

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return super().feeds(wanted & (self.sources(inputs[0]) != OUTSIDE), inputs)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        shape = inputs[0].shape[1:]
        if int(self.sources(shape)[at]) != OUTSIDE:
            return super().explain(at, inputs, parameters)
        start = explaining.moved(at, inputs, None, "outside the input: the padding")
        if not self.constant_values:
            return start
        value = self.constant_values
        return replace(start.then("padding", "{}", (value,), value), offset=value)
