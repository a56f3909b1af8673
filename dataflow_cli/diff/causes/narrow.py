"""A layer of which one channel alone is off, as a layer of that one channel: what is tried costs so much less."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflow_cli.diff.budget import Budget
from dataflow_cli.diff.causes.roundings import before_rounding, columns
from dataflow_cli.diff.own import channel_axis
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.shapes import Array, Parameters, Shapes

COUNTS = ("filters", "units")
"""Fields that say how many channels come out, each of a column of the kernel."""


MOST_ERRING, SPREAD = 16, 8
"""Channels of a large layer that a hypothesis is tried on first: those that err most, and some of all."""


def some_channels(fault: Judged) -> Array | None:
    """The channels that tell most; None of a layer of not so many, which are all tried."""
    axis = channel_axis(fault.node)
    channels = fault.got.shape[axis]
    if channels < 2 * (MOST_ERRING + SPREAD):
        return None
    with np.errstate(all="ignore"):
        error = np.nan_to_num(np.abs(fault.got - fault.allowed.wanted), nan=np.inf)
        size = np.moveaxis(error, axis, -1).reshape(-1, channels).max(axis=0)
    found: Array = np.union1d(np.argsort(-size)[:MOST_ERRING], np.linspace(0, channels - 1, SPREAD).astype(int))
    return found


def narrowed(
    layer: Any, parameters: Parameters, some: Array, channels: int, inputs: Shapes
) -> tuple[Layer, Parameters] | None:
    """A layer of some of its channels alone; None for one whose channels are not independent columns of a kernel."""
    counted = [name for name in COUNTS if name in type(layer).options()]
    function = layer.result_activation
    if not layer.sums_products or not counted or getattr(layer, "groups", 1) != 1:
        return None
    if function is not None and function.function_of_elements is None:
        return None
    ends = {array.shape[-1] for array in before_rounding(parameters).values()}
    if getattr(layer, counted[0]) != channels or ends - {channels}:
        return None
    cut = columns(parameters, some)
    narrow = replace(layer, **{counted[0]: len(some)})
    return (narrow, cut) if _takes(narrow, cut, inputs) else None


def _takes(layer: Layer, parameters: Parameters, inputs: Shapes) -> bool:
    """Whether a layer takes these parameters: those of a transposed convolution have their channels elsewhere."""
    wanted = {name: parameter.shape for name, parameter in layer.parameters(inputs).items()}
    return wanted == {name: parameters[name].shape for name in wanted if name in parameters}


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
    alone = {name: cut(array, -1) for name, array in parameters.items()}
    return (narrow, alone, int(channel)) if _takes(narrow.node.layer, alone, node.input_shapes) else None


def _off(fault: Judged, axis: int) -> Array:
    """The channels that are off: that of the weight under suspicion, else those with elements outside."""
    if fault.suspect is not None and fault.is_hidden:
        return np.array(fault.suspect.at[-1:])
    others = tuple(i for i in range(fault.got.ndim) if i != axis)
    found: Array = np.flatnonzero(fault.allowed.outside(fault.got).any(axis=others))
    return found
