"""Finds why a layer differs: the hypothesis under which it does not."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.causes import (
    each,
    fields,
    flow,
    kinds,
    narrower,
    numbers,
    ours,
    parameters,
    quantized,
    single,
    stated,
    unsound,
    vectors,
)
from dataflow_cli.diff.causes.narrow import narrowed, one_channel, some_channels
from dataflow_cli.diff.causes.roundings import Rounded
from dataflow_cli.diff.causes.told import all_told, each_told, told
from dataflow_cli.diff.own import channel_axis, own_error
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.diff.causes.change import Change
    from dataflow_cli.diff.causes.stated import Stated
    from dataflow_cli.diff.model import Cause
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.diff.run import Run
    from dataflow_cli.shapes import Array, Parameters

FAR = 1e100
"""How far a number is from what is none."""
MOST_WORK = 3e10
"""Multiply-accumulates that hypotheses may take: some ten seconds."""
PER_NUMBER = 4
"""What one number of a parameter costs that a hypothesis makes anew."""
FEW = 64
"""Numbers of a layer's parameters up to which what explains an error may be another thing than what made it."""
LARGE = 2**24
"""Numbers of a layer's parameters from which on making them anew takes long."""
CLOSER = 1e-2
"""How much of the error may be left for a hypothesis to be looked at more closely."""


def found_cause(
    run: Run, fault: Judged, side: str = "A", other: Stated | None = None
) -> tuple[Cause | None, tuple[str, ...]]:
    """What would make a layer equal, None if no hypothesis does; and which were not tried, as the layer is large.

    `side` is what the side with the network is called; `other` is what the other one says of the layer, if it does.
    """
    with computing():
        own = run.parameters(fault.node)
        hypotheses = _Hypotheses(fault, own, ALL_OPEN if other is None else _Open.beside(fault, own, other))
        said = () if other is None else stated.changes(fault.node, own, other, side)
        found = told(iter(said), hypotheses.makes_equal, side)
        return (found, ()) if found is not None else _guessed(run, hypotheses, side, other)


@dataclass(frozen=True)
class _Open:
    """What may be otherwise on the other side: nothing that it says is as ours."""

    fields: bool = True
    parameters: bool = True

    @classmethod
    def beside(cls, fault: Judged, own: Parameters, other: Stated) -> _Open:
        return cls(not other.same_layer(fault.node), not other.same_parameters(own))


ALL_OPEN = _Open()


def _guessed(
    run: Run, hypotheses: _Hypotheses, side: str, other: Stated | None
) -> tuple[Cause | None, tuple[str, ...]]:
    """The cause that a hypothesis finds, of a wrapper in the layer that it applies; and what was not tried."""
    fault, own = hypotheses.fault, hypotheses.own
    alone = each.by_itself(fault, own)
    if alone is None:
        found = _found(run, fault, hypotheses, side, other)
        return found, () if found is not None else tuple(hypotheses.untried)
    whole = hypotheses.within_bounds(("other inputs", flow.changes(run.network, fault.node, own)))
    inner = _Hypotheses(alone, own, hypotheses.may_be)
    found = told(whole, hypotheses.explains, side)
    found = found or each.within(_found(run, alone, inner, side, other))
    return found, () if found is not None else (*hypotheses.untried, *inner.untried)


def _found(run: Run, fault: Judged, hypotheses: _Hypotheses, side: str, other: Stated | None) -> Cause | None:
    own, may_be = hypotheses.own, hypotheses.may_be
    if fault.is_hidden:  # beneath rounding nothing else can be told
        return single.cause(fault, own) if may_be.parameters else None
    found = narrower.cause(fault, own)
    size = sum(array.size for array in own.values())
    if found is None and may_be.parameters and size > LARGE and one_channel(fault, own) is not None:
        found = single.cause(fault, own)  # what moves one channel alone is no other order of all parameters
    if found is None and may_be.parameters and 0 < size < FEW:
        found = _of_few(run, fault, hypotheses, side)
    found = found or told(_changes(run, fault, hypotheses), hypotheses.explains, side)
    if found is not None:
        return found
    if (np.isfinite(fault.got) != np.isfinite(fault.allowed.wanted)).any():
        return unsound.cause(fault, own, side)
    return (
        (vectors.cause(fault, own, side) if may_be.parameters else None)
        or (told(_with_numbers(fault, hypotheses), hypotheses.explains, side) if may_be.fields else None)
        or (ours.coarse(fault, own, side) if may_be.parameters else None)
        or quantized.cause(fault, own, other, side)
        or (single.cause(fault, own) if may_be.parameters else None)
        or ours.scaled(fault)
        or (ours.untrained(run, fault, own, side) if may_be.parameters else None)
    )


def _of_few(run: Run, fault: Judged, hypotheses: _Hypotheses, side: str) -> Cause | None:
    """A layer of few numbers is soon equal to another: all that explain the error are told, those of one number too."""

    def causes() -> Iterator[Cause | None]:
        alone = vectors.cause(fault, hypotheses.own, side) or single.cause(fault, hypotheses.own)
        some = each_told(_changes(run, fault, hypotheses), hypotheses.explains, side)
        first = next(some, None)
        if first is not None:  # else it stands behind what else is tried
            yield first
            yield alone
            yield from some

    return all_told(causes())


