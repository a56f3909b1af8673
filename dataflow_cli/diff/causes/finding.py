"""Finds why a layer differs: the hypothesis under which it does not."""

from __future__ import annotations

import math
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
    unsound,
    vectors,
)
from dataflow_cli.diff.causes.told import told
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.errors import LayerError
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.diff.causes.change import Change
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


def found_cause(run: Run, fault: Judged, side: str = "A") -> tuple[Cause | None, tuple[str, ...]]:
    """What would make a layer equal, None if no hypothesis does; and which were not tried, as the layer is large.

    `side` is what the side with the network is called.
    """
    with computing():
        hypotheses = _Hypotheses(fault)
        found = _found(run, fault, hypotheses, side)
    return found, () if found is not None else tuple(hypotheses.untried)


def _found(run: Run, fault: Judged, hypotheses: _Hypotheses, side: str) -> Cause | None:
    own = run.parameters(fault.node)
    if fault.is_hidden:  # beneath rounding nothing else can be told
        return single.cause(fault, own)
    found = narrower.cause(fault, own) or told(_changes(run, fault, own, hypotheses), hypotheses.explains, side)
    if found is not None:
        return found
    if (np.isfinite(fault.got) != np.isfinite(fault.allowed.wanted)).any():
        return unsound.cause(fault, own, side)
    return (
        vectors.cause(fault, own, side)
        or told(_with_numbers(fault, own, hypotheses), hypotheses.explains, side)
        or ours.coarse(fault, own, side)
        or quantized.cause(fault)
        or single.cause(fault, own)
        or ours.scaled(fault)
        or ours.untrained(run, fault, own, side)
    )


def _changes(run: Run, fault: Judged, own: Parameters, hypotheses: _Hypotheses) -> Iterator[Change]:
    node = fault.node
    return hypotheses.within_bounds(
        ("other fields", fields.changes(node, own)),
        ("other inputs", flow.changes(run.network, node, own)),
        ("parameters in another order or type", parameters.changes(node, own)),
        ("parameters of other layers", parameters.of_others(run, node, own)),
        ("other kinds", kinds.changes(node, own)),
        ("other numbers", numbers.changes(node, own, hypotheses.distance)),
    )


def _with_numbers(fault: Judged, own: Parameters, hypotheses: _Hypotheses) -> Iterator[Change]:
    changes = kinds.with_numbers(fault.node, own, hypotheses.distance)
    return hypotheses.within_bounds(("other kinds with other numbers", changes))


class _Hypotheses:
    """What a layer might be on the other side, tried one after the other."""

    def __init__(self, fault: Judged) -> None:
        self.fault = fault
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

    def fits(self, change: Change) -> bool:
        """Whether the changed layer takes these inputs and parameters, and gives the same shape."""
        shapes = self.fault.node.input_shapes
        try:
            if tuple(change.layer.output_shape(shapes)) != self.fault.got.shape[1:]:
                return False
            wanted = change.layer.parameters(shapes)
        except LayerError:
            return False
        has = change.parameters
        return all(name in has and has[name].shape == parameter.shape for name, parameter in wanted.items())


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
