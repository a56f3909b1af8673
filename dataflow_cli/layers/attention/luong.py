"""Attention with one head and without projections, as Keras has it (Luong et al., 2015; Bahdanau et al., 2015).

    attention, score_mode dot:     scores[t, s] = scale · Σ_i  query[t, i] · key[s, i]
    attention, score_mode concat:  scores[t, s] = concat_score_weight · Σ_i  tanh(scale · (query[t, i] + key[s, i]))
    additive_attention:            scores[t, s] = Σ_i  scale[i] · tanh(query[t, i] + key[s, i])

    weights[t, s] = exp(scores[t, s]) / Σ_s exp(scores[t, s])       over the keys s that t sees
    out[t, v]     = Σ_s  weights[t, s] · value[s, v];  0 where t is padding

t: place of a query; s: place of a key and its value; i: number of a query or key; v: number of a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers.attention.one_head import OneHead
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.fields import Boolean, Choice, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.attention.look import Look
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Parameters, Shape, Shapes

DOT, CONCAT = "dot", "concat"


@dataclass(frozen=True, kw_only=True)
class Summing(OneHead):
    """Base of both, which explains scores that are sums."""

    def explain_score(self, at: Shape, found: Look, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import summed

        return (
            summed.score(self, at, found, parameters) if self.summing else super().explain_score(at, found, parameters)
        )


@dataclass(frozen=True, kw_only=True)
class Attention(Summing):
    """Every query takes from the values whose keys it fits, by products or sums of their numbers (Luong)."""

    type: ClassVar[str] = "attention"
    use_scale: bool = option(Boolean(), "whether scores are multiplied by a learned number", False)
    score_mode: str = option(
        Choice((DOT, CONCAT)), "`dot`: query times key; `concat`: the sum of the tanh of query plus key", DOT
    )

    @property
    def summing(self) -> bool:
        return self.score_mode == CONCAT

    @property
    def score_name(self) -> str:
        return "Σ tanh" if self.summing else "q·k"

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        found = {"scale": Parameter((), fill=1)} if self.use_scale else {}
        return found | ({"concat_score_weight": Parameter((), fill=1)} if self.summing else {})

    def _scale(self, parameters: Parameters) -> float:
        return float(parameters["scale"]) if self.use_scale else 1.0

    def factor(self, inputs: Shapes, parameters: Parameters) -> float:
        return self._scale(parameters)

    def inner(self, parameters: Parameters) -> float:
        return self._scale(parameters)

    def outer(self, width: int, parameters: Parameters) -> Array:
        return np.full(width, float(parameters["concat_score_weight"]))

    def told_factor(self, start: Explanation, width: int, value: float, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers import explaining

        if not self.use_scale:
            return start
        scale = self._scale(parameters)
        return start.then("times scale", "{} · {}", (start.total, scale), value, explaining.Use("scale", (), scale))


@dataclass(frozen=True, kw_only=True)
class AdditiveAttention(Summing):
    """Every query takes from the values whose keys it fits, by a learned sum of tanh (Bahdanau)."""

    type: ClassVar[str] = "additive_attention"
    use_scale: bool = option(Boolean(), "whether the tanh of each number is multiplied by a learned one", True)

    @property
    def score_name(self) -> str:
        return "Σ tanh"

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return {"scale": Parameter((self.sizes(inputs).width,))} if self.use_scale else {}

    def outer(self, width: int, parameters: Parameters) -> Array:
        return parameters["scale"].astype(np.float64) if self.use_scale else np.ones(width)
