"""A parameter of one number a channel that is another: a bias, gamma, a mean, all or one of its numbers.

Each of its numbers moves one channel alone, so that all are sought at once, by Newton's method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.causes.parameters import ABSENT
from dataflow_cli.diff.model import Cause
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.shapes import Array, Parameters

ROUNDS = 24
"""Of Newton's method at most."""
STEP = 1e-4
"""By how much a number is moved to see what follows, of the largest."""
CLOSE = 1e-12
"""Of the largest: a step so small is the last."""
CHANGED = 1e-7
"""Of the largest: a number that is another by less is the same."""


@dataclass(frozen=True)
class _Found:
    """One parameter under whose other values the layer is equal."""

    name: str
    ours: Array
    theirs: Array

    @property
    def places(self) -> list[int]:
        """Where it is another."""
        return [int(at) for at in np.flatnonzero(_changed(self.ours, self.theirs))]

    @property
    def lacks(self) -> bool:
        """Whether ours has none."""
        absent = ABSENT.get(self.name)
        return absent is not None and bool((self.ours == absent).all())

    def said(self, side: str) -> str:
        if self.lacks and (len(self.places) > 1 or len(self.ours) == 1):
            largest = float(self.theirs[np.argmax(np.abs(self.theirs))])
            return f"{side} has a {self.name}, as the other side has; the largest is {largest:.6g}"
        if len(self.places) == 1:
            (at,) = self.places
            return f"{self.name}[{at}] is {self.theirs[at]:.6g}; it is {self.ours[at]:.6g}"
        return f"the {self.name} is another in {len(self.places)} of {len(self.ours)} channels"


def _changed(ours: Array, theirs: Array) -> Array:
    """Which numbers are others, and not the same but for rounding."""
    apart = np.abs(theirs - ours)
    changed: Array = apart > CHANGED * max(float(np.abs(ours).max()), float(apart.max()))
    return changed


def cause(fault: Judged, parameters: Parameters, side: str) -> Cause | None:
    """Which of the parameters is another; None where none alone explains the error."""
    channels = fault.got.shape[channel_axis(fault.node)]
    if fault.got.size // channels < 2:  # one number of each channel: any parameter would do
        return None
    tried = [_sought(fault, parameters, name) for name, array in parameters.items() if array.shape == (channels,)]
    if "bias" not in parameters and "use_bias" in type(fault.node.layer).options():
        tried.append(_sought(fault, parameters, "bias"))
    found = sorted((each for each in tried if each is not None), key=lambda each: (len(each.places), not each.lacks))
    if not found:
        return None
    names = " and ".join(each.name for each in found)
    others = "".join(f", or if {each.said(side)}" for each in found[1:])
    untold = ": these values do not tell" if others else ""
    return Cause(
        f"equal if {found[0].said(side)}{others}{untold}", f"Compare {names} of both sides, and how it is loaded"
    )


def _sought(fault: Judged, parameters: Parameters, name: str) -> _Found | None:
    from dataclasses import replace

    layer, axis = fault.node.layer, channel_axis(fault.node)
    if name not in parameters:
        layer = replace(layer, use_bias=True)  # type: ignore[call-arg]  # of the kinds that have the field
    ours = parameters.get(name, np.zeros(fault.got.shape[axis]))
    theirs = ours + _constants(fault, parameters) if name == "bias" else ours.copy()
    others = tuple(i for i in range(fault.got.ndim) if i != axis % fault.got.ndim)
    size = np.abs(ours).max() or 1.0
    last = theirs
    with np.errstate(all="ignore"):
        for _ in range(ROUNDS):
            now = layer(list(fault.inputs), {**parameters, name: theirs})
            sound = np.isfinite(now).all(others)
            slope = (layer(list(fault.inputs), {**parameters, name: theirs + STEP * size}) - now) / (STEP * size)
            by = np.sum(slope * (fault.got - now), others) / np.sum(slope**2, others)
            by = np.where(np.isfinite(by), by, 0.0)
            last, theirs = np.where(sound, theirs, last), np.where(sound, theirs + by, (theirs + last) / 2)
            if np.abs(theirs - last).max() <= CLOSE * size:
                break
    if not np.isfinite(theirs).all():
        return None
    theirs = np.where(_changed(ours, theirs), theirs, ours)
    allowed = budget(layer, list(fault.inputs), {**parameters, name: theirs}, fault.dtype, fault.noise)
    return _Found(name, ours, theirs) if allowed.used(fault.got, axis) <= 1 else None


def _constants(fault: Judged, parameters: Parameters) -> Array:
    """What every channel of the other side has more before the activation, as far as that lets see."""
    layer, axis = fault.node.layer, channel_axis(fault.node)
    function = layer.result_activation
    if function is None or function.function_of_elements is None:
        return np.zeros(fault.got.shape[axis])
    handed = (fault.got != 0) & (function([fault.got.copy()], {}) == fault.got)
    apart = np.where(handed, fault.got - layer.forward(list(fault.inputs), parameters), np.nan)
    of_channels = np.moveaxis(apart, axis, -1).reshape(-1, fault.got.shape[axis])
    seen = ~np.isnan(of_channels).all(axis=0)
    found = np.zeros(of_channels.shape[1])
    found[seen] = np.nanmedian(of_channels[:, seen], axis=0)
    return found
