"""Finds why a layer differs: the hypothesis under which it does not."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.causes import fields, flow, ours, parameters, single
from dataflow_cli.diff.model import Cause
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.errors import LayerError
from dataflow_cli.kernels.running.settings import computing
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.diff.causes.change import Change
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.diff.run import Run
    from dataflow_cli.shapes import Array

CLOSER = 1e-2
"""How much of the error may be left for a hypothesis to be looked at more closely."""


def found_cause(run: Run, fault: Judged, side: str = "A") -> Cause | None:
    """What would make a layer equal; None if no hypothesis does. `side` is what the side with the network is called."""
    with computing():
        before = _distance(fault.allowed.wanted, fault.got)
        for change in _changes(run, fault):
            if _explains(fault, change, before):
                return Cause(f"equal if {change.found.format(side=side)}", change.advice)
        own = run.parameters(fault.node)
        return single.cause(fault, own) or ours.cause(fault, own, side)


def _changes(run: Run, fault: Judged) -> Iterator[Change]:
    own = run.parameters(fault.node)
    return chain(
        fields.changes(fault.node, own),
        flow.changes(run.network, fault.node, own),
        parameters.changes(fault.node, own),
    )


def _explains(fault: Judged, change: Change, before: float) -> bool:
    """Whether the layer is equal with a change: first roughly, then by what rounding allows."""
    inputs = change.inputs(list(fault.inputs))
    if not _fits(fault, change):
        return False
    if not _distance(change.layer(list(inputs), change.parameters), fault.got) <= CLOSER * before:
        return False
    allowed = budget(change.layer, inputs, change.parameters, fault.dtype, fault.noise)
    return allowed.used(fault.got, channel_axis(fault.node)) <= 1


def _fits(fault: Judged, change: Change) -> bool:
    """Whether the changed layer takes these inputs and parameters, and gives the same shape."""
    shapes = fault.node.input_shapes
    try:
        if tuple(change.layer.output_shape(shapes)) != fault.got.shape[1:]:
            return False
        wanted = change.layer.parameters(shapes)
    except LayerError:
        return False
    has = change.parameters
    return all(name in has and has[name].shape == parameter.shape for name, parameter in wanted.items())


def _distance(one: Array, other: Array) -> float:
    with np.errstate(all="ignore"):
        apart = np.where(one == other, 0.0, one - other)
        apart[np.isnan(one) & np.isnan(other)] = 0.0
        return float(np.sqrt(np.mean(apart**2)))
