"""Layers without a partner and tensors that are nobody's, as many of both: then all layers were captured.

Two branches that put out the same have one content. Nothing but the count tells then that a layer computes otherwise,
and nothing but the order of both sides which tensor is whose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.alignment import aligned
from dataflow_cli.diff.partial import partial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.diff.evidence import Evidence


def counted(
    evidence: Evidence, layers: Sequence[str], taken: Mapping[str, str], inner: Sequence[str]
) -> dict[str, str]:
    """The tensor of each layer without a partner, where as many are left over, and not all of them at the end: then all
    layers were captured, and branches compute otherwise.

    One that is another layer's once more may be that of a layer that computes as the other does. None where there are
    more or fewer, or such as come from within layers: then some were not captured.
    """
    left = [b for b in evidence.theirs if b not in {*evidence.partner.values(), *taken.values()}]
    if not {*inner, *evidence.again}.intersection(left):
        return {}
    found = aligned(layers, left, evidence.content.fits, lambda *_: 0.0) if len(left) == len(layers) else {}
    doubled = [name for name, b in found.items() if b in evidence.again]
    if len(found) < len(left) or not all(_may_be_doubled(evidence, name, found) for name in doubled):
        return {}
    owners = partial(evidence, [b for b in left if b in inner], evidence.run.network.nodes)
    return {} if any(owners.get(b, {name}) - {name} for name, b in found.items()) else found


def _may_be_doubled(evidence: Evidence, name: str, found: Mapping[str, str]) -> bool:
    """Whether a layer reads what a layer at fault puts out, or puts out what another one does that reads the same."""
    inputs = evidence.run.network.by_name[name].inputs
    if not found.keys().isdisjoint(inputs):
        return True
    content, b = evidence.content, found[name]
    beside = (node.name for node in evidence.run.network.nodes if node.inputs == inputs and node.name != name)
    return any(content.nearest(each, evidence.run.values[each], [b]) is not None for each in beside)
