"""Attention with heads: projections for every head, the look at the keys, and the projection of what they find."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.attention.attending import Attending
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.fields import Boolean, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.method import Method
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

PARTS = {
    "query": "what every head asks of each place: (heads, queries, key_dim)",
    "key": "what every head finds each place by: (heads, keys, key_dim)",
    "value": "what every head takes from each place: (heads, keys, value_dim)",
    "scores": "query · key / √key_dim, before any mask: (heads, queries, keys)",
    "weights": "how much each query takes from each key, after mask and softmax: (heads, queries, keys)",
    "heads": "the sum of the values by these weights: (heads, queries, value_dim)",
}


@dataclass(frozen=True, kw_only=True)
class ProjectedAttention(Attending):
    """Base of both: inputs are projected for every head, and what the heads give is projected together."""

    arity: ClassVar[tuple[int, int | None]] = (1, 4)
    insides: ClassVar[Mapping[str, str]] = PARTS
    recalls: ClassVar[tuple[str, ...]] = ("heads",)
    use_bias: bool = option(Boolean(), "whether a bias is added to queries, keys, values and the output", True)

    @property
    def groups(self) -> int:
        """How many heads keys and values have."""
        raise NotImplementedError

    @property
    def width(self) -> int:
        """How many numbers a query or key has, for one head."""
        raise NotImplementedError

    @property
    def value_width(self) -> int:
        """How many numbers a value has, for one head."""
        raise NotImplementedError

    @property
    def has_sequences(self) -> bool:
        return True

    @property
    def scale(self) -> float:
        """What the products of queries and keys are multiplied by."""
        return 1 / math.sqrt(self.width)

    def outputs(self, query: Shape) -> int:
        """How many channels the output has."""
        return query[-1]

    def output_shape(self, inputs: Shapes) -> Shape:
        self.places(inputs)
        query, _, _ = self.three(inputs)
        return (*query[:-1], self.outputs(query))

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        query, value, key = self.three(inputs)
        heads, groups = self.heads_of_queries, self.groups
        found = {}
        for name, channels, count, width in (
            ("query", query[-1], heads, self.width),
            ("key", key[-1], groups, self.width),
            ("value", value[-1], groups, self.value_width),
        ):
            found[f"{name}_kernel"] = Parameter((channels, count, width))
            if self.use_bias:
                found[f"{name}_bias"] = Parameter((count, width), fill=0)
        found["output_kernel"] = Parameter((heads, self.value_width, self.outputs(query)))
        return found | ({"output_bias": Parameter((self.outputs(query),), fill=0)} if self.use_bias else {})

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        query, value, key = self.three(inputs)
        queries, keys = self.places(inputs)
        heads, groups = self.heads_of_queries, self.groups
        return (
            (queries, query[-1], heads, self.width),
            (keys, key[-1], groups, self.width),
            (keys, value[-1], groups, self.value_width),
            (heads, queries, keys, self.width),
            (heads, queries, keys, self.value_width),
            (queries, heads, self.value_width, self.outputs(query)),
        )

    def cache_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        _, keys = self.places(inputs)
        return ((keys, self.groups, self.width), (keys, self.groups, self.value_width))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        query, _, _ = self.three(inputs)
        heads = f"{self.heads_of_queries} heads of {self.value_width} numbers"
        return (f"the places of the query; {heads} become {self.outputs(query)} channels",)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        queries, keys = self.places(inputs)
        rows = wanted.reshape(queries, -1).any(axis=1, keepdims=True)
        return self.fed(np.broadcast_to(rows, (1, queries, keys)), inputs)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        shape = inputs[0]
        return orders[0].over_last(shape).behind((len(shape) - 1,), len(shape))

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        """As `nn.Linear` has them, (heads · numbers, channels); `nn.MultiheadAttention` packs query, key and value."""
        from dataflow_cli.layers.torch_stored import packed, split

        name, what = parameter.split("_")
        if name == "output":
            return split((shape[-1],), shape[:-1]) if what == "kernel" else split(shape, ())
        stored = split(shape[-2:], shape[:-2])
        one_size = len({one.shape for each, one in self.parameters(inputs).items() if self._is_projection(each, what)})
        return packed(stored, ("query", "key", "value").index(name), 3) if one_size == 1 else stored

    @staticmethod
    def _is_projection(parameter: str, what: str) -> bool:
        return parameter.endswith(what) and not parameter.startswith("output")

    def method(self, inputs: Shapes, samples: int = 1, *, kept: bool = False, fast_math: bool = False) -> Method:
        queries, keys = self.places(inputs)
        wide = self.heads_of_queries * (self.width + self.value_width)
        return kernels.method.beside(samples * (queries * wide + keys * self.groups * (self.width + self.value_width)))

    def projected(self, name: str, x: Array, parameters: Parameters, engine: Engine | None = None) -> Array:
        """Query, key or value (N, places, heads, numbers) of an input (N, places, channels)."""
        kernel = parameters[f"{name}_kernel"]
        bias = parameters[f"{name}_bias"].reshape(-1) if self.use_bias else None
        flat = kernels.dense.dense(x, kernel.reshape(len(kernel), -1), bias, engine=engine)
        return flat.reshape(*x.shape[:-1], *kernel.shape[1:])

    def all_projected(
        self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None
    ) -> tuple[Array, Array, Array]:
        """Query, key and value of every head."""
        query, value, key = self.taken(inputs)
        return (
            self.projected("query", query, parameters, engine),
            self.projected("key", key, parameters, engine),
            self.projected("value", value, parameters, engine),
        )

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        three = self.all_projected(inputs, parameters, engine)
        heads = kernels.attention.attend(three, self.scale, self.visible(inputs), engine)
        kernel = parameters["output_kernel"]
        result = kernels.dense.dense(
            heads.reshape(*heads.shape[:2], -1),
            kernel.reshape(-1, kernel.shape[-1]),
            parameters.get("output_bias"),
            engine=engine,
        )
        return result.reshape(*inputs[0].shape[:-1], -1)

    def terms(self, inputs: Shapes) -> int:
        _, keys = self.places(inputs)
        return self.heads_of_queries * (keys + self.value_width)
