"""Attention without projections: queries, keys and values are the inputs themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.attention.layouts import ROWS
from dataflow_cli.layers.attention.looking import KEY, QUERY, THREE, VALUE, shapes
from dataflow_cli.layers.attention.opened import Opened
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from dataflow_cli.kernels.attention import Three
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.attention.layouts import Layout
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Direct(Opened):
    """Base of attention without projections."""

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return (*self.met_insides(VALUE), self.softmaxed)

    def met_insides(self, *names: str) -> tuple[str, ...]:
        return ()

    def layout(self, inputs: Shapes) -> Layout:
        """Where inputs and output have the numbers of heads."""
        return ROWS

    def which(self, name: str, inputs: Sequence[object]) -> int:
        """Which input the queries, keys or values are."""
        query, value, key = self.roles(inputs)
        return {QUERY: query, KEY: key, VALUE: value}[name]

    def per_head(self, name: str, inputs: Shapes) -> tuple[int, int]:
        """How many heads queries, keys or values have, and how many numbers each."""
        heads, groups, width, value_width = self.sizes(inputs)
        return heads if name == QUERY else groups, value_width if name == VALUE else width

    def asked(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Three:
        query, key, value = (self.by_head(name, inputs) for name in THREE)
        return query, key, value

    def by_head(self, name: str, inputs: Arrays) -> Array:
        """The input that queries, keys or values are, (N, places, heads, numbers)."""
        own = shapes(inputs)
        heads, _ = self.per_head(name, own)
        return self.layout(own).by_head(inputs[self.which(name, inputs)], heads)

    def back(self, name: str, slopes: Array, rows: slice, inputs: Arrays, parameters: Parameters) -> list[Array]:
        own = shapes(inputs)
        whole = np.zeros((len(slopes), self.count_of(name, own), slopes.shape[2]))
        whole[:, rows] = slopes
        return self.at_inputs(name, whole, own)

    def reached(self, name: str, wanted: Array, inputs: Shapes) -> list[Array]:
        _, width = self.per_head(name, inputs)
        return self.at_inputs(name, np.broadcast_to(wanted, (*wanted.shape[:2], width)), inputs)

    def at_inputs(self, name: str, whole: Array, inputs: Shapes) -> list[Array]:
        """Numbers for all queries, keys or values (heads, places, numbers) where these stand in the inputs."""
        found = [np.zeros(shape, whole.dtype) for shape in inputs]
        number = self.which(name, inputs)
        found[number] = self.layout(inputs).shaped(whole, tuple(inputs[number]))
        return found

    def whose(self, name: str, places: Array, inputs: Arrays) -> Mapping[str, Any]:
        own, number = shapes(inputs), self.which(name, inputs)
        _, width = self.per_head(name, own)
        return {"input": number, "places": self.layout(own).index(places, own[number], width)}

    def output_shape(self, inputs: Shapes) -> Shape:
        self.places(inputs)
        sizes = self.sizes(inputs)
        return self.layout(inputs).with_heads(inputs[self.which(QUERY, inputs)], sizes.heads, sizes.value_width)

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        return self.look_factors(inputs)

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        return ("the places of the query, the numbers of the value",)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        heads, _ = self.per_head(QUERY, inputs)
        numbers = self.layout(inputs).by_head(wanted[np.newaxis], heads)[0].transpose(1, 0, 2)
        return self.fed(np.logical_or.reduce(numbers, axis=2), numbers, inputs)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        shape = inputs[0]
        return orders[0].over_last(shape).behind((len(shape) - 1,), len(shape))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        found, own = self.looks(inputs, parameters, engine), shapes(inputs)
        if self.layout(own).first:
            return np.ascontiguousarray(found.transpose(0, 2, 1, 3))
        return found.reshape(len(found), *self.output_shape(own))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import explained
        from dataflow_cli.layers.attention.looked import look

        own = shapes(inputs)
        _, width = self.per_head(VALUE, own)
        head, place, number = self.layout(own).element(at, self.output_shape(own), width)
        return explained.taken(self, at, (head, number), look(self, place, inputs, parameters), parameters)

    def terms(self, inputs: Shapes) -> int:
        return 2 * self.places(inputs)[1]
