"""Compares a run of ours, or a capture, with a capture, tensor by tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff import inputs as going_in
from dataflow_cli.diff.before_activation import asked_for_sums, found_before
from dataflow_cli.diff.branches import alike, untold
from dataflow_cli.diff.causes.finding import found_cause
from dataflow_cli.diff.causes.shapes import cause_of_shape
from dataflow_cli.diff.content import Content
from dataflow_cli.diff.evidence import Evidence
from dataflow_cli.diff.leftover import Settled, settled
from dataflow_cli.diff.looks import look
from dataflow_cli.diff.model import DIFFERS, MISSING, Difference
from dataflow_cli.diff.own import Judged, Misshapen
from dataflow_cli.diff.pairing import misshapen, paired
from dataflow_cli.diff.partners import Partners
from dataflow_cli.diff.telling import UNJUDGED, lacking, nothing_pairs, parameters_alone, undecided
from dataflow_cli.diff.verdicts import Verdicts, verdicts
from dataflow_cli.layers.base import ActivationFunction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.diff.causes.stated import Stated
    from dataflow_cli.diff.model import Cause
    from dataflow_cli.diff.run import Run
    from dataflow_cli.network.model import Node

    Says = Callable[[Node, str], Stated | None]


class Comparison:
    """A run of ours beside the tensors of another side: who is whose partner there, as far as the verdicts bear it."""

    def __init__(self, run: Run, other: Captured, asked: Sequence[str] = ()) -> None:
        self.run, self.other = run, other
        asked, self.asked_before = asked_for_sums(run, asked)
        shapes = {name: run.shapes[name] for name in [*_inputs(run), *run.network.by_name]}
        looks = (lambda name: look(run.values[name]) if name in run.values else (), lambda name: look(other[name]))
        functions = {node.name for node in run.network.nodes if isinstance(node.layer, ActivationFunction)}
        sources, known = run.network.sources, run.network.gives
        gives = {name: known.get(name, "") for name in run.network.by_name} if known else {}
        given = _inputs(run)
        found = paired(shapes, other.shapes, asked, looks, sources, functions=functions, gives=gives, inputs=given)
        if not found.partner:
            raise nothing_pairs(run, other)
        if other.shapes.keys() <= {f"{node.name}/{each}" for node in run.network.nodes for each in node.parameters}:
            raise parameters_alone(other)
        self.partners = Partners(run, other, found.partner, self.asked_before)
        self.doubtful = found.doubtful
        """Those of ours whose partners pair by their shapes and looks alone."""
        self.evidence: Evidence | None = None
        """What is known of the partners that no name says, where that can be known."""
        self.settled: Settled | None = None
        """And what was thought of the rest."""
        if found.left and found.right and shapes.keys() <= run.values.keys():
            self.take(Evidence(Content(run, other), found.named, found.left, found.right))
        inputs = self.doubtful - run.network.by_name.keys()
        taken = [name for name in inputs if self.cause_of_input(name) is None]
        self.partners = self.partners.without(taken)  # what comes of them agrees: other tensors were taken for them

    def take(self, evidence: Evidence) -> None:
        """Pairs by what is computed, where that says enough."""
        if not evidence.is_enough:
            return
        left = settled(evidence)
        shapes = {name: self.run.shapes[name] for name in evidence.order}
        found = {**evidence.partner, **left.taken, **left.sums}
        others = misshapen(shapes, self.other.shapes, found, _inputs(self.run)) if left.is_whole else {}
        names = found | {name: b for name, b in others.items() if not evidence.content.fits(name, b)}
        self.partners = self.partners.having(names, self.asked_before | evidence.before | left.sums.keys())
        self.doubtful = frozenset()
        self.evidence, self.settled = evidence, left

    def judged(self) -> Verdicts:
        """The verdicts on all pairs.

        A tensor that pairs by its shape alone and seems to be at fault is none of the layer's, if what follows is made
        of what the layer should put out: its like was not captured, and this is another one.
        """
        found = verdicts(self.partners)
        if found.fault is not None and found.fault.node.layer.result_activation is not None:
            found = self.judged_by_sums(found, found.fault)
        while found.fault is not None and self.distrusts(found.fault):
            found = verdicts(self.partners)
        fault = found.fault
        if fault is not None and self.evidence is not None and fault.node.name in self.evidence.ours:
            return _judged_without(found, fault)
        if fault is None or fault.node.name not in self.doubtful:
            return found
        return self.judged_doubting(found)

    def distrusts(self, fault: Judged | Misshapen) -> bool:
        """Whether a layer is at fault though it has what ours has: then one before it that was taken not to have been
        captured may have been, and does otherwise. All is paired anew then.
        """
        known, name = self.evidence, fault.node.name
        if known is None or not isinstance(fault, Judged) or not fault.segment:
            return False
        if name not in known.same or name in known.distrusted:
            return False
        distrusted = known.distrusted | {name}
        self.take(Evidence(known.content, known.named, known.ours, known.theirs, distrusted))
        return True

    def judged_doubting(self, found: Verdicts) -> Verdicts:
        """The same with those doubtful pairs alone that stand behind the first layer at fault without them."""
        partners, order = found.partners, list(self.run.network.by_name)
        certain = verdicts(partners.without(self.doubtful))
        fault = certain.fault
        if fault is None:
            return certain
        segment = (*fault.segment, fault.node.name) if isinstance(fault, Judged) else (fault.node.name,)
        start = min(map(order.index, segment))
        back = {name for name in self.doubtful if name in order and order.index(name) >= start}
        kept = certain.partners.names.keys() | back
        return verdicts(partners.having({name: b for name, b in partners.names.items() if name in kept}))

    def judged_by_sums(self, found: Verdicts, fault: Judged | Misshapen) -> Verdicts:
        """The same with sums in place of outputs that were not captured.

        If a layer that reads one differs then, either its activation was left out, or that layer errs by itself: it
        does, if it differs as well when made of the sums.
        """
        certain = found.partners.without(self.doubtful - {fault.node.name})
        sums = found_before(self.run, self.other, certain.names)
        taken = {*sums.values()}
        partners = found.partners.without({name for name in self.doubtful if found.partners.names.get(name) in taken})
        if fault.node.name not in sums:
            return found
        with_all = verdicts(partners.having(partners.names | sums, partners.before | sums.keys()))
        if with_all.differs(fault.node.name):  # it may have been no sum
            others = {name: b for name, b in sums.items() if name != fault.node.name}
            as_it_is = verdicts(partners.having(partners.names | others, partners.before | others.keys()))
            if as_it_is.count < with_all.count:
                return as_it_is
        reader = with_all.fault
        doubted = set() if reader is None else self.feeding(reader) & sums.keys()
        if reader is None or not doubted:
            return with_all
        rest = {name: b for name, b in sums.items() if name not in doubted}
        without = verdicts(partners.having(partners.names | rest, partners.before | rest.keys()))
        return with_all if without.differs(reader.node.name) else without

    def feeding(self, fault: Judged | Misshapen) -> set[str]:
        """What a layer was computed from: its inputs, and those of what was not captured."""
        segment = fault.segment if isinstance(fault, Judged) else ()
        nodes = [fault.node, *(self.run.network.by_name[name] for name in segment)]
        return {name for node in nodes for name in node.inputs}

    def cause_of_input(self, name: str) -> Cause | None:
        """Why an input differs."""
        got = self.partners.captured(name)
        channel = 1 if self.run.trace.data_format == "channels_first" else -1
        return None if got is None else going_in.cause(self.run.values[name], got, channel)


def _judged_without(found: Verdicts, fault: Judged | Misshapen) -> Verdicts:
    """The same without a partner that a layer has for its content alone, if that is what makes others differ."""
    if found.count < 2:
        return found
    others = verdicts(found.partners.without({fault.node.name}))
    return others if others.fault is None else found


def compared(
    run: Run, other: Captured, asked: Sequence[str] = (), side: str = "A", says: Says | None = None
) -> Difference:
    """A run of ours beside captured tensors, with the layer at fault and why. `side` is what ours is called; `says`
    what the network that made the others says of the partner of a layer, if there is one: that is tried first.

    Raises InputError if nothing pairs, UnknownName if `asked` names what is not there.
    """
    comparison = Comparison(run, other, asked)
    found = comparison.judged()
    pairs, partner = found.pairs, found.partners.names
    given = [pair for pair in pairs if pair.is_input and pair.verdict == DIFFERS]
    differing = [pair for pair in pairs if pair.verdict == DIFFERS]
    differing.sort(key=lambda pair: pair.note == UNJUDGED)  # what differs for certain by itself comes first
    first = next(iter([*given, *differing]), None)
    taken = set(partner.values())
    unpaired = [name for name in other if name not in taken]
    missing = [pair.name for pair in pairs if pair.verdict == MISSING and not pair.is_input]
    cause, untried = (comparison.cause_of_input(given[0].name), ()) if given else _cause(found, side, says)
    return Difference(
        a=run.source or run.network.name,
        b=other.source,
        pairs=pairs,
        unpaired=tuple(unpaired),
        first=first,
        cause=cause,
        untried=untried,
        inputs_differ=bool(given),
        notes=(
            *other.notes,
            *lacking(run, [pair.name for pair in pairs if UNJUDGED in pair.note]),
            *undecided(run, comparison.settled, side),
            *alike(run, other, missing, unpaired, side),
            *untold(run, other, first, comparison.settled, side),
        ),
    )


def _cause(found: Verdicts, side: str, says: Says | None) -> tuple[Cause | None, tuple[str, ...]]:
    """Why a layer differs; and what was not tried."""
    run, fault = found.partners.run, found.fault
    if fault is None:
        return None, ()
    other = None if says is None else says(fault.node, found.partners.names[fault.node.name])
    if isinstance(fault, Misshapen):
        return cause_of_shape(fault, run.parameters(fault.node), side, other), ()
    return found_cause(run, fault, side, other)


def _inputs(run: Run) -> list[str]:
    return [spec.name for spec in run.network.inputs]
