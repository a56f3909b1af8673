"""The gather layer: some places of one axis, by their numbers, in any order and as often as they are named.

    out[n, a, i, b] = in[n, a, indices[i], b]

n: sample; a, b: places before and behind the axis. Without the field, a second input names the places, `indices[n, i]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.base import normalized_axis
from dataflow_cli.layers.bases.channels import Channels, format_beside_axis
from dataflow_cli.layers.bases.rearranging import Rearranging
from dataflow_cli.layers.fields import Integer, List, Optional, option
from dataflow_cli.layers.shape.by_indices import GatherByInput
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Gather(Rearranging, Channels):
    """Some places of one axis, in any order."""

    type: ClassVar[str] = "gather"
    arity: ClassVar[tuple[int, int | None]] = (1, 2)
    indices: tuple[int, ...] | None = option(
        Optional(List(Integer(), single=True)),
        "the places, from 0; -1: the last. Without them a second input names them",
        None,
    )
    axis: int = option(Integer(), "the axis that they are on, N counted as 0; -1: the last", -1)
    data_format: str = format_beside_axis()

    def by_input(self, inputs: Sequence[Any]) -> GatherByInput | None:
        """The layer that it is with a second input; None with places of its own. Raises LayerError for both."""
        if (self.indices is None) != (len(inputs) > 1):
            hint = "write `indices`, or name a second input that gives them, not both"
            found = "two inputs and `indices`" if self.indices is not None else "neither `indices` nor a second input"
            raise LayerError(f"gather takes places from one of both, found {found}", hint=hint, field="indices")
        return GatherByInput(axis=self.axis) if self.indices is None else None

    def places(self, shape: Shape) -> tuple[int, tuple[int, ...]]:
        """The axis of one sample, from 0, and the places on it. Raises LayerError if there are no such."""
        axis = normalized_axis(self.axis, len(shape), self.type)
        n, indices = shape[axis], self.indices or ()
        for place in indices:
            if not -n <= place < n:
                raise LayerError(
                    f"index {place} is not on an axis of {n}",
                    hint=f"places run from 0 to {n - 1}, or from -1 back to {-n}",
                    field="indices",
                )
        if not indices:
            raise LayerError("indices are empty", hint="name at least one place", field="indices")
        return axis, tuple(place % n for place in indices)

    def output_shape(self, inputs: Shapes) -> Shape:
        if (other := self.by_input(inputs)) is not None:
            return other.output_shape(inputs)
        shape = tuple(inputs[0])
        axis, places = self.places(shape)
        return (*shape[:axis], len(places), *shape[axis + 1 :])

    def lookups(self, inputs: Shapes) -> Mapping[int, int]:
        other = self.by_input(inputs)
        return {} if other is None else other.lookups(inputs)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        if len(inputs[0]) < 2 or self.indices is None:
            return seen[0].whole()
        axis, places = self.places(inputs[0])
        own = axis == self.channels_axis(len(inputs[0]))
        return seen[0] if own else seen[0].picked(axis - self.channels_first, places)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        if (other := self.by_input(inputs)) is not None:
            return other.shape_arithmetic(inputs)
        axis, places = self.places(inputs[0])
        return (f"{self.names(len(inputs[0]))[axis]}: {len(places)} of {inputs[0][axis]}",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        known = len(inputs[0]) > 1 and self.indices is not None
        return orders[0].aligned(inputs[0]) if known else super().torch_order(orders, inputs)

    def arranged(self, x: Array) -> Array:
        axis, places = self.places(x.shape[1:])
        return np.take(x, places, axis=axis + 1)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        other = self.by_input(inputs)
        return super().feeds(wanted, inputs) if other is None else other.feeds(wanted, inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        other = self.by_input(inputs)
        return super().forward(inputs, parameters, engine) if other is None else other.forward(inputs, parameters)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        other = self.by_input(inputs)
        return super().explain(at, inputs, parameters) if other is None else other.explain(at, inputs, parameters)
