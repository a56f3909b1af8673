"""The other side says float64, and computed in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.model import Cause
from dataflow_cli.diff.own import channel_axis

if TYPE_CHECKING:
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.shapes import Parameters


def cause(fault: Judged, parameters: Parameters) -> Cause | None:
    """Where float32 may err as much; Keras' products of matrices on PyTorch are such."""
    if fault.dtype != "float64":
        return None
    allowed = budget(fault.node.layer, list(fault.inputs), parameters, "float32", fault.noise)
    if allowed.used(fault.got, channel_axis(fault.node)) > 1:
        return None
    found = "the other side's numbers are float64, and its error is what float32 makes: it was computed in that"
    return Cause(found, "Compare both in float32")
