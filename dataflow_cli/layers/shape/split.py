"""The split layer: its input in parts along one axis, each a tensor of its own, `split_1:0`, `split_1:1` and so on.

out_k[n, ..., i, ...] = in[n, ..., start_k + i, ...]        start_k: where part k begins on the axis
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import Integer, JSONSchema, List, Optional, option, refuse
from dataflow_cli.layers.patterns import reference
from dataflow_cli.layers.shape.slice import Slice
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

MOST = 64
"""Parts at most."""


@dataclass(frozen=True)
class Sections:
    """How many equal parts there are, or the places where parts begin, but for the first."""

    def read(self, value: Any) -> int | tuple[int, ...]:
        if isinstance(value, list | tuple):
            starts: tuple[int, ...] = List(Integer(1), most=MOST - 1).read(value)
            return starts
        number = Integer(1).read(value)
        if number > MOST:
            raise refuse(self, value)
        return number

    def describe(self) -> str:
        return f"an integer from 1 to {MOST}, or a list of integers >= 1"

    def schema(self) -> JSONSchema:
        return {"anyOf": [reference(f"integer_from_1_to_{MOST}"), List(Integer(1), most=MOST - 1).schema()]}


@dataclass(frozen=True, kw_only=True)
class Split(Channels):
    """The input in parts along one axis."""

    type: ClassVar[str] = "split"
    hands_on: ClassVar[bool] = True
    parts_only: ClassVar[bool] = True
    insides: ClassVar[Mapping[str, str]] = {
        "0": "the first part",
        "1": "the second part, and so on for as many as there are",
    }
    indices_or_sections: int | tuple[int, ...] = option(
        Sections(), "how many equal parts, or where on the axis each part but the first begins"
    )
    axis: int | None = option(
        Optional(Integer()), "the axis that is split, N counted as 0, or from the end; null: the channels", None
    )
    part: int | None = None
    """Which part it is, of a layer that ends at one of them."""

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        given = self.indices_or_sections
        count = given if isinstance(given, int) else len(given) + 1
        return {str(number): f"part {number + 1} of {count}" for number in range(count)}

    def inside(self, name: str) -> Layer:
        return replace(self, part=int(name))

    def bounds(self, shape: Shape) -> tuple[int, list[int]]:
        """The axis of one sample, from 0, and where its parts begin and end. Raises LayerError if they do not fit."""
        axis, given = self.axis_or_channels(self.axis, shape), self.indices_or_sections
        n = shape[axis]
        if isinstance(given, int):
            if n % given:
                raise LayerError(
                    f"an axis of {n} cannot be split into {given} equal parts",
                    hint=f"write a divisor of {n}, or where each part but the first begins",
                    field="indices_or_sections",
                )
            return axis, [part * n // given for part in range(given + 1)]
        bounds = [0, *given, n]
        if any(one >= two for one, two in pairwise(bounds)):
            raise LayerError(
                f"parts of an axis of {n} cannot begin at {', '.join(map(str, given))}",
                hint=f"write places from 1 to {n - 1}, each larger than the one before",
                field="indices_or_sections",
            )
        return axis, bounds

    def taken(self, shape: Shape) -> Slice:
        """The slice that the part is, or the whole input."""
        axis, bounds = self.bounds(shape)
        starts: list[int | None] = [None] * len(shape)
        ends: list[int | None] = [None] * len(shape)
        if self.part is not None:
            starts[axis], ends[axis] = bounds[self.part], bounds[self.part + 1]
        return Slice(starts=tuple(starts), ends=tuple(ends), data_format=self.data_format)

    def output_shape(self, inputs: Shapes) -> Shape:
        return self.taken(inputs[0]).output_shape(inputs)

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        return self.taken(inputs[0]).receptive_field(seen, inputs)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return self.taken(inputs[0]).feeds(wanted, inputs)

    def in_order(self, *, inputs: bool) -> bool:
        return False

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        axis, bounds = self.bounds(inputs[0])
        lengths = [two - one for one, two in pairwise(bounds)]
        return (f"{self.names(len(inputs[0]))[axis]}: parts of {', '.join(map(str, lengths))}",)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        return self.taken(inputs[0]).torch_order(orders, inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.taken(inputs[0].shape[1:]).forward(inputs, parameters, engine)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        return self.taken(inputs[0].shape[1:]).explain(at, inputs, parameters)
