"""What is to be said of every tensor beside its partner: same, rounded otherwise, drifted, different or missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff import inputs as going_in
from dataflow_cli.diff.captured import half
from dataflow_cli.diff.dumps import allowed
from dataflow_cli.diff.measuring import equal, identical, measured
from dataflow_cli.diff.model import DIFFERS, DRIFT, MISSING, ROUND_OFF, SAME, Pair, Seen
from dataflow_cli.diff.own import Judged, Misshapen, Same, Unjudged, judged
from dataflow_cli.diff.telling import UNJUDGED, axes, written
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.diff.partners import Partners
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array

DRIFTED = 1e-3
"""From so much of the tensor's scale on, the sum of errors that are all round-off is said."""


@dataclass(frozen=True)
class Verdicts:
    """All pairs, and the first layer that makes an error of its own."""

    partners: Partners
    pairs: tuple[Pair, ...]
    fault: Judged | Misshapen | None

    @property
    def count(self) -> int:
        """How many tensors differ."""
        return sum(pair.verdict == DIFFERS for pair in self.pairs)

    def differs(self, name: str) -> bool:
        """Whether a tensor is among those that differ."""
        return any(pair.name == name and pair.verdict == DIFFERS for pair in self.pairs)


def verdicts(partners: Partners) -> Verdicts:
    """Goes through all layers in order, each computed anew from the other side's inputs.

    A tensor that we do not have, and of which nothing can be said, is nobody's partner afterwards.
    """
    run = partners.run
    pairs = [_of_input(partners, spec.name) for spec in run.network.inputs]
    first: Judged | Misshapen | None = None
    for node, found in judged(run, partners.captured, partners.misshapen, partners.other.stored):
        if node.name not in run.values and _is_nothing(partners, node.name, found):
            continue
        pairs.append(_of_layer(partners, node, found))
        if first is None and isinstance(found, Judged | Misshapen) and pairs[-1].verdict == DIFFERS:
            first = found
    return Verdicts(partners, tuple(pairs), first)


def _is_nothing(partners: Partners, name: str, found: object) -> bool:
    if isinstance(found, Unjudged):
        del partners.names[name]
    return name not in partners.names


def _of_input(partners: Partners, name: str) -> Pair:
    run, got = partners.run, partners.captured(name)
    if got is None:
        return _unknown(partners, name)
    if name not in run.values:
        return _pair(partners, name, MISSING, note="not in the trace: taken to be the same")
    ours = run.values[name]
    outside = going_in.apart(ours, got, partners.other.stored, half(run.trace))
    verdict = DIFFERS if outside.any() else SAME if identical(ours, got) else ROUND_OFF
    return _pair(partners, name, verdict, measures=measured(ours, got, outside, reference=ours))


def _of_layer(partners: Partners, node: Node, found: Judged | Same | Misshapen | Unjudged | None) -> Pair:
    if found is None or isinstance(found, Misshapen):
        return _unknown(partners, node.name)
    if isinstance(found, Same):
        return _pair(partners, node.name, SAME, measures=equal(found.got), own=0.0)
    if isinstance(found, Unjudged):
        return _unjudged(partners, node.name, found.got)
    own, ours = found.own, partners.run.values.get(node.name)
    ours = found.allowed.wanted if ours is None else ours
    outside = np.zeros(0, bool) if own <= 1 else found.allowed.outside(found.got)
    reference = found.allowed.wanted if own > 1 else ours
    measures = measured(reference, found.got, outside, reference=reference)
    verdict = _verdict(own, measures.relative, same=identical(ours, found.got))
    seen = None if found.suspect is None else Seen(found.suspect.least, found.suspect.seen)
    return _pair(partners, node.name, verdict, measures=measures, own=own, segment=found.segment, seen=seen)


def _verdict(own: float, relative: float, *, same: bool) -> str:
    if own > 1 or np.isnan(own):
        return DIFFERS
    if same:
        return SAME
    return DRIFT if relative > DRIFTED else ROUND_OFF


def _unjudged(partners: Partners, name: str, got: Array) -> Pair:
    """A layer that cannot be computed anew: by how far its tensors lie apart alone."""
    ours = partners.run.values[name]
    if identical(ours, got):
        return _pair(partners, name, SAME, measures=equal(got))
    found = measured(ours, got, allowed(ours, got, None), reference=ours)
    return _pair(partners, name, DIFFERS if found.outside else ROUND_OFF, measures=found, note=UNJUDGED)


def _unknown(partners: Partners, name: str) -> Pair:
    """A tensor without a partner, or with one of a shape that no order of axes explains."""
    if name not in partners.names:
        return _pair(partners, name, MISSING, note="no partner")
    shape, wanted = partners.other.shapes[partners.names[name]], partners.run.shapes[name]
    return _pair(partners, name, DIFFERS, note=f"shape {written(shape)}, expected {written(wanted)}")


def _pair(partners: Partners, name: str, verdict: str, **found: object) -> Pair:
    node = partners.run.network.by_name.get(name)
    return Pair(
        name=name,
        type=node.layer.type if node is not None else "",
        partner=partners.names.get(name, ""),
        verdict=verdict,
        axes=axes(partners.run, name),
        layout=partners.layout(name),
        is_input=node is None,
        **found,  # type: ignore[arg-type]
    )
