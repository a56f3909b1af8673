"""Tensors of the other side that are a layer's sums, before its activation, where nothing behind it was captured.

A program whose activations are functions, and no modules, captures what comes before them; so does one that has a
convolution and a batch normalization where an exporter folded both into one. The activation is then applied here, and
whether that is right is seen from the layers that read it.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from dataflow_cli.diff.layouts import best
from dataflow_cli.diff.looks import HALF, NEARER, alike, apart, look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.diff.run import Run
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array

SUM = "sum"
"""The inner tensor of layers with an activation: what comes before it."""


def activated(node: Node, sums: Array) -> Array:
    """What a layer's activation makes of its sums (N, *shape)."""
    function = node.layer.result_activation
    return sums if function is None else function([sums.copy()], {})


def asked_for_sums(run: Run, asked: Sequence[str]) -> tuple[list[str], frozenset[str]]:
    """The pairs that a user names, with the layer in place of its `NAME:sum`, and the layers where that was so."""
    before, found = set(), []
    for text in asked:
        left, equals, right = text.partition("=")
        name, _, inner = left.rpartition(":")
        node = run.network.by_name.get(name)
        if node is not None and inner == SUM and node.layer.result_activation is not None:
            before.add(name)
            left = name
        found.append(f"{left}{equals}{right}")
    return found, frozenset(before)


def found_before(run: Run, other: Captured, partner: Mapping[str, str]) -> dict[str, str]:
    """By layers whose readers can tell the tensor of the other side that may be its sums: of its partner, and of those
    that follow and are nobody's, the one that is most like ours once the activation is applied.
    """
    found = {}
    for node in run.network.nodes:
        if node.layer.result_activation is None or node.name not in run.values or not _is_told(run, partner, node):
            continue
        best_of = max(_candidates(run, other, partner, node), default=None)
        if best_of is not None and best_of[0] >= HALF:
            found[node.name] = best_of[1]
    return found


def _is_told(run: Run, partner: Mapping[str, str], node: Node) -> bool:
    """Whether anything was captured that is made of a layer's output."""
    made = {node.name}
    for reader in run.network.nodes:
        if made.intersection(reader.inputs):
            if reader.name in partner:
                return True
            made.add(reader.name)
    return False


def _candidates(run: Run, other: Captured, partner: Mapping[str, str], node: Node) -> list[tuple[float, str]]:
    """Tensors that are much more like a layer's output with its activation than as they are, and how much alike."""
    names, taken = list(other), set(partner.values())
    here = partner.get(node.name) or _last_before(run, partner, node)
    if here is None:
        return []
    start = names.index(here)
    free = takewhile(lambda name: name not in taken, names[start + 1 :])
    ours = run.values[node.name]
    seen, found = look(ours), []
    for name in [*([here] if node.name in partner else []), *free]:
        way = best(other.shapes[name], ours, other[name])
        if way is not None:
            sums = way.ours(other[name])
            likeness = alike(seen, look(activated(node, sums)))
            if NEARER * apart(likeness) < apart(alike(seen, look(sums))):  # another activation's come nearer, too
                found.append((likeness, name))
    return found


def _last_before(run: Run, partner: Mapping[str, str], node: Node) -> str | None:
    """The partner of the last tensor before a layer that has one."""
    before = list(takewhile(lambda each: each is not node, run.network.nodes))
    return next((partner[each.name] for each in reversed(before) if each.name in partner), None)
