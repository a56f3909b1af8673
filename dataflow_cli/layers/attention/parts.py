"""What a layer of attention works out on the way: query, key, value, scores, weights, heads, each for every head."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.base import Layer
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.attention.projected import ProjectedAttention
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

RECALLS = {"scores": ("query", "key"), "weights": ("scores",), "heads": ("value", "scores")}
"""What the explanation of each refers to."""
AXES = {
    "query": ("head", "query", "number"),
    "key": ("head", "key", "number"),
    "value": ("head", "key", "number"),
    "scores": ("head", "query", "key"),
    "weights": ("head", "query", "key"),
    "heads": ("head", "query", "number"),
}


@dataclass(frozen=True, kw_only=True)
class Part(Layer):
    """One of the tensors inside of an attention layer, (heads, places, numbers)."""

    has_heads: ClassVar[bool] = True
    whole: ProjectedAttention
    name: str

    @property
    def type(self) -> str:  # type: ignore[override]
        return self.whole.type

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return RECALLS.get(self.name, ())

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return AXES[self.name]

    def output_shape(self, inputs: Shapes) -> Shape:
        queries, keys = self.whole.places(inputs)
        heads, groups = self.whole.heads_of_queries, self.whole.groups
        shapes = {
            "query": (heads, queries, self.whole.width),
            "key": (groups, keys, self.whole.width),
            "value": (groups, keys, self.whole.value_width),
            "heads": (heads, queries, self.whole.value_width),
        }
        return shapes.get(self.name, (heads, queries, keys))

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        query, value, key = self.whole.roles(inputs)
        if self.name in ("query", "key", "value"):
            which = {"query": query, "value": value, "key": key}[self.name]
            found = [np.zeros(shape, bool) for shape in inputs]
            found[which] |= wanted.any(axis=(0, 2)).reshape(*inputs[which][:-1], 1)
            return found
        if self.name == "scores":
            return self._met(wanted, inputs)
        seen = np.broadcast_to(wanted.any(axis=2, keepdims=True), (*wanted.shape[:2], self.whole.places(inputs)[1]))
        return self.whole.fed(seen, inputs)

    def _met(self, wanted: Array, inputs: Shapes) -> list[Array]:
        """What feeds scores: queries and keys that meet, whether they see each other or not."""
        query, _, key = self.whole.roles(inputs)
        found = [np.zeros(shape, bool) for shape in inputs]
        found[query] |= wanted.any(axis=(0, 2)).reshape(*inputs[query][:-1], 1)
        found[key] |= wanted.any(axis=(0, 1)).reshape(*inputs[key][:-1], 1)
        return found

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        query, value, key = self.whole.taken(inputs)
        whole = self.whole
        if self.name in ("query", "key", "value"):
            x = {"query": query, "key": key, "value": value}[self.name]
            return whole.projected(self.name, x, parameters, engine).transpose(0, 2, 1, 3)
        if self.name == "heads":
            three = whole.all_projected(inputs, parameters, engine)
            found = kernels.attention.attend(three, whole.scale, whole.visible(inputs), engine)
            return found.transpose(0, 2, 1, 3)
        q, k = (whole.projected(name, x, parameters, engine) for name, x in (("query", query), ("key", key)))
        scores = kernels.attention.scores(q, k, whole.scale)
        return scores if self.name == "scores" else kernels.attention.weights(scores, whole.visible(inputs))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import explained

        found: Explanation = getattr(explained, self.name)(self.whole, at, inputs, parameters)
        return found

    def terms(self, inputs: Shapes) -> int:
        query, value, key = self.whole.three(inputs)
        _, keys = self.whole.places(inputs)
        lengths = {"query": query[-1], "key": key[-1], "value": value[-1], "scores": 2 * self.whole.width}
        return lengths.get(self.name, 2 * keys)
