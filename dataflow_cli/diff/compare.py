"""Compares a run of ours, or a capture, with a capture, tensor by tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff import inputs as going_in
from dataflow_cli.diff.before_activation import activated, asked_for_sums, found_before
from dataflow_cli.diff.branches import alike
from dataflow_cli.diff.captured import half
from dataflow_cli.diff.causes.finding import found_cause
from dataflow_cli.diff.causes.shapes import cause_of_shape
from dataflow_cli.diff.content import Content
from dataflow_cli.diff.dumps import allowed
from dataflow_cli.diff.evidence import Evidence
from dataflow_cli.diff.layouts import Layout, best, layouts
from dataflow_cli.diff.leftover import Settled, settled
from dataflow_cli.diff.looks import look
from dataflow_cli.diff.measuring import equal, identical, measured
from dataflow_cli.diff.model import DIFFERS, DRIFT, MISSING, ROUND_OFF, SAME, Difference, Pair, Seen
from dataflow_cli.diff.order import flattened, is_read
from dataflow_cli.diff.own import Judged, Misshapen, Same, Unjudged, judged
from dataflow_cli.diff.pairing import misshapen, paired
from dataflow_cli.diff.telling import UNJUDGED, axes, lacking, nothing_pairs, parameters_alone, undecided, written
from dataflow_cli.layers.base import ActivationFunction
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.diff.causes.stated import Stated
    from dataflow_cli.diff.model import Cause
    from dataflow_cli.diff.run import Run
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array

    Says = Callable[[Node, str], Stated | None]

DRIFTED = 1e-3
"""From so much of the tensor's scale on, the sum of errors that are all round-off is said."""


