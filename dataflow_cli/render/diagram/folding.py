"""Blocks drawn as one part each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.outline import Outline, Part

if TYPE_CHECKING:
    from collections.abc import Sequence


def folded(outline: Outline, depth: int) -> Outline:
    """The outline with every block that stands inside of `depth` others, or of more, as one part: at 0 every block."""
    homes = {part.name: home(part, depth) for part in outline.parts}
    members: dict[str, list[Part]] = {}
    for part in outline.parts:
        members.setdefault(homes[part.name], []).append(part)
    read = {name for part in outline.parts for name in part.inputs if homes[name] != homes[part.name]}
    read.update(outline.outputs)
    parts = tuple(_one(name, inside, homes, read) for name, inside in members.items())
    outputs = tuple(dict.fromkeys(homes[name] for name in outline.outputs))
    return Outline(outline.name, parts, outputs, outline.channels_first)


def home(part: Part, depth: int) -> str:
    """The block that a part is drawn in, or itself."""
    return part.blocks[depth] if len(part.blocks) > depth else part.name


def _one(name: str, inside: Sequence[Part], homes: dict[str, str], read: set[str]) -> Part:
    inputs = tuple(dict.fromkeys(homes[each] for part in inside for each in part.inputs if homes[each] != name))
    if len(inside) == 1 and inside[0].name == name:
        return Part(**{**vars(inside[0]), "inputs": inputs})
    last = next((part for part in reversed(inside) if part.name in read), inside[-1])
    return Part(
        name=name,
        label="block",
        shape=last.shape,
        inputs=inputs,
        parameters=sum(part.parameters for part in inside),
        macs=sum(part.macs for part in inside),
        layers=sum(part.layers for part in inside),
    )
