"""A layer whose output has another shape: the field under which it has that shape, and those numbers."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.causes import fields, kinds, stated
from dataflow_cli.diff.causes.told import told
from dataflow_cli.diff.layouts import layouts
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.kernels.running.settings import computing

if TYPE_CHECKING:
    from dataflow_cli.diff.causes.change import Change
    from dataflow_cli.diff.causes.stated import Stated
    from dataflow_cli.diff.model import Cause
    from dataflow_cli.diff.own import Misshapen
    from dataflow_cli.shapes import Parameters


def cause_of_shape(fault: Misshapen, parameters: Parameters, side: str, other: Stated | None = None) -> Cause | None:
    """What gives a layer the other side's shape and numbers; None if nothing that is known does. What the `other` says
    of the layer comes first.
    """
    with computing():
        said = () if other is None else stated.changes(fault.node, parameters, other, side)
        tried = chain(said, fields.changes(fault.node, parameters), kinds.changes(fault.node, parameters))
        return told(tried, lambda change: _explains(fault, change), side)


def _explains(fault: Misshapen, change: Change) -> bool:
    shape = change.output_shape(list(fault.inputs))
    ways = [] if shape is None else [*layouts(fault.got.shape, (len(fault.inputs[0]), *shape))]
    if not ways:
        return False
    allowed = budget(change.layer, list(fault.inputs), change.parameters, fault.dtype, fault.noise)
    return any(allowed.used(way.ours(fault.got), channel_axis(fault.node)) <= 1 for way in ways)
