"""Scaled dot-product attention of queries, keys and values that come from elsewhere, as PyTorch and ONNX have it.

    scores[h, t, s]  = scale · Σ_k  query[h, t, k] · key[h, s, k]
    capped[h, t, s]  = softcap · tanh(scores[h, t, s] / softcap)            where there is a softcap
    masked[h, t, s]  = capped[h, t, s] + mask[h, t, s];  minus infinity where t does not see s
    weights[h, t, s] = exp(masked[h, t, s]) / Σ_s exp(masked[h, t, s]);  0 where t sees no key
    out[h, t, v]     = Σ_s  weights[h, t, s] · value[h, s, v]

h: head; t: place of a query; s: place of a key and its value; k, v: number of a head. Neighbouring heads share keys and
values where these have fewer. Keys and values of the past stand before those of the inputs.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.attention.attending import ADDITIVE, BOOLEAN
from dataflow_cli.layers.attention.cached import Cached
from dataflow_cli.layers.attention.layouts import HEADS_FIRST, ROWS
from dataflow_cli.layers.attention.looking import Sizes
from dataflow_cli.layers.fields import Choice, Integer, Number, Optional, option
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.layers.attention.layouts import Layout
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Parameters, Shape, Shapes

HEADS = ("head", "query", "number")
INSIDES = {
    "key": "the keys of every head, those of the past first: (heads, keys, numbers)",
    "value": "the values of every head, those of the past first: (heads, keys, numbers)",
    "scores": "query · key · scale, before any mask: (heads, queries, keys)",
    "capped": "the scores, brought between -softcap and softcap: (heads, queries, keys)",
    "masked": "what the softmax is taken of; minus infinity where a key is not seen: (heads, queries, keys)",
    "weights": "how much each query takes from each key, after mask and softmax: (heads, queries, keys)",
}


@dataclass(frozen=True, kw_only=True)
class ScaledDotProductAttention(Cached):
    """Attention of queries, keys and values that other layers project: the inputs are query, key, value."""

    type: ClassVar[str] = "scaled_dot_product_attention"
    insides: ClassVar[Mapping[str, str]] = INSIDES
    blind_takes: ClassVar[bool] = False
    num_heads: int | None = option(
        Optional(Integer(1)),
        "into how many heads the numbers of (length, numbers) are split; null: inputs are (heads, length, numbers), or "
        "of one head",
        None,
    )
    num_key_value_heads: int | None = option(
        Optional(Integer(1)), "the same of keys and values, a divisor of num_heads; null: as many", None
    )
    scale: float | None = option(
        Optional(Number()), "what query · key is multiplied by; null: 1 over the root of the numbers of a head", None
    )
    softcap: float = option(Number(0), "how far from 0 scores come, by a tanh; 0: without bounds", 0.0)
    attention_mask: str | None = option(
        Optional(Choice((BOOLEAN, ADDITIVE))),
        "whether an input behind the value is a mask (keys), (queries, keys) or (heads, queries, keys): `boolean`, "
        "above 0.5 where a query sees a key, or `additive`, added to the scores; keys it is too short for are not seen",
        None,
    )
    left_window: int | None = option(
        Optional(Integer(0)), "a query sees only so many keys before its own place; null: all", None
    )
    right_window: int | None = option(
        Optional(Integer(0)), "a query sees only so many keys behind its own place; null: all", None
    )

    @property
    def mask_form(self) -> str | None:
        return self.attention_mask

    @property
    def around(self) -> tuple[int | None, int | None]:
        return self.left_window, self.right_window

    @property
    def cap(self) -> float:
        return self.softcap

    @property
    def softmaxed(self) -> str:
        return "capped" if self.softcap else "scores"

    @property
    def score_name(self) -> str:
        return "q·k·scale" if self.scale is not None else "q·k/√d"

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        return {name: what for name, what in INSIDES.items() if name != "capped" or self.softcap}

    @property
    def has_sequences(self) -> bool:
        return self.num_heads is not None

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        if dimensions == len(HEADS):
            return HEADS
        return super().axes(dimensions, channels_first=channels_first)

    def layout(self, inputs: Shapes) -> Layout:
        return HEADS_FIRST if len(inputs[0]) == 3 else ROWS

    def sizes(self, inputs: Shapes) -> Sizes:
        query, value, key = self.three(inputs)
        if self.layout(inputs).first:
            heads, groups = query[0], key[0]
            sizes = Sizes(heads, groups, query[2], value[2])
            self._check(groups, key[2], value[0], sizes)
            return sizes
        heads = self.num_heads or 1
        groups = self.num_key_value_heads or heads
        for what, shape, count, field in (
            ("query", query, heads, "num_heads"),
            ("key", key, groups, "num_key_value_heads"),
            ("value", value, groups, "num_key_value_heads"),
        ):
            if shape[-1] % count:
                raise LayerError(
                    f"{shape[-1]} numbers of the {what} are no {count} heads of one size",
                    hint=f"{field} must divide them",
                    field=field if getattr(self, field) is not None else "num_heads",
                )
        sizes = Sizes(heads, groups, query[-1] // heads, value[-1] // groups)
        self._check(groups, key[-1] // groups, groups, sizes)
        return sizes

    def _check(self, of_keys: int, width: int, of_values: int, sizes: Sizes) -> None:
        """Raises LayerError if queries, keys and values do not fit."""
        if of_keys != of_values:
            what = f"keys have {of_keys} heads, values {of_values}"
            raise LayerError(what, hint="every key has a value: give both as many", code="E132", field="inputs")
        if width != sizes.width:
            raise LayerError(
                f"queries of a head have {sizes.width} numbers, keys {width}",
                hint="both must have as many, so that they can be multiplied",
                code="E132",
                field="inputs",
            )
        if sizes.heads % sizes.groups:
            raise LayerError(
                f"{sizes.heads} heads cannot share {sizes.groups} heads of keys and values evenly",
                hint="keys and values must have a number of heads that divides that of the queries",
                field="inputs" if self.num_key_value_heads is None else "num_key_value_heads",
            )

    def three(self, inputs: Shapes) -> tuple[Shape, Shape, Shape]:
        self.count(inputs)
        query, value, key = (tuple(inputs[which]) for which in self.roles(inputs))
        ranks = {len(query), len(value), len(key)}
        if len(ranks) > 1 or not ranks <= ({2} if self.num_heads is not None else {2, 3}):
            one = "(length, numbers)" if self.num_heads is not None else "(heads, length, numbers) or (length, numbers)"
            found = ", ".join(map(written, (query, key, value)))
            hint = "leave `num_heads` out where heads are an axis" if self.num_heads is not None else ""
            raise LayerError(f"{self.type} takes {one} each, found {found}", hint=hint, field="inputs")
        if value[-2] != key[-2]:
            raise LayerError(
                f"there are values at {value[-2]} places and keys at {key[-2]}",
                hint="every key has a value: give both the same places",
                code="E132",
                field="inputs",
            )
        return query, value, key

    def factor(self, inputs: Shapes, parameters: Parameters) -> float:
        return 1 / math.sqrt(self.sizes(inputs).width) if self.scale is None else self.scale

    def told_factor(self, start: Explanation, width: int, value: float, parameters: Parameters) -> Explanation:
        if self.scale is None:
            return super().told_factor(start, width, value, parameters)
        return start.then("times the scale", "{} · {}", (start.total, self.scale), value)

    def inside(self, name: str) -> Layer:
        from dataflow_cli.layers.attention.more_parts import MORE

        return MORE[name](whole=self, name=name) if name in MORE else super().inside(name)
