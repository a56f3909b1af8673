"""Compares a run of ours, or a capture, with a capture, tensor by tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff import inputs as going_in
from dataflow_cli.diff.captured import half
from dataflow_cli.diff.causes.finding import found_cause
from dataflow_cli.diff.causes.shapes import cause_of_shape
from dataflow_cli.diff.layouts import Layout, best
from dataflow_cli.diff.measuring import equal, identical, measured
from dataflow_cli.diff.model import DIFFERS, DRIFT, MISSING, ROUND_OFF, SAME, Difference, Pair
from dataflow_cli.diff.own import Judged, Misshapen, Same, judged
from dataflow_cli.diff.pairing import look, paired
from dataflow_cli.errors import InputError
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.diff.model import Cause
    from dataflow_cli.diff.run import Run
    from dataflow_cli.network.model import Node
    from dataflow_cli.shapes import Array, Shape

DRIFTED = 1e-3
"""From so much of the tensor's scale on, the sum of errors that are all round-off is said."""


class Comparison:
    """A run of ours beside the tensors of another side."""

    def __init__(self, run: Run, other: Captured, asked: Sequence[str] = ()) -> None:
        self.run = run
        self.other = other
        shapes = {name: run.shapes[name] for name in [*_inputs(run), *run.network.by_name]}
        looks = (lambda name: look(run.values[name]), lambda name: look(other[name]))
        self.partner = paired(shapes, other.shapes, asked, looks, run.network.sources)
        if not self.partner:
            raise _nothing_pairs(run, other)
        self.ways: dict[str, Layout | None] = {}

    def captured(self, name: str) -> Array | None:
        """The other side's tensor in our order; None if there is none of that name, or of its shape."""
        if name not in self.partner:
            return None
        array = self.other[self.partner[name]]
        if name not in self.ways:
            self.ways[name] = best(array.shape, self.run.values[name], array, _flattened(self.run, name))
        way = self.ways[name]
        return None if way is None else way.ours(array)

    def misshapen(self, name: str) -> Array | None:
        """The other side's tensor whose shape no order of axes explains."""
        return self.other[self.partner[name]] if name in self.partner and self.ways[name] is None else None

    def first_fault(self) -> tuple[list[Pair], Judged | Misshapen | None]:
        """All pairs, and the first layer that makes an error of its own."""
        pairs = [self.input_pair(name) for name in _inputs(self.run)]
        first: Judged | Misshapen | None = None
        for node, found in judged(self.run, self.captured, self.misshapen, self.other.stored):
            pairs.append(self.layer_pair(node, found))
            if first is None and isinstance(found, Judged | Misshapen) and pairs[-1].verdict == DIFFERS:
                first = found
        return pairs, first

    def input_pair(self, name: str) -> Pair:
        got, ours = self.captured(name), self.run.values[name]
        if got is None:
            return self.unknown(name)
        outside = going_in.apart(ours, got, self.other.stored, half(self.run.trace))
        verdict = DIFFERS if outside.any() else SAME if identical(ours, got) else ROUND_OFF
        return self.pair(name, verdict, measures=measured(ours, got, outside, reference=ours))

    def cause(self, given: Pair | None, fault: Judged | Misshapen | None, side: str) -> Cause | None:
        """Why an input differs, else why a layer does."""
        if given is not None:
            return self.cause_of_input(given.name)
        if isinstance(fault, Misshapen):
            return cause_of_shape(fault, self.run.parameters(fault.node), side)
        return None if fault is None else found_cause(self.run, fault, side)

    def cause_of_input(self, name: str) -> Cause | None:
        got = self.captured(name)
        channel = 1 if self.run.trace.data_format == "channels_first" else -1
        return None if got is None else going_in.cause(self.run.values[name], got, channel)

    def layer_pair(self, node: Node, found: Judged | Same | Misshapen | None) -> Pair:
        if found is None or isinstance(found, Misshapen):
            return self.unknown(node.name)
        if isinstance(found, Same):
            return self.pair(node.name, SAME, measures=equal(found.got), own=0.0)
        ours, own = self.run.values[node.name], found.own
        outside = found.allowed.outside(found.got)
        reference = found.allowed.wanted if own > 1 else ours
        measures = measured(reference, found.got, outside, reference=reference)
        verdict = _verdict(own, measures.relative, same=identical(ours, found.got))
        return self.pair(node.name, verdict, measures=measures, own=own, segment=found.segment)

    def unknown(self, name: str) -> Pair:
        """A tensor without a partner, or with one of a shape that no order of axes explains."""
        if name not in self.partner:
            return self.pair(name, MISSING, note="no partner")
        shape = self.other.shapes[self.partner[name]]
        wanted = self.run.shapes[name]
        return self.pair(name, DIFFERS, note=f"shape {_written(shape)}, expected {_written(wanted)}")

    def pair(self, name: str, verdict: str, **found: object) -> Pair:
        way, node = self.ways.get(name), self.run.network.by_name.get(name)
        return Pair(
            name=name,
            type=node.layer.type if node is not None else "",
            partner=self.partner.get(name, ""),
            verdict=verdict,
            axes=_axes(self.run, name),
            layout=way.said if way else "",
            is_input=node is None,
            **found,  # type: ignore[arg-type]
        )


