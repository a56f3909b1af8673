"""Outline -> Outline of tensors: what is changed element by element stays where it is, and is no tensor of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.outline import Outline, Part
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Extent:
    """How many elements a tensor has in each direction of space, and how many channels there."""

    height: int
    width: int
    channels: int
    vector: bool = False
    """Whether there is no space: all elements stand over each other."""


def extent_of(part: Part, *, channels_first: bool) -> Extent:
    """The extent of what a part puts out. Of more than three axes the last three are drawn."""
    shape = part.shape
    if channels_first and len(shape) > 1:
        shape = (*shape[1:], shape[0])
    if len(shape) < 2:
        return Extent(shape[0] if shape else 1, 1, 1, vector=True)
    height, width, channels = (shape[0], 1, shape[1]) if len(shape) == 2 else shape[-3:]
    return Extent(height, width, channels)


def joined(outline: Outline) -> tuple[Outline, dict[str, str]]:
    """The outline with every layer that changes elements in their places joined to what it alone reads.

    A part has the name of its first layer and says what it is made of. By that name the layer whose tensor it is: the
    last.
    """
    runs: dict[str, list[Part]] = {}
    for part in outline.parts:
        before = part.inputs[0] if part.elementwise else ""
        alone = before in runs and len(outline.readers[before]) == 1 and before not in outline.outputs
        run = runs.pop(before) if alone and not outline.by_name[before].is_input else []
        runs[part.name] = [*run, part]
    homes = {part.name: run[0].name for run in runs.values() for part in run}
    whole = {run[0].name: _one(run, homes) for run in runs.values()}
    parts = tuple(whole[part.name] for part in outline.parts if part.name in whole)
    outputs = tuple(homes[name] for name in outline.outputs)
    return Outline(outline.name, parts, outputs, outline.channels_first), {homes[last]: last for last in runs}


def _one(run: Sequence[Part], homes: dict[str, str]) -> Part:
    first = run[0]
    functions = [first.activation, *(part.activation or part.label for part in run[1:])]
    inputs = tuple(dict.fromkeys(homes[name] for name in first.inputs))
    return Part(
        **{
            **vars(first),
            "inputs": inputs,
            "activation": ", ".join(filter(None, functions)),
            "parameters": sum(part.parameters for part in run),
            "macs": sum(part.macs for part in run),
        }
    )
