"""A layer of which one channel alone is off, as a layer of that one channel: what is tried costs so much less."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.diff.budget import Budget
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.shapes import Array, Parameters

COUNTS = ("filters", "units")
"""Fields that say how many channels come out, each of a column of the kernel."""


def one_channel(fault: Judged, parameters: Parameters) -> tuple[Judged, Parameters, int] | None:
    """The channel that is off by itself, with its parameters and its number; None if there are several, or no such."""
    node, axis = fault.node, channel_axis(fault.node) % fault.got.ndim
    layer: Any = node.layer
    counted = [name for name in COUNTS if name in type(layer).options()]
    off = _off(fault, axis)
    if not layer.sums_products or not counted or len(off) != 1 or getattr(layer, "groups", 1) != 1:
        return None
    (channel,), channels = off, fault.got.shape[axis]
    if any(array.shape[-1] != channels for array in parameters.values()):
        return None

    def cut(array: Array, along: int) -> Array:
        return np.take(array, [channel], along)

    allowed = fault.allowed
    spread, slope = (None if each is None else cut(each, axis) for each in (allowed.spread, allowed.slope))
    narrow = replace(
        fault,
        node=replace(
            node,
            layer=replace(layer, **{counted[0]: 1}),
            output_shape=tuple(1 if i == axis - 1 else n for i, n in enumerate(node.output_shape)),
            macs=node.macs // channels,
        ),
        got=cut(fault.got, axis),
        allowed=Budget(cut(allowed.wanted, axis), cut(allowed.element, axis), spread, slope),
    )
    return narrow, {name: cut(array, -1) for name, array in parameters.items()}, int(channel)


def _off(fault: Judged, axis: int) -> Array:
    """The channels that are off: that of the weight under suspicion, else those with elements outside."""
    if fault.suspect is not None and fault.is_hidden:
        return np.array(fault.suspect.at[-1:])
    others = tuple(i for i in range(fault.got.ndim) if i != axis)
    found: Array = np.flatnonzero(fault.allowed.outside(fault.got).any(axis=others))
    return found
