"""The index_copy layer: a second input put into the first one, at some places of one axis, by their numbers.

    out[n, a, indices[i], b] = updates[n, a, i, b], and in_1 elsewhere

n: sample; a, b: places before and behind the axis. Without the field, a second of three inputs names the places.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.channels import Channels, format_beside_axis
from dataflow_cli.layers.bases.scattering import Scattering
from dataflow_cli.layers.fields import Integer, List, Optional, option
from dataflow_cli.layers.shape.gather import Gather
from dataflow_cli.layers.shape.scattering import AXIS, CopyByInput
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.shapes import Array, Arrays, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class IndexCopy(Scattering, Channels):
    """A tensor put into another at some places of one axis."""

    type: ClassVar[str] = "index_copy"
    arity: ClassVar[tuple[int, int | None]] = (2, 3)
    indices: tuple[int, ...] | None = option(
        Optional(List(Integer(), single=True)),
        "the places, from 0; -1: the last. Without them the second of three inputs names them",
        None,
    )
    axis: int = option(Integer(), AXIS, -1)
    data_format: str = format_beside_axis()

    def by_input(self, inputs: Sequence[Any]) -> CopyByInput | None:
        """The layer that it is with three inputs; None with places of its own. Raises LayerError for both."""
        if (self.indices is None) != (len(inputs) > 2):
            hint = "write `indices`, or name a second input of three that gives them, not both"
            found = "three inputs and `indices`" if self.indices is not None else "two inputs and no `indices`"
            raise LayerError(f"index_copy puts to places from one of both, found {found}", hint=hint, field="indices")
        return CopyByInput(axis=self.axis, reduction=self.reduction) if self.indices is None else None

    def places(self, shape: Shape) -> tuple[int, tuple[int, ...]]:
        """The axis of one sample, from 0, and the places on it. Raises LayerError if there are no such."""
        return Gather(indices=self.indices, axis=self.axis).places(shape)

    def updates_shape(self, inputs: Shapes) -> Shape:
        if (other := self.by_input(inputs)) is not None:
            return other.updates_shape(inputs)
        return Gather(indices=self.indices, axis=self.axis).output_shape(inputs[:1])

    def rows(self, inputs: Arrays) -> list[Array]:
        if (other := self.by_input(inputs)) is not None:
            return other.rows(inputs)
        shape = inputs[0].shape[1:]
        axis, places = self.places(shape)
        return [np.ravel(np.take(np.arange(math.prod(shape)).reshape(shape), places, axis))]

    def ways(self, inputs: Shapes) -> int:
        other = self.by_input(inputs)
        return len(self.indices or ()) if other is None else other.ways(inputs)

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        other = self.by_input(inputs)
        return {} if other is None else other.lookups(inputs)

    def put_at(self, shape: Shape) -> list[list[int]]:
        """For every place of the axis which of the updates along it are put there: the last alone, or all."""
        axis, places = self.places(shape)
        found = [[number for number, to in enumerate(places) if to == place] for place in range(shape[axis])]
        return [put[-1:] if self.merge is None else put for put in found]

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        if len(inputs[0]) < 2 or self.by_input(inputs) is not None:
            return seen[0].whole()
        axis, put = self.places(inputs[0])[0], self.put_at(inputs[0])
        if axis == self.channels_axis(len(inputs[0])):
            return seen[0].merged(seen[1:])
        n = inputs[0][axis]
        makers = [
            ([] if some and self.merge is None else [place]) + [n + number for number in some]
            for place, some in enumerate(put)
        ]
        along = axis - self.channels_first
        return seen[0].joined(seen[1:], along, [n, inputs[1][axis]]).gathered(along, makers)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        if (other := self.by_input(inputs)) is not None:
            return other.feeds(wanted, inputs)
        axis = self.places(inputs[0])[0]
        own, put = np.moveaxis(wanted, axis, 0).copy(), np.zeros(inputs[1], bool)
        for place, numbers in enumerate(self.put_at(inputs[0])):
            np.moveaxis(put, axis, 0)[numbers] = own[place]
            own[place] &= not numbers or self.merge is not None
        return [np.moveaxis(own, 0, axis), put]

    def with_places(self, told: Explanation, at: Shape, inputs: Arrays) -> Explanation:
        other = self.by_input(inputs)
        return told if other is None else other.with_places(told, at, inputs)
