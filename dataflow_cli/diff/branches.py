"""A branch that computes what another one does: no content says which of two equal tensors is whose.

If all layers behind are equal as well, or none was captured, nothing but the count of tensors tells that one computes
otherwise, and nothing but their order which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.layouts import best
from dataflow_cli.diff.measuring import identical
from dataflow_cli.diff.pairing import same_elements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.diff.leftover import Settled
    from dataflow_cli.diff.model import Pair
    from dataflow_cli.diff.run import Run
    from dataflow_cli.network.model import Node

MOST = 8
"""Tensors without a partner that are looked at."""


def alike(run: Run, other: Captured, missing: Sequence[str], unpaired: Sequence[str], side: str) -> Iterator[str]:
    """What is to be said of tensors that nobody is the partner of, and that are to the bit what a layer beside one
    without a partner puts out. `side` is what ours is called.
    """
    for name in missing:
        for b in (b for b in unpaired[:MOST] if same_elements(run.shapes[name], other.shapes[b])):
            same = [each.name for each in _beside(run, name) if _is_same(run, other, each.name, b)]
            if same:
                said = f"{b} has no partner, and is what {same[0]} puts out"
                asked = f"--map {_pair(name, b, side)}"
                yield f"{said}: if it is that of {name}, which has none either, it is computed otherwise: {asked}"


def untold(run: Run, other: Captured, pair: Pair | None, settled: Settled | None, side: str) -> Iterator[str]:
    """What is to be said of the first pair that differs, if it is one for which its place alone speaks, and another
    branch puts out the same on a side.
    """
    if pair is None or settled is None or settled.taken.get(pair.name) != pair.partner:
        return
    name, b = pair.name, pair.partner
    for each in (node.name for node in _beside(run, name)):
        if _is_same(run, other, each, b):
            yield (
                f"{b} is what {each} puts out, and is taken for that of {name}, as so many tensors were captured as "
                f"there are layers. If {each} was captured twice, and {name} was not, nothing differs"
            )
        elif identical(run.values[each], run.values[name]):
            yield (
                f"{each} and {name} put out the same: that {b} is that of {name} is told by the order alone; "
                f"--map {_pair(each, b, side)} takes it for that of {each}"
            )


def _pair(name: str, b: str, side: str) -> str:
    """A pair as `--map` takes it."""
    return f"{name}={b}" if side == "A" else f"{b}={name}"


def _beside(run: Run, name: str) -> list[Node]:
    """The other layers that take what a layer takes."""
    inputs = run.network.by_name[name].inputs if name in run.network.by_name else None
    return [node for node in run.network.nodes if node.inputs == inputs and node.name != name]


def _is_same(run: Run, other: Captured, name: str, b: str) -> bool:
    if name not in run.values:
        return False
    way = best(other.shapes[b], run.values[name], other[b], None)
    return way is not None and identical(run.values[name], way.ours(other[b]))
