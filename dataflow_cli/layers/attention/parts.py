"""What a layer of attention works out on the way, each for every head: query, key, value, scores, weights, heads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.attention.looking import KEY, QUERY, VALUE, Looking, some
from dataflow_cli.layers.base import Layer
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Part(Layer):
    """Base of them: (heads, places, numbers)."""

    has_heads: ClassVar[bool] = True
    whole: Looking
    name: str

    @property
    def type(self) -> str:  # type: ignore[override]
        return self.whole.type

    def longest_sum(self, inputs: Shapes) -> int:
        return self.whole.longest_sum(inputs)

    def mask_numbers(self, inputs: Shapes) -> tuple[int, ...]:
        return self.whole.mask_numbers(inputs)

    def counting(self, masks: Mapping[int, Array], inputs: Shapes) -> Mapping[str, Array]:
        return self.whole.counting(masks, inputs)


@dataclass(frozen=True, kw_only=True)
class Scores(Part):
    """How well every key fits every query, before cap and masks."""

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.whole.met_insides(QUERY, KEY)

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return "head", "query", "key"

    def output_shape(self, inputs: Shapes) -> Shape:
        return (self.whole.heads(inputs), *self.whole.places(inputs))

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return self.whole.fed_scores(wanted, inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        q, k, _ = self.whole.asked(inputs, parameters, engine)
        return self.whole.scores(q, k, inputs, parameters)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import explained
        from dataflow_cli.layers.attention.looked import look
        from dataflow_cli.layers.explaining.later import Later

        found = look(self.whole, at[1], inputs, parameters)
        start = self.whole.explain_score(at, found, parameters)
        roles = Later(lambda: explained.roles_of_score(self.whole, at, found, parameters))
        return explained.with_roles(start, roles)

    def terms(self, inputs: Shapes) -> int:
        return 2 * self.whole.sizes(inputs).width


@dataclass(frozen=True, kw_only=True)
class Weights(Scores):
    """How much every query takes from every key, after cap, masks and softmax."""

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.whole.softmaxed,)

    def looks_from(self, inputs: Shapes) -> tuple[int, int] | None:
        query, _, key = self.whole.roles(inputs)
        return query, key

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return self.whole.fed(some(wanted, 2)[..., 0], None, inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        scores = kernels.attention.capped(super().forward(inputs, parameters, engine), self.whole.cap)
        return kernels.attention.weights(scores, self.whole.visible(inputs))

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import explained
        from dataflow_cli.layers.attention.looked import look

        return explained.weight(self.whole, at, look(self.whole, at[1], inputs, parameters), parameters)

    def terms(self, inputs: Shapes) -> int:
        return 2 * self.whole.places(inputs)[1]


@dataclass(frozen=True, kw_only=True)
class Heads(Part):
    """What every head takes: the sums of the values by the weights."""

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return (*self.whole.met_insides(VALUE), self.whole.softmaxed)

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return "head", "query", "number"

    def output_shape(self, inputs: Shapes) -> Shape:
        sizes = self.whole.sizes(inputs)
        return sizes.heads, self.whole.places(inputs)[0], sizes.value_width

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        return self.whole.fed(some(wanted, 2)[..., 0], wanted, inputs)

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        return self.whole.looks(inputs, parameters, engine).transpose(0, 2, 1, 3)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import explained
        from dataflow_cli.layers.attention.looked import look

        found = look(self.whole, at[1], inputs, parameters)
        return explained.taken(self.whole, at, (at[0], at[2]), found, parameters)

    def terms(self, inputs: Shapes) -> int:
        return 2 * self.whole.places(inputs)[1]


PARTS: dict[str, type[Part]] = {"scores": Scores, "weights": Weights, "heads": Heads}