def _changes(run: Run, fault: Judged, hypotheses: _Hypotheses) -> Iterator[Change]:
    node, own, may_be = fault.node, hypotheses.own, hypotheses.may_be
    of_fields = (
        ("other fields", fields.changes(node, own)),
        ("other kinds", kinds.changes(node, own)),
        ("other numbers", numbers.changes(node, own, hypotheses.distance)),
    )
    of_parameters = (
        ("parameters in another order or type", parameters.changes(node, own)),
        ("parameters of other layers", parameters.of_others(run, node, own)),
    )
    is_whole = run.network.by_name[node.name] is node  # of the layer in a wrapper inputs are no tensors
    of_inputs = (("other inputs", flow.changes(run.network, node, own)),) if is_whole else ()
    return hypotheses.within_bounds(
        *(of_fields[:1] if may_be.fields else ()),
        *of_inputs,
        *(of_parameters if may_be.parameters else ()),
        *(of_fields[1:] if may_be.fields else ()),
    )


def _with_numbers(fault: Judged, hypotheses: _Hypotheses) -> Iterator[Change]:
    changes = kinds.with_numbers(fault.node, hypotheses.own, hypotheses.distance)
    return hypotheses.within_bounds(("other kinds with other numbers", changes))


class _Hypotheses:
    """What a layer might be on the other side, tried one after the other."""

    def __init__(self, fault: Judged, own: Parameters, may_be: _Open) -> None:
        self.fault, self.own, self.may_be = fault, own, may_be
        self.some = some_channels(fault)
        self.axis = channel_axis(fault.node)
        self.spent = 0.0
        self.untried: list[str] = []

    def within_bounds(self, *sorts: tuple[str, Iterator[Change]]) -> Iterator[Change]:
        """Changes of all sorts, until so much was computed as is worth it: then what sorts are left is kept."""
        for sort, changes in sorts:
            for change in changes:
                if self.spent > MOST_WORK:
                    self.untried.append(sort)
                    break
                yield change

    def distance(self, change: Change) -> float:
        """How far the layer with a change is from the other side, over how far it is without; infinite if it does not
        fit. Of a large layer that is seen from some of its channels.
        """
        if not self.fits(change) or self.spent > MOST_WORK:
            return math.inf
        layer, parameters, fault = change.layer, change.parameters, self.fault
        got, wanted, channels = fault.got, fault.allowed.wanted, fault.got.shape[self.axis]
        shapes = fault.node.input_shapes
        narrow = None if self.some is None else narrowed(layer, parameters, self.some, channels, shapes)
        if narrow is not None and self.some is not None:
            layer, parameters = narrow
            got, wanted = (np.take(array, self.some, self.axis) for array in (got, wanted))
        share = got.shape[self.axis] / channels
        self.spent += len(got) * fault.node.macs * share + PER_NUMBER * self.made(change.parameters, share)
        before = distance(wanted, got)
        after = distance(layer(list(change.inputs(list(fault.inputs))), parameters), got)
        return after / before if before else math.inf

    def made(self, parameters: Parameters, share: float) -> float:
        """How many numbers are made anew for it: of those that are rounded as many as are looked at."""
        if isinstance(parameters, Rounded):
            return share * sum(self.own[name].size for name in parameters.names)
        return sum(array.size for name, array in parameters.items() if array is not self.own.get(name))

    def explains(self, change: Change) -> bool:
        """Whether the layer is equal with a change: first roughly, then by what rounding allows."""
        if not self.distance(change) <= CLOSER:
            return False
        inputs = change.inputs(list(self.fault.inputs))
        allowed = budget(change.layer, inputs, dict(change.parameters), self.fault.dtype, self.fault.noise)
        return allowed.used(self.fault.got, channel_axis(self.fault.node)) <= 1

    def makes_equal(self, change: Change) -> bool:
        """Whether the layer is equal with what the other side says, however small the difference is."""
        if not self.fits(change):
            return False
        inputs, fault = change.inputs(list(self.fault.inputs)), self.fault
        parameters = dict(change.parameters)
        allowed = budget(change.layer, inputs, parameters, fault.dtype, fault.noise)
        node = replace(fault.node, layer=change.layer)
        return own_error(node, inputs, parameters, allowed, fault.got, hidden=fault.is_hidden)[0] <= 1

    def fits(self, change: Change) -> bool:
        """Whether the changed layer takes these inputs and parameters, and gives the same shape."""
        return change.output_shape(list(self.fault.inputs)) == self.fault.got.shape[1:]


def distance(one: Array, other: Array) -> float:
    """The root of the mean square of what two tensors have apart; NaN or infinity beside a number is far off."""
    with np.errstate(all="ignore"):
        apart = np.where(one == other, 0.0, one - other)
        apart[np.isnan(one) & np.isnan(other)] = 0.0
        apart[~np.isfinite(apart)] = FAR
        return float(np.sqrt(np.mean(apart**2)))
