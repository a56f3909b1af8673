"""What the other side computes, or what it computes with, stands in equal steps, as numbers of int8 do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.causes.apart import apart
from dataflow_cli.diff.causes.told import beside
from dataflow_cli.diff.model import Cause
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.diff.causes.stated import Stated
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.shapes import Array, Parameters

LEVELS = 256
MANY = 3
"""Times as many elements as levels, at least: a level is met again and again."""
WITHIN = 8
"""Steps that weights and inputs of 8 bits may make of an error."""
EQUAL = 1e-3
"""Of a step: how even they are."""


def cause(fault: Judged, own: Parameters, other: Stated | None, side: str) -> Cause | None:
    """Results in steps, where the error is a few of them; or a parameter that was rounded to steps.

    `side` is what ours is called; `other` is what the other side says of the layer, if it does.
    """
    found = _of_results(fault)
    if found is None and other is not None:
        there, theirs = beside(side), other.parameters
        names = apart(own, theirs)
        found = _of_parameters(names, own, theirs, (side, there)) or _of_parameters(names, theirs, own, (there, side))
    return found if found is None else Cause(found, "Compare what each layer loses with --all")


def _of_results(fault: Judged) -> str | None:
    got = fault.got
    step = _step(got, min(LEVELS, got.size // MANY))
    if step is None:
        return None
    farthest = float(np.abs(got - fault.allowed.wanted).max()) / step
    if farthest > WITHIN:
        return None
    return (
        f"the other side's numbers stand in steps of {step:.4g}, as 8 bits have them; "
        f"the error is up to {farthest:.2g} steps"
    )


def _of_parameters(names: list[str], exact: Parameters, rounded: Parameters, sides: tuple[str, str]) -> str | None:
    """The first parameter of a side that the other side has rounded to steps: all of it, or each channel by itself."""
    side, other = sides
    for name in names:
        channels = [(exact[name], rounded[name]), *zip(exact[name].T, rounded[name].T, strict=True)]
        steps = [_rounded_to(*pair) for pair in channels]
        if steps[0] is not None:
            return f"{other} has the {name} of {side} in steps of {steps[0]:.4g}, as 8 bits have them"
        by_channel = [step for step in steps[1:] if step is not None]
        if len(by_channel) == len(steps) - 1:
            largest = max(by_channel)
            return f"{other} has the {name} of {side} in steps of up to {largest:.4g} by channel, as 8 bits have them"
    return None


def _rounded_to(exact: Array, rounded: Array) -> float | None:
    step = _step(rounded, LEVELS)
    if step is None or np.abs(exact - rounded).max() > step * (1 / 2 + EQUAL):
        return None
    return step


def _step(array: Array, most: int) -> float | None:
    """How far apart the numbers of an array are; None where they are more than `most`, or not even."""
    levels = np.unique(array)
    if not 2 < len(levels) <= most or not np.isfinite(levels).all():
        return None
    step = float(np.diff(levels).min())
    places = (levels - levels[0]) / step
    even = np.abs(places - np.rint(places)).max() <= EQUAL * LEVELS and places[-1] <= LEVELS
    return step if even else None
