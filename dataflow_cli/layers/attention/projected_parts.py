"""What attention with projections works out before queries and keys meet: query, key and value of every head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.attention.looking import KEY, VALUE
from dataflow_cli.layers.attention.parts import Part
from dataflow_cli.layers.attention.projected import GATE
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.attention.positioned import PositionedAttention
    from dataflow_cli.layers.attention.projected import ProjectedAttention
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Projection(Part):
    """Query, key or value: (heads, places, numbers)."""

    whole: ProjectedAttention

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return "head", "key" if self.name in (KEY, VALUE) else "query", "number"

    def output_shape(self, inputs: Shapes) -> Shape:
        heads, groups, width, value_width = self.whole.per_head
        count = groups if self.name in (KEY, VALUE) else heads
        return count, self.whole.count_of(self.name, inputs), value_width if self.name in (VALUE, GATE) else width

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return self.whole.reached(self.name, wanted, inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.whole.projected(self.name, inputs, parameters, engine).transpose(0, 2, 1, 3)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import projections

        return projections.projected(self.whole, self.name, at, inputs, parameters)

    def terms(self, inputs: Shapes) -> int:
        return inputs[self.whole.which(self.name, inputs)][-1]


@dataclass(frozen=True, kw_only=True)
class Gate(Projection):
    """What the heads' sums are multiplied by: (heads, queries, numbers)."""

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.whole.gate(inputs, parameters, engine).transpose(0, 2, 1, 3)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import projections

        return projections.gate(self.whole, at, inputs, parameters)


@dataclass(frozen=True, kw_only=True)
class Prepared(Projection):
    """Query or key, normalized or turned as well: (heads, places, numbers)."""

    whole: PositionedAttention

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.whole.before(self.name),)

    @property
    def base(self) -> str:
        """Query or key."""
        return self.name.partition("_")[0]

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return "head", self.base, "number"

    def output_shape(self, inputs: Shapes) -> Shape:
        heads, groups, width, _ = self.whole.per_head
        return groups if self.base == KEY else heads, self.whole.count_of(self.base, inputs), width

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return self.whole.reached(self.base, wanted, inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.whole.prepared(self.name, inputs, parameters, engine).transpose(0, 2, 1, 3)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import preparing

        return preparing.explain(self.whole, self.name, at, inputs, parameters)

    def terms(self, inputs: Shapes) -> int:
        return self.whole.per_head.width
