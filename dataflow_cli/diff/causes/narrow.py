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
    off = np.flatnonzero(
        fault.allowed.outside(fault.got).any(axis=tuple(i for i in range(fault.got.ndim) if i != axis))
    )
    if not layer.sums_products or not counted or len(off) != 1 or getattr(layer, "groups", 1) != 1:
        return None
    (channel,), channels = off, fault.got.shape[axis]
    if any(array.shape[-1] != channels for array in parameters.values()):
        return None

    def cut(array: Array, along: int) -> Array:
        return np.take(array, [channel], along)

    allowed = fault.allowed
    spread = None if allowed.spread is None else cut(allowed.spread, axis)
    narrow = replace(
        fault,
        node=replace(
            node,
            layer=replace(layer, **{counted[0]: 1}),
            output_shape=tuple(1 if i == axis - 1 else n for i, n in enumerate(node.output_shape)),
            macs=node.macs // channels,
        ),
        got=cut(fault.got, axis),
        allowed=Budget(cut(allowed.wanted, axis), cut(allowed.element, axis), spread),
    )
    return narrow, {name: cut(array, -1) for name, array in parameters.items()}, int(channel)
