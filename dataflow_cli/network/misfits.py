"""Shapes that do not fit a layer, in words: which axes, how long on both sides, and how they came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.shapes import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.errors import LayerError
    from dataflow_cli.layers.base import Layer
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.shapes import Shape

_MOST_LISTED = 6
"""Inputs that are named in a message."""


def misfit(
    layer: Layer, names: Sequence[str], shapes: Sequence[Shape], seen: Mapping[str, ReceptiveField], error: LayerError
) -> tuple[str, str]:
    """What is wrong with a layer's inputs, and what to do about it."""
    if error.code == "E132":
        listed = _listed(names, shapes)
        return f"shapes differ: {listed}", _difference(layer, names, shapes, seen, error.hint)
    told = [pair for pair in zip(names, shapes, strict=True) if written(pair[1]) not in error.message]
    inputs = _listed([name for name, _ in told], [shape for _, shape in told])
    return error.message + (f"; it is given {inputs}" if told and error.code == "E133" else ""), error.hint


def _listed(names: Sequence[str], shapes: Sequence[Shape]) -> str:
    pairs = [f"'{name}' {written(shape)}" for name, shape in zip(names, shapes, strict=True)]
    return ", ".join(pairs[:_MOST_LISTED]) + (f", ... ({len(pairs)} in all)" if len(pairs) > _MOST_LISTED else "")


def _difference(
    layer: Layer, names: Sequence[str], shapes: Sequence[Shape], seen: Mapping[str, ReceptiveField], hint: str
) -> str:
    """Which axes over space differ, and why; where none does, what the layer itself has to say."""
    rank = len(shapes[0])
    if not isinstance(layer, Channels) or {len(shape) for shape in shapes} != {rank} or rank < 2:
        return hint
    axes = [axis for axis in range(rank) if axis != layer.channels_axis(rank)]
    differing = [axis for axis in axes if len({shape[axis] for shape in shapes}) > 1]
    if not differing:
        return hint
    lengths = " and ".join(dict.fromkeys(str(shape[differing[0]]) for shape in shapes[:_MOST_LISTED]))
    named = " and ".join(layer.names(rank)[axis] for axis in differing)
    said = f"{named} {'differs' if len(differing) == 1 else 'differ'}, {lengths}"
    ways = [_way(name, seen[name], axes.index(differing[0])) for name in dict.fromkeys(names[:_MOST_LISTED])]
    if not layer.element_by_element or None in ways:
        return f"{said}; {hint}"
    steps = {way[1] for way in ways if way is not None}
    advice = (
        "with `padding: same` all along both, equal steps give equal lengths"
        if len(steps) == 1
        else ("give both the same strides and pools")
    )
    return f"{said}: {', '.join(way[0] for way in ways if way is not None)}; {advice}"


def _way(name: str, seen: ReceptiveField, axis: int) -> tuple[str, float] | None:
    """How far a tensor sees along an axis of the network's input, and by what steps; None if that is not known."""
    along = seen.on(axis)
    if along is None or along.total_stride is None:
        return None
    return f"'{name}' sees {along.size()} in steps of {along.total_stride:g}", along.total_stride
