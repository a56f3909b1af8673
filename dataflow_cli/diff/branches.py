"""A branch that computes what another one does: no content says whose it is, so that both sides lack a partner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.layouts import best
from dataflow_cli.diff.measuring import identical

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.diff.run import Run

MOST = 8
"""Tensors without a partner that are looked at."""


def alike(run: Run, other: Captured, missing: Sequence[str], unpaired: Sequence[str], side: str) -> Iterator[str]:
    """What is to be said of tensors that nobody is the partner of, and that are to the bit what a layer beside one
    without a partner puts out. `side` is what ours is called.
    """
    for name in missing:
        beside = [node.name for node in run.network.nodes if node.inputs == run.network.by_name[name].inputs]
        for b in unpaired[:MOST]:
            same = [each for each in beside if each != name and _is_same(run, other, each, b)]
            if same:
                pair = f"{name}={b}" if side == "A" else f"{b}={name}"
                said = f"{b} has no partner, and is what {same[0]} puts out"
                yield f"{said}: if it is that of {name}, which has none either, it is computed otherwise: --map {pair}"


def _is_same(run: Run, other: Captured, name: str, b: str) -> bool:
    if name not in run.values:
        return False
    way = best(other.shapes[b], run.values[name], other[b], None)
    return way is not None and identical(run.values[name], way.ours(other[b]))
