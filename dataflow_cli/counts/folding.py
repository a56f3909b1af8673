"""Summary -> Summary: blocks counted as one step each, so that a deep network is a page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.counts.summary import ParameterCount, StepCount
from dataflow_cli.folding import grouped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.counts.summary import Summary
    from dataflow_cli.folding import Group
    from dataflow_cli.shapes import Shape


def folded(counted: Summary, depth: int) -> Summary:
    """The summary with every block that stands inside of `depth` others, or of more, as one step: at 0 every block.

    What is a number is the sum over the block; its shape and receptive field are those of what comes out of it.
    """
    groups = grouped(counted.steps, depth, counted.outputs)
    homes = {step.name: group.name for group in groups for step in group.members}
    outputs = tuple(dict.fromkeys(homes.get(name, name) for name in counted.outputs))
    return replace(counted, steps=tuple(_one(group, homes) for group in groups), outputs=outputs)


def _one(group: Group[StepCount], homes: dict[str, str]) -> StepCount:
    """The step of a group."""
    if not group.is_block:
        return replace(group.members[0], inputs=tuple(homes.get(name, name) for name in group.members[0].inputs))
    taken: dict[str, Shape] = {}
    for step in group.members:
        for name, shape in zip(step.inputs, step.input_shapes, strict=True):
            taken.setdefault(homes.get(name, name), shape)
    return StepCount(
        name=group.name,
        type="block",
        output_shape=group.last.output_shape,
        inputs=group.inputs,
        input_shapes=tuple(taken[name] for name in group.inputs),
        parameters=tuple(_parameters(group)),
        macs=sum(step.macs for step in group.members),
        cached=sum(step.cached for step in group.members),
        receptive_field=group.last.receptive_field,
        total_stride=group.last.total_stride,
        offset=group.last.offset,
        arithmetic=tuple(_arithmetic(group)),
        members=group.members,
    )


def _parameters(group: Group[StepCount]) -> Iterator[ParameterCount]:
    for step in group.members:
        for one in step.parameters:
            yield ParameterCount(f"{_inside(group, step)}/{one.name}", one.shape, one.trainable, one.owner, one.dtype)


def _arithmetic(group: Group[StepCount]) -> Iterator[str]:
    """How the counts are added up."""
    yield f"layers: {len(group.members)}, put out by {_inside(group, group.last)}"
    for what, counts in (
        ("parameters", [(_inside(group, step), step.parameter_count) for step in group.members]),
        ("MACs", [(_inside(group, step), step.macs) for step in group.members]),
    ):
        yield from _sum(what, [(name, count) for name, count in counts if count])


def _sum(what: str, counts: Sequence[tuple[str, int]]) -> Iterator[str]:
    if counts:
        yield f"{what}: {' + '.join(f'{name} {count}' for name, count in counts)} = {sum(c for _, c in counts):,}"


def _inside(group: Group[StepCount], step: StepCount) -> str:
    """What a step is called within its block."""
    return step.name.removeprefix(f"{group.name}/")
