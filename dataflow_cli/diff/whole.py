"""Whole numbers that stand for others, as these: what an int8 network has to be compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataflow_cli.diff.run import Run
    from dataflow_cli.shapes import Array


def computes_whole(run: Run) -> bool:
    """Whether a network computes with whole numbers, so that no layer of it takes the other side's."""
    return any(node.layer.takes_integers for node in run.network.nodes)


def meant(run: Run, name: str) -> Array:
    """A tensor (N, *shape) of a run: of one that stands for others, these."""
    values, node = run.values[name], run.network.by_name.get(name)
    while node is not None and computes_whole(run):
        found = node.layer.meant(values, run.known_weights.of(node.name))
        if found is not None:
            return found
        handed = len(node.inputs) == 1 and not node.parameters and not node.layer.takes_integers
        node = run.network.by_name.get(node.inputs[0]) if handed else None
    return values
