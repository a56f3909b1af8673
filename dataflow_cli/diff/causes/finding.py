"""Finds why a layer differs: the hypothesis under which it does not."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.causes import (
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
from dataflow_cli.diff.causes.told import told
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
        found = told(iter(said), hypotheses.makes_equal, side) or _found(run, fault, hypotheses, side, other)
    return found, () if found is not None else tuple(hypotheses.untried)


@dataclass(frozen=True)
class _Open:
    """What may be otherwise on the other side: nothing that it says is as ours."""

    fields: bool = True
    parameters: bool = True

    @classmethod
    def beside(cls, fault: Judged, own: Parameters, other: Stated) -> _Open:
        return cls(not other.same_layer(fault.node), not other.same_parameters(own))


ALL_OPEN = _Open()


def _found(run: Run, fault: Judged, hypotheses: _Hypotheses, side: str, other: Stated | None) -> Cause | None:
    own, may_be = hypotheses.own, hypotheses.may_be
    if fault.is_hidden:  # beneath rounding nothing else can be told
        return single.cause(fault, own) if may_be.parameters else None
    found = narrower.cause(fault, own)
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
    return hypotheses.within_bounds(
        *(of_fields[:1] if may_be.fields else ()),
        ("other inputs", flow.changes(run.network, node, own)),
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
        self.before = distance(fault.allowed.wanted, fault.got)
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
        """How far the layer with a change is from the other side; infinite if it does not fit."""
        if not self.fits(change) or self.spent > MOST_WORK:
            return math.inf
        self.spent += _work(self.fault, change)
        return distance(change.layer(list(change.inputs(list(self.fault.inputs))), change.parameters), self.fault.got)

    def explains(self, change: Change) -> bool:
        """Whether the layer is equal with a change: first roughly, then by what rounding allows."""
        if not self.distance(change) <= CLOSER * self.before:
            return False
        inputs = change.inputs(list(self.fault.inputs))
        allowed = budget(change.layer, inputs, change.parameters, self.fault.dtype, self.fault.noise)
        return allowed.used(self.fault.got, channel_axis(self.fault.node)) <= 1

    def makes_equal(self, change: Change) -> bool:
        """Whether the layer is equal with what the other side says, however small the difference is."""
        if not self.fits(change):
            return False
        inputs, fault = change.inputs(list(self.fault.inputs)), self.fault
        allowed = budget(change.layer, inputs, change.parameters, fault.dtype, fault.noise)
        node = replace(fault.node, layer=change.layer)
        return own_error(node, inputs, change.parameters, allowed, fault.got, hidden=fault.is_hidden)[0] <= 1

    def fits(self, change: Change) -> bool:
        """Whether the changed layer takes these inputs and parameters, and gives the same shape."""
        return change.output_shape(list(self.fault.inputs)) == self.fault.got.shape[1:]


def _work(fault: Judged, change: Change) -> float:
    """What a hypothesis costs, in multiply-accumulates: a number of a parameter takes as long to read as PER_NUMBER."""
    return float(len(fault.got) * fault.node.macs + PER_NUMBER * sum(map(np.size, change.parameters.values())))


def distance(one: Array, other: Array) -> float:
    """The root of the mean square of what two tensors have apart; NaN or infinity beside a number is far off."""
    with np.errstate(all="ignore"):
        apart = np.where(one == other, 0.0, one - other)
        apart[np.isnan(one) & np.isnan(other)] = 0.0
        apart[~np.isfinite(apart)] = FAR
        return float(np.sqrt(np.mean(apart**2)))
