"""Finds why a layer differs: the hypothesis under which it does not."""

from __future__ import annotations

import math
from itertools import chain
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
CLOSER = 1e-2
"""How much of the error may be left for a hypothesis to be looked at more closely."""


def found_cause(run: Run, fault: Judged, side: str = "A") -> Cause | None:
    """What would make a layer equal; None if no hypothesis does. `side` is what the side with the network is called."""
    with computing():
        hypotheses = _Hypotheses(fault)
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
            or told(kinds.with_numbers(fault.node, own, hypotheses.distance), hypotheses.explains, side)
            or ours.coarse(fault, own, side)
            or quantized.cause(fault)
            or single.cause(fault, own)
            or ours.scaled(fault)
            or ours.untrained(run, fault, own, side)
        )


def _changes(run: Run, fault: Judged, own: Parameters, hypotheses: _Hypotheses) -> Iterator[Change]:
    return chain(
        fields.changes(fault.node, own),
        flow.changes(run.network, fault.node, own),
        parameters.changes(fault.node, own),
        parameters.of_others(run, fault.node, own),
        kinds.changes(fault.node, own),
        numbers.changes(fault.node, own, hypotheses.distance),
    )


class _Hypotheses:
    """What a layer might be on the other side, tried one after the other."""

    def __init__(self, fault: Judged) -> None:
        self.fault = fault
        self.before = distance(fault.allowed.wanted, fault.got)

    def distance(self, change: Change) -> float:
        """How far the layer with a change is from the other side; infinite if it does not fit."""
        if not self.fits(change):
            return math.inf
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


def distance(one: Array, other: Array) -> float:
    """The root of the mean square of what two tensors have apart; NaN or infinity beside a number is far off."""
    with np.errstate(all="ignore"):
        apart = np.where(one == other, 0.0, one - other)
        apart[np.isnan(one) & np.isnan(other)] = 0.0
        apart[~np.isfinite(apart)] = FAR
        return float(np.sqrt(np.mean(apart**2)))
