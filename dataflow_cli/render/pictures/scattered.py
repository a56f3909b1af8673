"""Samples of a trace as points, and behind them what its network answers: it is asked, if it can be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.explain.origin import known_origin
from dataflow_cli.render.pictures.scatter import corners, scatter_picture
from dataflow_cli.run.decision_regions import decision_regions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataflow_cli.render.pictures.model import Picture
    from dataflow_cli.shapes import Array
    from dataflow_cli.trace.model import Trace
    from dataflow_cli.weights.model import Weights


def scattered(
    trace: Trace, names: Sequence[str], labels: Array | None, weights: Weights | str | Path | None = None
) -> Picture:
    """Points of two values, and behind those of the input what the network answers, if that can be found out."""
    regions = None
    inputs = [name for name in names if trace.step(name).is_input]
    origin = known_origin(trace, weights)
    if inputs and origin:
        low, high = corners(trace.value(inputs[0]))
        regions = decision_regions(*origin, low, high, dtype=trace.dtype)
    return scatter_picture(trace, names, labels, regions)
