"""The other side's numbers are few, and stand in equal steps, as those of int8 do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.model import Cause
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.diff.own import Judged

LEVELS = 256
MANY = 3
"""Times as many elements as levels, at least: a level is met again and again."""
WITHIN = 8
"""Steps that weights and inputs of 8 bits may make of an error."""
EQUAL = 1e-3
"""Of a step: how even they are."""


def cause(fault: Judged) -> Cause | None:
    """Numbers in steps, where the error is a few of them."""
    got = fault.got
    levels = np.unique(got)
    if not 2 < len(levels) <= min(LEVELS, got.size // MANY) or not np.isfinite(levels).all():
        return None
    step = float(np.diff(levels).min())
    places = (levels - levels[0]) / step
    if np.abs(places - np.rint(places)).max() > EQUAL * LEVELS or places[-1] > LEVELS:
        return None
    apart = float(np.abs(got - fault.allowed.wanted).max()) / step
    if apart > WITHIN:
        return None
    found = (
        f"the other side's numbers stand in steps of {step:.4g}, as 8 bits have them; the error is up to {apart:.2g}"
    )
    return Cause(f"{found} steps", "Compare what each layer loses with --all")
