"""One query's look at the keys: what it asks, finds and takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array, Arrays


@dataclass(frozen=True, eq=False)
class Look:
    """What one place asks, finds and takes; keys and values as every head of the queries has them."""

    place: int
    """Which of the queries it is."""
    inputs: Arrays
    """Of the layer, one sample."""
    query: Array
    """(heads, width)"""
    keys: Array
    """(heads, keys, width)"""
    values: Array
    """(heads, keys, value width)"""
    scores: Array
    """(heads, keys): how well each key fits, such as query · key / √width, before cap and masks."""
    capped: Array
    """(heads, keys): the scores after the cap; as they are without one."""
    seen: Array
    """(heads, keys): which keys it sees."""
    added: Array | None
    """(heads, keys): what a mask adds to the scores."""
    weights: Array
    """(heads, keys)"""
    number_of_mask: int | None
    """Which input is the mask, if there is one."""
    heads: Array
    """(heads, value width): the sums of the values by their weights."""
