"""Blocks drawn as one part each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.folding import grouped
from dataflow_cli.outline import Outline, Part

if TYPE_CHECKING:
    from dataflow_cli.folding import Group


def folded(outline: Outline, depth: int) -> Outline:
    """The outline with every block that stands inside of `depth` others, or of more, as one part: at 0 every block."""
    groups = grouped(outline.parts, depth, outline.outputs)
    homes = {part.name: group.name for group in groups for part in group.members}
    outputs = tuple(dict.fromkeys(homes[name] for name in outline.outputs))
    return Outline(outline.name, tuple(map(_one, groups)), outputs, outline.channels_first)


def _one(group: Group[Part]) -> Part:
    if not group.is_block:
        return Part(**{**vars(group.members[0]), "inputs": group.inputs})
    return Part(
        name=group.name,
        label="block",
        shape=group.last.shape,
        inputs=group.inputs,
        parameters=sum(part.parameters for part in group.members),
        macs=sum(part.macs for part in group.members),
        layers=sum(part.layers for part in group.members),
    )
