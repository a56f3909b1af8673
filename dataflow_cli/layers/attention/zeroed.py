"""What becomes of an explanation where the query is padding, and the output 0."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.layers.bases.masked import counts, mask_block
from dataflow_cli.layers.explaining.explanation import CANDIDATE
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array


def where_padding(start: Explanation, mask: Array, number: int) -> Explanation:
    """The explanation with the mask (steps,) that says whether the query counts, which is input `number`."""
    place = start.at[0]
    block = mask_block(mask, number, (range(place, place + 1),))
    roles = list(start.roles)
    if not counts(mask)[place]:
        roles = [np.zeros_like(role) for role in roles]
        nothing = [
            replace(one, roles=np.zeros_like(one.roles), contributions=np.zeros_like(one.contributions))
            for one in start.blocks
        ]
        start = replace(start, blocks=tuple(nothing)).then("the query is padding", "", (), 0.0)
    roles[number] = roles[number].copy()
    roles[number][place] = CANDIDATE
    return replace(start, blocks=(*start.blocks, block), roles=tuple(roles))
