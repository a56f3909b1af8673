"""What is to be thought of layers without a partner where tensors are left over, once all is paired that can be shown.

A tensor that is left over is a layer's that computes wrongly, or one that the other program works out on its way: a sum
without the bias, the queries of an attention. Where what reads a layer was captured, and is as it should be, the layer
was not captured. Where nothing was, nobody can tell: the tensor is then taken for the layer's, unless other layers are
known not to have been captured, and the tensor is of a sort that is left over elsewhere, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff import inputs as going_in
from dataflow_cli.diff.alignment import aligned
from dataflow_cli.diff.counted import counted
from dataflow_cli.diff.layouts import best
from dataflow_cli.diff.measuring import identical
from dataflow_cli.diff.order import apart
from dataflow_cli.diff.pairing import same_elements
from dataflow_cli.diff.partial import partial
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.diff.content import Content
    from dataflow_cli.diff.evidence import Evidence
    from dataflow_cli.network.model import Node

NEARLY = 0.1
"""Of what a tensor's elements vary by: how far off a layer is that errs a little."""


@dataclass(frozen=True)
class Settled:
    """Pairs for which nothing but their looks speaks."""

    taken: Mapping[str, str]
    """Those for which no better explanation is known."""
    unsure: Mapping[str, str]
    """Those that are none for that, though it cannot be shown."""
    sums: Mapping[str, str]
    """Layers whose sums were captured, where others were not, or both are of others: what comes of them may not be."""
    is_whole: bool
    """Whether all was captured, as far as is known, or nothing but that."""


def settled(evidence: Evidence) -> Settled:
    """What is to be thought of what evidence leaves."""
    lost = [name for name in evidence.ours if name not in evidence.partner]
    told = [name for name in lost if evidence.has_readers(name)]
    last = max((evidence.places[b] for b in evidence.partner.values()), default=-1)
    free = _distinct(evidence)
    inner = [b for b in free if evidence.places[b] < last]
    taken: dict[str, str] = {}
    for name in told:
        if evidence.agrees[name] and evidence.is_told(name):
            left = [b for b in inner if b not in taken.values()]
            found = _unfelt(evidence, name, left, alone=len(told) == 1 or len(inner) == 1)
            taken |= {} if found is None else {name: found}
    behind = [b for b in free if b not in inner]
    untold = [name for name in lost if name not in told]
    layers = [name for name in lost if name in evidence.run.network.by_name]
    if not set(told) & set(layers) and (every := counted(evidence, layers, taken, inner)):
        return Settled({**taken, **every}, {}, {}, is_whole=True)
    rest = aligned(untold, behind, evidence.content.fits, lambda name, b: _likeness(evidence, name, b))
    gaps = [name for name in layers if name not in rest]
    sums = _sums(evidence, rest, inner, has_gaps=bool(gaps))
    rest = {name: b for name, b in rest.items() if name not in sums}
    is_whole = not (gaps and inner)
    unsure = _unsure(evidence, rest, inner, has_gaps=bool(gaps)) if rest else {}
    sure = {name: b for name, b in rest.items() if name not in unsure}
    return Settled({**taken, **sure}, unsure, sums, is_whole)


def _unsure(evidence: Evidence, rest: Mapping[str, str], inner: Sequence[str], *, has_gaps: bool) -> dict[str, str]:
    """Those of some pairs at the end of the network that are likelier something else.

    That is what another layer works out on its way, or the layer itself if the capture has such tensors elsewhere, or
    lacks layers; and any, where it lacks some and has `inner` tensors of which nobody knows what they are. A capture
    lacks a layer, if another one behind it works out on its way what is taken for that one's output: of what is sound.
    """
    nodes = evidence.run.network.nodes
    last = max((place for place, node in enumerate(nodes) if node.name in evidence.partner), default=0)
    owners = partial(evidence, list(rest.values()), nodes[last:])
    within = [name for name, b in rest.items() if name in owners.get(b, ())]
    has_gaps = has_gaps or len(within) > 1
    strange = has_gaps and len(partial(evidence, inner, nodes)) < len(inner)
    return {
        name: b
        for name, b in rest.items()
        if strange or owners.get(b, set()) - {name} or ((inner or has_gaps) and b in owners)
    }


def _sums(evidence: Evidence, pairs: Mapping[str, str], inner: Sequence[str], *, has_gaps: bool) -> dict[str, str]:
    """Those pairs that are a layer's sums, if others were not captured, or those of any were beside its output."""
    nodes = [node for node in evidence.run.network.nodes if node.layer.result_activation is not None]
    asked = [node for node in nodes if node.name in pairs]
    found = {node.name: pairs[node.name] for node in asked if _is_sum(evidence, node, [pairs[node.name]])}
    others = found and (
        has_gaps or any(_is_sum(evidence, node, inner) for node in nodes if node.name in evidence.partner)
    )
    return found if others else {}


def _is_sum(evidence: Evidence, node: Node, among: Sequence[str]) -> bool:
    """Whether any of some tensors is what a layer has before its activation."""
    fitting = [b for b in among if evidence.content.fits(node.name, b)]
    wanted = evidence.confirming.made(node, {}, sums=True) if fitting else None
    return wanted is not None and evidence.content.nearest(node.name, wanted, fitting) is not None


def _distinct(evidence: Evidence) -> list[str]:
    """Tensors that are nobody's, and none of the other side's again."""
    found: list[str] = []
    for b in evidence.free:
        if not any(_is_same(evidence.content, each, b) for each in (*evidence.partner.values(), *found)):
            found.append(b)
    return found


def _is_same(content: Content, one: str, b: str) -> bool:
    """Whether two tensors of the other side are the same, in any order of axes or with axes taken together."""
    if content.look(one) != content.look(b):
        return False
    arrays = content.other[one], content.other[b]
    way = best(arrays[1].shape, *arrays) if same_elements(arrays[0].shape, arrays[1].shape) else None
    return way is None or identical(arrays[0], way.ours(arrays[1]))


def _unfelt(evidence: Evidence, name: str, among: Sequence[str], *, alone: bool) -> str | None:
    """The tensor of one that is not as it should be, though all behind it is."""
    content, wanted = evidence.content, evidence.run.values[name]
    for b in among:
        array = content.in_our_order(name, b, wanted) if content.fits(name, b) else None
        if array is None:
            continue
        if name not in evidence.run.network.by_name:
            axis = 1 if evidence.run.trace.data_format == "channels_first" else -1
            if going_in.cause(wanted, array, axis) is not None:
                return b
        elif alone and not partial(evidence, [b], evidence.run.network.nodes):
            others = [each for each in among if each != b]
            return b if evidence.confirming.is_confirmed(name, array, others) else None
    return None


def _likeness(evidence: Evidence, name: str, b: str) -> float:
    """1 if a tensor is nearly what one should be, 0 if not: then nothing but the order tells them apart, and of several
    the last is taken, so that what is at fault is among the layers before it, which are named with it.
    """
    wanted = evidence.run.values[name]
    array = evidence.content.in_our_order(name, b, wanted)
    return float(array is not None and apart(wanted, array) < NEARLY)
