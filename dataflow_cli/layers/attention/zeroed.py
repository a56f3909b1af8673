"""What becomes of an explanation where the query is padding, and the output 0."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.layers.bases.masked import counts, mask_block
from dataflow_cli.layers.explaining.explanation import CANDIDATE
from dataflow_cli.layers.explaining.later import Later
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array


def where_padding(start: Explanation, mask: Array, number: int) -> Explanation:
    """The explanation with the mask (steps,) that says whether the query counts, which is input `number`."""
    place = start.at[0]
    block = mask_block(mask, number, (range(place, place + 1),))
    does_count = bool(counts(mask)[place])
    before = start.roles
    if not does_count:
        nothing = [
            replace(one, roles=np.zeros_like(one.roles), contributions=np.zeros_like(one.contributions))
            for one in start.blocks
        ]
        start = replace(start, blocks=tuple(nothing)).then("the query is padding", "", (), 0.0)
    roles = Later(lambda: _with_mask(before if does_count else [np.zeros_like(role) for role in before], number, place))
    return replace(start, blocks=(*start.blocks, block), roles=roles)


def _with_mask(roles: Sequence[Array], number: int, place: int) -> list[Array]:
    """The roles, with the element of the mask compared."""
    found = list(roles)
    found[number] = found[number].copy()
    found[number][place] = CANDIDATE
    return found
