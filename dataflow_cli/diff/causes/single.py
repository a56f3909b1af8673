"""One number that is another: a bias, or a weight, that the error of one channel leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.model import Cause
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflow_cli.diff.own import Judged
    from dataflow_cli.shapes import Array, Parameters, Shape

MOST_TRIED = 5000
"""Weights of one channel that are tried one by one."""
LEFT = 1e-2
"""How much of the error one number may leave."""


def cause(fault: Judged, parameters: Parameters) -> Cause | None:
    """Which one number is another; None where not one channel alone differs, or none explains it."""
    if not fault.node.layer.sums_products or "kernel" not in parameters:
        return None
    wrong = _wrong_channels(fault, channel_axis(fault.node))
    found = _Channel.of(fault, parameters, wrong[0]) if len(wrong) == 1 else None
    if found is None:
        return None
    for name, at in _candidates(parameters, found.number):
        by = found.change(name, at)
        if by is not None:
            ours = float(parameters[name][at])
            where = f"{name}[{', '.join(map(str, at))}]"
            return Cause(f"equal if {where} is {ours + by:.6g}; it is {ours:.6g}", f"Compare {where} of both sides")
    return None


def _wrong_channels(fault: Judged, axis: int) -> list[int]:
    """The channels that lie beyond what rounding explains."""
    outside = fault.allowed.outside(fault.got)
    others = tuple(i for i in range(outside.ndim) if i != axis % outside.ndim)
    return [int(channel) for channel in np.flatnonzero(outside.any(axis=others))]


def _candidates(parameters: Parameters, channel: int) -> Iterator[tuple[str, Shape]]:
    """The bias of a channel, then its weights."""
    if "bias" in parameters:
        yield "bias", (channel,)
    kernel = parameters["kernel"]
    if kernel.size // kernel.shape[-1] <= MOST_TRIED and channel < kernel.shape[-1]:
        for at in np.ndindex(kernel.shape[:-1]):
            yield "kernel", (*at, channel)


@dataclass(frozen=True)
class _Channel:
    """The one channel that differs, where the activation hands on what it gets."""

    fault: Judged
    parameters: Parameters
    number: int
    active: Array
    """Which of its elements both sides hand on."""

    @classmethod
    def of(cls, fault: Judged, parameters: Parameters, number: int) -> _Channel | None:
        axis, layer = channel_axis(fault.node), fault.node.layer
        wanted, got = (np.take(x, number, axis) for x in (fault.allowed.wanted, fault.got))
        function = layer.result_activation
        if function is None:
            return cls(fault, parameters, number, np.ones(wanted.shape, bool))
        before = np.take(layer.forward(list(fault.inputs), parameters), number, axis)
        handed = (before == wanted) & (got != 0) & (function([got.copy()], {}) == got)
        return cls(fault, parameters, number, handed) if handed.any() else None

    @property
    def error(self) -> Array:
        axis = channel_axis(self.fault.node)
        wanted, got = (np.take(x, self.number, axis) for x in (self.fault.allowed.wanted, self.fault.got))
        error: Array = (got - wanted)[self.active]
        return error

    def change(self, name: str, at: Shape) -> float | None:
        """By how much one number is another, if that explains all of the error."""
        slope, error = self.slope(name, at), self.error
        length = float(slope @ slope)
        if not length or (len(slope) < 2 and name != "bias"):
            return None
        by = float(slope @ error) / length
        if np.abs(error - by * slope).max() > LEFT * np.abs(error).max():
            return None
        changed = {**self.parameters, name: self.parameters[name].copy()}
        changed[name][at] += by
        fault = self.fault
        allowed = budget(fault.node.layer, list(fault.inputs), changed, fault.dtype, fault.noise)
        return by if allowed.used(fault.got, channel_axis(fault.node)) <= 1 else None

    def slope(self, name: str, at: Shape) -> Array:
        """How the channel's elements change with one number."""
        one = {key: np.zeros_like(array) for key, array in self.parameters.items()}
        one[name][at] = 1.0
        slope = self.fault.node.layer.forward(list(self.fault.inputs), one)
        found: Array = np.take(slope, self.number, channel_axis(self.fault.node))[self.active]
        return found