class Comparison:
    """A run of ours beside the tensors of another side."""

    def __init__(self, run: Run, other: Captured, asked: Sequence[str] = (), says: Says | None = None) -> None:
        self.run = run
        self.says = says
        self.other = other
        asked, before = asked_for_sums(run, asked)
        shapes = {name: run.shapes[name] for name in [*_inputs(run), *run.network.by_name]}
        looks = (lambda name: look(run.values[name]) if name in run.values else (), lambda name: look(other[name]))
        functions = {node.name for node in run.network.nodes if isinstance(node.layer, ActivationFunction)}
        sources, known = run.network.sources, run.network.gives
        gives = {name: known.get(name, "") for name in run.network.by_name} if known else {}
        given = _inputs(run)
        found = paired(shapes, other.shapes, asked, looks, sources, functions=functions, gives=gives, inputs=given)
        self.partner, self.doubtful = found.partner, found.doubtful
        if not self.partner:
            raise nothing_pairs(run, other)
        if other.shapes.keys() <= {f"{node.name}/{each}" for node in run.network.nodes for each in node.parameters}:
            raise parameters_alone(other)
        self.ways: dict[str, Layout | None] = {}
        self.before = self.asked_before = before
        """Layers whose partner is their sums, before the activation."""
        self.evidence: Evidence | None = None
        """What is known of the partners that no name says, where that can be known."""
        self.settled: Settled | None = None
        """And what was thought of the rest."""
        if found.left and found.right and shapes.keys() <= run.values.keys():
            self.take(Evidence(Content(run, other), found.named, found.left, found.right))
        for name in self.doubtful - run.network.by_name.keys():
            if self.cause_of_input(name) is None:  # what comes of it agrees: another tensor was taken for it
                del self.partner[name]

    def take(self, evidence: Evidence) -> None:
        """Pairs by what is computed, where that says enough."""
        if not evidence.is_enough:
            return
        left = settled(evidence)
        shapes = {name: self.run.shapes[name] for name in evidence.order}
        found = {**evidence.partner, **left.taken, **left.sums}
        others = misshapen(shapes, self.other.shapes, found, _inputs(self.run)) if left.is_whole else {}
        self.partner = found | {name: b for name, b in others.items() if not evidence.content.fits(name, b)}
        self.before = self.asked_before | evidence.before | left.sums.keys()
        self.doubtful, self.ways = frozenset(), {}
        self.evidence, self.settled = evidence, left

    def captured(self, name: str) -> Array | None:
        """The other side's tensor in our order; None if there is none of that name, or of its shape."""
        if name not in self.partner:
            return None
        array = self.other[self.partner[name]]
        if name not in self.ways:
            self.ways[name] = self.way(name, array)
        way = self.ways[name]
        found = None if way is None else way.ours(array)
        return activated(self.run.network.by_name[name], found) if name in self.before and found is not None else found

    def way(self, name: str, array: Array) -> Layout | None:
        """How the other side's tensor stands: of several ways the nearest to ours, if we have it."""
        before = flattened(self.run, name)
        if name in self.run.values:
            return best(array.shape, self.run.values[name], array, before, is_read=is_read(self.run))
        return next(layouts(array.shape, self.run.shapes[name], before), None)

    def misshapen(self, name: str) -> Array | None:
        """The other side's tensor whose shape no order of axes explains."""
        return self.other[self.partner[name]] if name in self.partner and self.ways[name] is None else None

    def judged(self) -> tuple[list[Pair], Judged | Misshapen | None]:
        """All pairs, and the first layer that makes an error of its own.

        A tensor that pairs by its shape alone and seems to be at fault is none of the layer's, if what follows is made
        of what the layer should put out: its like was not captured, and this is another one.
        """
        pairs, fault = self.first_fault()
        if fault is not None and fault.node.layer.result_activation is not None:
            pairs, fault = self.judged_by_sums(pairs, fault)
        while fault is not None and self.distrusts(fault):
            pairs, fault = self.first_fault()
        if fault is not None and self.evidence is not None and fault.node.name in self.evidence.ours:
            return self.judged_without(pairs, fault)
        if fault is None or fault.node.name not in self.doubtful:
            return pairs, fault
        order, all_pairs = list(self.run.network.by_name), dict(self.partner)
        self.partner = {name: b for name, b in all_pairs.items() if name not in self.doubtful}
        pairs, fault = self.first_fault()
        if fault is None:
            return pairs, fault
        segment = (*fault.segment, fault.node.name) if isinstance(fault, Judged) else (fault.node.name,)
        start = min(map(order.index, segment))
        back = {name for name in self.doubtful if name in order and order.index(name) >= start}
        self.partner = {name: b for name, b in all_pairs.items() if name in self.partner or name in back}
        return self.first_fault()

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

    def judged_without(
        self, pairs: list[Pair], fault: Judged | Misshapen
    ) -> tuple[list[Pair], Judged | Misshapen | None]:
        """The same without a partner that a layer has for its content alone, if that is what makes others differ."""
        name = fault.node.name
        if sum(pair.verdict == DIFFERS for pair in pairs) < 2:
            return pairs, fault
        partner = self.partner
        self.partner = {each: b for each, b in partner.items() if each != name}
        others, first = self.first_fault()
        if first is None:
            return others, first
        self.partner = partner
        return pairs, fault

    def judged_by_sums(
        self, pairs: list[Pair], fault: Judged | Misshapen
    ) -> tuple[list[Pair], Judged | Misshapen | None]:
        """The same with sums in place of outputs that were not captured.

        If a layer that reads one differs then, either its activation was left out, or that layer errs by itself: it
        does, if it differs as well when made of the sums.
        """
        found = found_before(self.run, self.other, self.partner)
        if fault.node.name not in found:
            return pairs, fault
        kept = self.partner, self.before
        pairs, reader = self.with_sums(found, *kept)
        doubted = set() if reader is None else self.feeding(reader) & found.keys()
        if reader is None or not doubted:
            return pairs, reader
        state = self.partner, self.ways, self.before
        rest = {name: b for name, b in found.items() if name not in doubted}
        others, first = self.with_sums(rest, *kept)
        if any(pair.name == reader.node.name and pair.verdict == DIFFERS for pair in others):
            self.partner, self.ways, self.before = state
            return pairs, reader
        return others, first

    def with_sums(
        self, found: dict[str, str], partner: dict[str, str], before: frozenset[str]
    ) -> tuple[list[Pair], Judged | Misshapen | None]:
        """All pairs and the first fault, where more partners are sums before the activation."""
        self.partner, self.ways, self.before = partner | found, {}, before | found.keys()
        return self.first_fault()

    def feeding(self, fault: Judged | Misshapen) -> set[str]:
        """What a layer was computed from: its inputs, and those of what was not captured."""
        segment = fault.segment if isinstance(fault, Judged) else ()
        nodes = [fault.node, *(self.run.network.by_name[name] for name in segment)]
        return {name for node in nodes for name in node.inputs}

    def first_fault(self) -> tuple[list[Pair], Judged | Misshapen | None]:
        """All pairs, and the first layer that makes an error of its own."""
        pairs = [self.input_pair(name) for name in _inputs(self.run)]
        first: Judged | Misshapen | None = None
        for node, found in judged(self.run, self.captured, self.misshapen, self.other.stored):
            if node.name not in self.run.values and self.is_nothing(node.name, found):
                continue
            pairs.append(self.layer_pair(node, found))
            if first is None and isinstance(found, Judged | Misshapen) and pairs[-1].verdict == DIFFERS:
                first = found
        return pairs, first

    def is_nothing(self, name: str, found: object) -> bool:
        """Whether of a tensor that we do not have there is nothing to say, as the other side's cannot be judged."""
        if isinstance(found, Unjudged):
            del self.partner[name]
        return name not in self.partner

    def input_pair(self, name: str) -> Pair:
        got = self.captured(name)
        if got is None:
            return self.unknown(name)
        if name not in self.run.values:
            return self.pair(name, MISSING, note="not in the trace: taken to be the same")
        ours = self.run.values[name]
        outside = going_in.apart(ours, got, self.other.stored, half(self.run.trace))
        verdict = DIFFERS if outside.any() else SAME if identical(ours, got) else ROUND_OFF
        return self.pair(name, verdict, measures=measured(ours, got, outside, reference=ours))

    def cause(
        self, given: Pair | None, fault: Judged | Misshapen | None, side: str
    ) -> tuple[Cause | None, tuple[str, ...]]:
        """Why an input differs, else why a layer does; and what was not tried."""
        if given is not None:
            return self.cause_of_input(given.name), ()
        if fault is None:
            return None, ()
        other = None if self.says is None else self.says(fault.node, self.partner[fault.node.name])
        if isinstance(fault, Misshapen):
            return cause_of_shape(fault, self.run.parameters(fault.node), side, other), ()
        return found_cause(self.run, fault, side, other)

    def cause_of_input(self, name: str) -> Cause | None:
        got = self.captured(name)
        channel = 1 if self.run.trace.data_format == "channels_first" else -1
        return None if got is None else going_in.cause(self.run.values[name], got, channel)

    def layer_pair(self, node: Node, found: Judged | Same | Misshapen | Unjudged | None) -> Pair:
        if found is None or isinstance(found, Misshapen):
            return self.unknown(node.name)
        if isinstance(found, Same):
            return self.pair(node.name, SAME, measures=equal(found.got), own=0.0)
        if isinstance(found, Unjudged):
            return self.unjudged_pair(node, found.got)
        own, ours = found.own, self.run.values.get(node.name)
        ours = found.allowed.wanted if ours is None else ours
        outside = found.allowed.outside(found.got)
        reference = found.allowed.wanted if own > 1 else ours
        measures = measured(reference, found.got, outside, reference=reference)
        verdict = _verdict(own, measures.relative, same=identical(ours, found.got))
        seen = None if found.suspect is None else Seen(found.suspect.least, found.suspect.seen)
        return self.pair(node.name, verdict, measures=measures, own=own, segment=found.segment, seen=seen)

    def unjudged_pair(self, node: Node, got: Array) -> Pair:
        """A layer that cannot be computed anew: by how far its tensors lie apart alone."""
        ours = self.run.values[node.name]
        if identical(ours, got):
            return self.pair(node.name, SAME, measures=equal(got))
        found = measured(ours, got, allowed(ours, got, None), reference=ours)
        return self.pair(node.name, DIFFERS if found.outside else ROUND_OFF, measures=found, note=UNJUDGED)

    def unknown(self, name: str) -> Pair:
        """A tensor without a partner, or with one of a shape that no order of axes explains."""
        if name not in self.partner:
            return self.pair(name, MISSING, note="no partner")
        shape = self.other.shapes[self.partner[name]]
        wanted = self.run.shapes[name]
        return self.pair(name, DIFFERS, note=f"shape {written(shape)}, expected {written(wanted)}")

    def pair(self, name: str, verdict: str, **found: object) -> Pair:
        way, node = self.ways.get(name), self.run.network.by_name.get(name)
        return Pair(
            name=name,
            type=node.layer.type if node is not None else "",
            partner=self.partner.get(name, ""),
            verdict=verdict,
            axes=axes(self.run, name),
            layout=self.layout(name, way),
            is_input=node is None,
            **found,  # type: ignore[arg-type]
        )

    def layout(self, name: str, way: Layout | None) -> str:
        """How the other side's tensor was brought to ours, in words."""
        function = self.run.network.by_name[name].layer.result_activation if name in self.before else None
        said = [way.said if way else "", f"before its {function.type}" if function else ""]
        return ", ".join(filter(None, said))


