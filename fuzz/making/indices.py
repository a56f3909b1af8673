"""Which inputs of a layer hold numbers of things: floats would be refused, and so would a number too large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.layers.core.embedding import Embedding
from dataflow_cli.layers.features.category_encoding import CategoryEncoding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.base import Layer

INDICES = 3
"""Numbers of things are 0 to 2, and layers that take them are drawn for so many at least."""
AT_LEAST = {Embedding: "input_dim", CategoryEncoding: "num_tokens"}
"""The field that says how many things there are."""


def numbered(layer: Layer, shapes: Sequence[tuple[int, ...]]) -> dict[int, int]:
    """By the number of an input how many things there are, of which it holds the numbers."""
    return dict(layer.lookups(shapes))


def enough(kind: Any, few: int) -> dict[str, int]:
    """The field of a kind that says how many things there are, with as many as may come."""
    return {AT_LEAST[kind]: INDICES - 1 + few} if kind in AT_LEAST else {}
