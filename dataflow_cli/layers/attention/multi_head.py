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

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.attention.looking import THREE, Sizes, shapes
from dataflow_cli.layers.attention.opened import Opened
from dataflow_cli.layers.attention.positioned import MORE, PositionedAttention
from dataflow_cli.layers.attention.projected import GATE
from dataflow_cli.layers.base import normalized_axis
from dataflow_cli.layers.fields import Integer, List, Optional, option
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class MultiHead(PositionedAttention, Opened):
    """Base of both kinds: what they show of their insides, and how they explain themselves."""

    def inside(self, name: str) -> Layer:
        from dataflow_cli.layers.attention.projected_parts import Gate, Prepared, Projection

        made = {**dict.fromkeys(THREE, Projection), **dict.fromkeys(MORE, Prepared), GATE: Gate}
        return made[name](whole=self, name=name) if name in made else super().inside(name)

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
    attention_axes: tuple[int, ...] | None = option(
        Optional(List(Integer(), single=True)),
        "the axes along which places look at one another, N counted as 0; along others each looks at its own place "
        "alone; null: all but the last",
        None,
    )

    @property
    def per_head(self) -> Sizes:
        value_width = self.key_dim if self.value_dim is None else self.value_dim
        return Sizes(self.num_heads, self.num_heads, self.key_dim, value_width)

    def outputs(self, query: Shape) -> int:
        return query[-1] if self.output_dim is None else self.output_dim

    def own_axes(self, inputs: Shapes) -> list[int]:
        """The axes of a sample along which each place looks at its own alone. Raises LayerError if there are others."""
        query, value, _ = self.three(inputs)
        if self.attention_axes is None:
            return []
        rank = len(query)
        looked = {normalized_axis(axis, rank, self.type, field="attention_axes") for axis in self.attention_axes}
        own = [axis for axis in range(rank - 1) if axis not in looked]
        if rank - 1 in looked or not looked:
            hint = f"name some of the axes 1 to {rank - 1}, or leave the field out for all of them"
            raise LayerError("places look at one another along axes of places", hint=hint, field="attention_axes")
        if own and (len(value) != rank or any(query[axis] != value[axis] for axis in own)):
            raise LayerError(
                f"query and value have shapes {written(query)} and {written(value)}",
                hint="they must be equal along the axes that `attention_axes` does not name",
                code="E132",
                field="inputs",
            )
        return own

    def together(self, inputs: Shapes) -> Array | None:
        """Booleans (queries, keys): which have the same place along axes that nothing looks along; None if all have."""
        query, value, _ = self.three(inputs)
        own = self.own_axes(inputs)
        if not own:
            return None
        one, other = (np.indices(shape[:-1])[own].reshape(len(own), -1) for shape in (query, value))
        found: Array = (one[:, :, np.newaxis] == other[:, np.newaxis]).all(axis=0)
        return found

    def more_allowed(self, inputs: Arrays) -> list[Array]:
        together = self.together(shapes(inputs))
        return super().more_allowed(inputs) + ([] if together is None else [together[np.newaxis, np.newaxis]])

    def between(self, inputs: Shapes) -> Array:
        together = self.together(inputs)
        return super().between(inputs) if together is None else super().between(inputs) & together

    def look_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        alone = math.prod(inputs[0][axis] for axis in self.own_axes(inputs))
        queries, keys = self.places(inputs)
        heads, _, width, value_width = self.per_head
        return (heads, queries, keys // alone, width), (heads, queries, keys // alone, value_width)

    def output_shape(self, inputs: Shapes) -> Shape:
        self.own_axes(inputs)
        return super().output_shape(inputs)


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
