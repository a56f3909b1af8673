"""Attention that shows its insides: what is made of scores, weights and heads, and of products of queries and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.attention.looking import Looking
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.layers.attention.look import Look
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Parameters, Shape


@dataclass(frozen=True, kw_only=True)
class Opened(Looking):
    """Base of all kinds of attention, on top of what their parts know of them."""

    def inside(self, name: str) -> Layer:
        from dataflow_cli.layers.attention.parts import PARTS

        return PARTS[name](whole=self, name=name)

    def explain_score(self, at: Shape, found: Look, parameters: Parameters) -> Explanation:
        from dataflow_cli.layers.attention import explained

        return explained.product(self, at, found, parameters)
