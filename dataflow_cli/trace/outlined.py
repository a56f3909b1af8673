"""Trace -> Outline: the network that was run, as far as its steps tell. Fields and windows they do not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers import family, kind_named
from dataflow_cli.layers.base import SameShape
from dataflow_cli.outline import Outline, Part
from dataflow_cli.tensors import is_inner

if TYPE_CHECKING:
    from dataflow_cli.trace.model import Step, Trace


def outlined(trace: Trace) -> Outline:
    """The outline of what was run. An input that is not among the steps before is left out.

    An inner tensor is a part of its own where others read it, or where it is an output; not where it was only kept.
    """
    read = {name for step in trace.steps for name in step.inputs}.union(trace.outputs)
    parts: dict[str, Part] = {}
    for step in trace.steps:
        if not is_inner(step.name) or step.name in read:
            parts[step.name] = _part(step, tuple(name for name in step.inputs if name in parts))
    outputs = tuple(name for name in trace.outputs if name in parts)
    return Outline(trace.network, tuple(parts.values()), outputs, channels_first=trace.data_format == "channels_first")


def _part(step: Step, inputs: tuple[str, ...]) -> Part:
    kind = kind_named(step.type)
    return Part(
        name=step.name,
        label=step.type,
        shape=step.output_shape,
        inputs=inputs,
        parameters=step.parameters or 0,
        macs=step.macs or 0,
        activation=step.activation,
        family="" if kind is None else family(kind),
        elementwise=kind is not None and issubclass(kind, SameShape) and len(inputs) == 1,
        layers=int(not step.is_input),
    )