def _verdict(own: float, relative: float, *, same: bool) -> str:
    if own > 1 or np.isnan(own):
        return DIFFERS
    if same:
        return SAME
    return DRIFT if relative > DRIFTED else ROUND_OFF


def compared(
    run: Run, other: Captured, asked: Sequence[str] = (), side: str = "A", says: Says | None = None
) -> Difference:
    """A run of ours beside captured tensors, with the layer at fault and why. `side` is what ours is called; `says`
    what the network that made the others says of the partner of a layer, if there is one: that is tried first.

    Raises InputError if nothing pairs, UnknownName if `asked` names what is not there.
    """
    comparison = Comparison(run, other, asked, says)
    pairs, fault = comparison.judged()
    given = [pair for pair in pairs if pair.is_input and pair.verdict == DIFFERS]
    differing = [pair for pair in pairs if pair.verdict == DIFFERS]
    differing.sort(key=lambda pair: pair.note == UNJUDGED)  # what differs for certain by itself comes first
    first = next(iter([*given, *differing]), None)
    taken = set(comparison.partner.values())
    unpaired = [name for name in other if name not in taken]
    missing = [pair.name for pair in pairs if pair.verdict == MISSING and not pair.is_input]
    cause, untried = comparison.cause(given[0] if given else None, fault, side)
    return Difference(
        a=run.source or run.network.name,
        b=other.source,
        pairs=tuple(pairs),
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
        ),
    )


def _inputs(run: Run) -> list[str]:
    return [spec.name for spec in run.network.inputs]
