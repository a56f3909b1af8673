"""A parameter of one number a channel that is another: a bias, gamma, a mean, all or one of its numbers.

Each of its numbers moves one channel alone, so that all are sought at once, by Newton's method.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.causes.parameters import ABSENT
from dataflow_cli.diff.model import Cause
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.shapes import Array, Parameters

ROUNDS = 24
"""Of Newton's method at most."""
STEP = 1e-4
"""By how much a number is moved to see what follows, of the largest."""
SURE = 1e-4
"""Of what elements may err on the average: those that may err less count so much more, up to this."""
CLOSE = 1e-12
"""Of the largest: a step so small is the last."""
CHANGED = (1e-4, 1e-5, 1e-6, 1e-7, 0.0)
"""Of the largest: a number that is another by less is the same, if the layer is equal then."""


@dataclass(frozen=True)
class _Found:
    """One parameter under whose other values the layer is equal."""

    name: str
    ours: Array
    theirs: Array

    @property
    def places(self) -> list[int]:
        """Where it is another."""
        return [int(at) for at in np.flatnonzero(self.theirs != self.ours)]

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


def cause(fault: Judged, parameters: Parameters, side: str) -> Cause | None:
    """Which of the parameters is another; None where none alone explains the error."""
    channels = fault.got.shape[channel_axis(fault.node)]
    if fault.got.size // channels < 2:  # one number of each channel: any parameter would do
        return None
    tried = [_sought(fault, parameters, name) for name, array in parameters.items() if array.shape == (channels,)]
    if "bias" not in parameters and _may_have_bias(fault, channels):
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


def _may_have_bias(fault: Judged, channels: int) -> bool:
    """Whether the layer could have one number a channel as a bias."""
    layer: Any = fault.node.layer
    if "use_bias" not in type(layer).options():
        return False
    bias = replace(layer, use_bias=True).parameters(fault.node.input_shapes).get("bias")
    return bias is not None and bias.shape == (channels,)


def _sought(fault: Judged, parameters: Parameters, name: str) -> _Found | None:
    layer: Any = fault.node.layer  # without a bias it is of the kinds that have the field
    tried = _Vector(fault, layer if name in parameters else replace(layer, use_bias=True), parameters, name)
    channels = fault.got.shape[channel_axis(fault.node)]
    ours = parameters.get(name, np.zeros(channels))
    exact = tried.solved(ours + _constants(fault, parameters) if name == "bias" else ours.copy())
    if not np.isfinite(exact).all():
        return None
    largest = max(float(np.abs(ours).max()), float(np.abs(exact - ours).max()))
    for limit in CHANGED:  # the fewest numbers that explain it
        theirs = np.where(np.abs(exact - ours) > limit * largest, exact, ours)
        if tried.explains(theirs):
            return _Found(name, ours, theirs)
    return None


@dataclass(frozen=True)
class _Vector:
    """The layer with one of its parameters otherwise."""

    fault: Judged
    layer: Layer
    parameters: Parameters
    name: str

    def solved(self, theirs: Array) -> Array:
        """The numbers that bring each channel nearest to the other side's, from a first guess."""
        got, axis = self.fault.got, channel_axis(self.fault.node)
        others = tuple(i for i in range(got.ndim) if i != axis % got.ndim)
        size, last = float(np.abs(theirs).max()) or 1.0, theirs
        element = self.fault.allowed.element
        weight = 1.0 / (element + SURE * np.mean(element)) ** 2
        with np.errstate(all="ignore"):
            for _ in range(ROUNDS):
                now = self.output(theirs)
                sound = np.isfinite(now).all(others)
                slope = (self.output(theirs + STEP * size) - now) / (STEP * size)
                by = np.sum(weight * slope * (got - now), others) / np.sum(weight * slope**2, others)
                by = np.where(np.isfinite(by), by, 0.0)
                last, theirs = np.where(sound, theirs, last), np.where(sound, theirs + by, (theirs + last) / 2)
                if np.abs(theirs - last).max() <= CLOSE * size:
                    break
        return theirs

    def output(self, theirs: Array) -> Array:
        return self.layer(list(self.fault.inputs), {**self.parameters, self.name: theirs})

    def explains(self, theirs: Array) -> bool:
        given, fault = {**self.parameters, self.name: theirs}, self.fault
        allowed = budget(self.layer, list(fault.inputs), given, fault.dtype, fault.noise)
        return allowed.used(fault.got, channel_axis(fault.node)) <= 1


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
