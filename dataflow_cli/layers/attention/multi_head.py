"""Multi-head attention (Vaswani et al., "Attention is all you need", 2017).

    query[h, t, k]   = Σ_e  in_query[t, e] · query_kernel[e, h, k] + query_bias[h, k]       key and value alike
    scores[h, t, s]  = Σ_k  query[h, t, k] · key[h, s, k] / √key_dim
    weights[h, t, s] = exp(scores[h, t, s]) / Σ_s exp(scores[h, t, s])       over the keys s that t sees
    heads[h, t, v]   = Σ_s  weights[h, t, s] · value[h, s, v]
    out[t, o]        = Σ_h,v  heads[h, t, v] · output_kernel[h, v, o] + output_bias[o]

h: head; t: place of a query; s: place of a key and its value; e: channel of the input; k, v: number of a head; o:
channel of the output. In grouped-query attention (Ainslie et al., 2023) neighbouring heads share keys and values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.attention.looking import THREE, Sizes
from dataflow_cli.layers.attention.opened import Opened
from dataflow_cli.layers.attention.projected import ProjectedAttention
from dataflow_cli.layers.fields import Integer, Optional, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class MultiHead(ProjectedAttention, Opened):
    """Base of both kinds: what they show of their insides, and how they explain themselves."""

    def inside(self, name: str) -> Layer:
        from dataflow_cli.layers.attention.projected_parts import Projection

        return Projection(whole=self, name=name) if name in THREE else super().inside(name)

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import projections

        return projections.output(self, at, inputs, parameters)


@dataclass(frozen=True, kw_only=True)
class MultiHeadAttention(MultiHead):
    """Every place takes from others what several heads find there by queries and keys."""

    type: ClassVar[str] = "multi_head_attention"
    num_heads: int = option(Integer(1), "number of heads")
    key_dim: int = option(Integer(1), "numbers of a query and of a key, for one head")
    value_dim: int | None = option(Optional(Integer(1)), "numbers of a value, for one head; null: as the key", None)
    output_dim: int | None = option(
        Optional(Integer(1)), "channels of the output, Keras' output_shape; null: as the query", None
    )

    @property
    def per_head(self) -> Sizes:
        value_width = self.key_dim if self.value_dim is None else self.value_dim
        return Sizes(self.num_heads, self.num_heads, self.key_dim, value_width)

    def outputs(self, query: Shape) -> int:
        return query[-1] if self.output_dim is None else self.output_dim


_TRIED = 1000
"""Numbers of heads that are tried for what a hint names."""


@dataclass(frozen=True, kw_only=True)
class GroupQueryAttention(MultiHead):
    """Multi-head attention in which neighbouring heads share keys and values."""

    type: ClassVar[str] = "group_query_attention"
    head_dim: int = option(Integer(1), "numbers of a query, a key and a value, for one head")
    num_query_heads: int = option(Integer(1), "number of heads")
    num_key_value_heads: int = option(Integer(1), "number of heads that keys and values have: a divisor of the heads")

    @property
    def per_head(self) -> Sizes:
        return Sizes(self.num_query_heads, self.num_key_value_heads, self.head_dim, self.head_dim)

    def output_shape(self, inputs: Shapes) -> Shape:
        if self.num_query_heads % self.num_key_value_heads:
            some = range(1, min(self.num_query_heads, _TRIED) + 1)
            divisors = [n for n in some if not self.num_query_heads % n][:12]
            raise LayerError(
                f"{self.num_query_heads} heads cannot share {self.num_key_value_heads} heads of keys and values evenly",
                hint=f"num_key_value_heads must divide num_query_heads: {', '.join(map(str, divisors))}",
                field="num_key_value_heads",
            )
        return super().output_shape(inputs)
