"""A layer that a wrapper applies to every part of its inputs, as that layer by itself: all parts are samples of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import budget
from dataflow_cli.diff.noise import Noise
from dataflow_cli.diff.own import own_error
from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField

if TYPE_CHECKING:
    from dataflow_cli.diff.model import Cause
    from dataflow_cli.diff.own import Judged
    from dataflow_cli.shapes import Array, Parameters

WITHIN = "Write `"
"""What advice begins with that names a field."""


def by_itself(fault: Judged, parameters: Parameters) -> Judged | None:
    """The fault as one of the layer in the wrapper; None if it is none of a wrapper.

    Rounding may hide more of a wrapper than of the layer in it: a weight that is found in the layer is suspected.
    """
    node, inner = fault.node, fault.node.layer.applied_to_each
    if inner is None:
        return None
    shape, got, inputs = node.output_shape[1:], _beside(fault.got), [_beside(x) for x in fault.inputs]
    first = len(shape) > 1 and inner.channels_axis(len(shape)) == 0
    node = replace(
        node,
        layer=inner,
        input_shapes=tuple(each[1:] for each in node.input_shapes),
        output_shape=shape,
        macs=node.macs // node.output_shape[0],
        receptive_fields={node.name: ReceptiveField.of_input(len(shape), channels_first=first)},
    )
    noise = tuple(None if each is None else _noise(each) for each in fault.noise)
    allowed = budget(inner, inputs, parameters, fault.dtype, noise)
    own, suspect = own_error(node, inputs, parameters, allowed, got)
    alone = replace(
        fault, node=node, got=got, inputs=tuple(inputs), noise=noise, allowed=allowed, own=own, suspect=suspect
    )
    return by_itself(alone, parameters) or alone


def within(cause: Cause | None) -> Cause | None:
    """A cause in the layer as one in the wrapper: its fields stand in `layer`."""
    if cause is None or not cause.advice.startswith(WITHIN):
        return cause
    return replace(cause, advice=f"{cause.advice} in its `layer`")


def _beside(array: Array) -> Array:
    return array.reshape(-1, *array.shape[2:])


def _noise(noise: Noise) -> Noise:
    spread = None if noise.spread is None else _beside(noise.spread)
    return Noise(_beside(noise.most), _beside(noise.usual), spread)