def _verdict(own: float, relative: float, *, same: bool) -> str:
    if own > 1 or np.isnan(own):
        return DIFFERS
    if same:
        return SAME
    return DRIFT if relative > DRIFTED else ROUND_OFF


def compared(run: Run, other: Captured, asked: Sequence[str] = (), side: str = "A") -> Difference:
    """A run of ours beside captured tensors, with the layer at fault and why. `side` is what ours is called.

    Raises InputError if nothing pairs, UnknownName if `asked` names what is not there.
    """
    comparison = Comparison(run, other, asked)
    pairs, fault = comparison.first_fault()
    given = [pair for pair in pairs if pair.is_input and pair.verdict == DIFFERS]
    first = next(iter(given), None) or next((pair for pair in pairs if pair.verdict == DIFFERS), None)
    taken = set(comparison.partner.values())
    return Difference(
        a=run.source or run.network.name,
        b=other.source,
        pairs=tuple(pairs),
        unpaired=tuple(name for name in other if name not in taken),
        first=first,
        cause=comparison.cause(given[0] if given else None, fault, side),
        inputs_differ=bool(given),
        notes=other.notes,
    )


def _inputs(run: Run) -> list[str]:
    return [spec.name for spec in run.network.inputs]


def _flattened(run: Run, name: str) -> Shape | None:
    """The shape of the sample that a layer made a vector of."""
    node = run.network.by_name.get(name)
    if node is None or len(node.output_shape) != 1 or len(node.input_shapes) != 1 or not node.layer.hands_on:
        return None
    return node.input_shapes[0] if np.prod(node.input_shapes[0]) == node.output_shape[0] else None


def _axes(run: Run, name: str) -> tuple[str, ...]:
    first = run.trace.data_format == "channels_first"
    node = run.network.by_name.get(name)
    if node is not None:
        return node.layer.axes(len(node.output_shape), channels_first=first)
    from dataflow_cli.layers.axes import axes_of

    return axes_of(len(run.shapes[name]) - 1, channels_first=first)


def _written(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))})"


def _nothing_pairs(run: Run, other: Captured) -> InputError:
    ours = ", ".join(f"{name} {_written(run.shapes[name])}" for name in list(run.network.by_name)[:4])
    theirs = ", ".join(f"{name} {_written(shape)}" for name, shape in list(other.shapes.items())[:4])
    return InputError(
        f"{other.source}: no tensor pairs with one of {run.network.name}",
        hint=f"it has {theirs}; the network {ours}; pair them with --map NAME_IN_A=NAME_IN_B",
    )
