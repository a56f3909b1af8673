"""Axes of length 1 taken away, or put in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.base import normalized_axis
from dataflow_cli.layers.fields import Integer, List, Optional, option
from dataflow_cli.layers.shape.reshape import Reshaping
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.shapes import Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Squeeze(Reshaping):
    """The input without axes of length 1."""

    type: ClassVar[str] = "squeeze"
    axis: tuple[int, ...] | None = option(
        Optional(List(Integer(), single=True)), "the axis or axes, N counted as 0; null: all of length 1", None
    )

    def output_shape(self, inputs: Shapes) -> Shape:
        return tuple(inputs[0][axis] for axis in self.kept(tuple(inputs[0])))

    def kept(self, shape: Shape) -> tuple[int, ...]:
        """The axes of one sample, from 0, that stay. Raises LayerError if one that is named has another length."""
        if self.axis is None:
            return tuple(axis for axis, n in enumerate(shape) if n != 1)
        gone = {normalized_axis(axis, len(shape), self.type) for axis in self.axis}
        for axis in sorted(gone):
            if shape[axis] != 1:
                raise LayerError(
                    f"axis {axis + 1} has length {shape[axis]}, and only axes of length 1 can be squeezed",
                    hint="`flatten`, `reshape` or a pooling layer brings several elements together",
                    field="axis",
                    wanted=f"length 1 along axis {axis + 1}",
                )
        return tuple(axis for axis in range(len(shape)) if axis not in gone)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].rearranged(self.kept(tuple(inputs[0])), len(inputs[0]))


@dataclass(frozen=True, kw_only=True)
class ExpandDims(Reshaping):
    """The input with one axis of length 1 more."""

    type: ClassVar[str] = "expand_dims"
    axis: int = option(Integer(), "where it stands in the output, N counted as 0; -1: the last", -1)

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = tuple(inputs[0])
        axis = normalized_axis(self.axis, len(shape) + 1, self.type)
        return (*shape[:axis], 1, *shape[axis:])

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return seen[0].widened(normalized_axis(self.axis, len(inputs[0]) + 1, self.type), len(inputs[0]))
