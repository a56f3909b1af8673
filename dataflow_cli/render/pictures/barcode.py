"""A vector as a bar code: values from left to right; the height of a bar means nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.render.pictures.colormaps import paint
from dataflow_cli.render.pictures.legend import legend_of, scale_line
from dataflow_cli.render.pictures.model import Group, Row, Strips
from dataflow_cli.render.text import several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.render.pictures.scale import Scale
    from dataflow_cli.shapes import Array

LONGEST, FOLDED = 1024, 512
"""A vector that is longer than the first goes on in strips of the second."""


def barcode_row(name: str, vectors: Array, scale: Scale, colormap: str) -> Row:
    """The vectors (N, values), one panel a sample."""
    length = vectors.shape[1]
    folded = FOLDED if length > LONGEST else length
    panels = tuple(Strips(_cut(pixels, folded)) for pixels in paint(vectors, scale, colormap))
    said = [f"{-(-length // folded)} strips of {folded}"] if folded < length else []
    legend = legend_of(scale, colormap)
    lines = (several(length, "value"), *said, *([] if legend else [scale_line(scale)]))
    return Row(name, lines, panels, legend)


def stacked_row(
    name: str, vectors: Array, scale: Scale, colormap: str, *, labels: Sequence[str], groups: Sequence[str]
) -> Row:
    """All vectors (N, values) one over the other in one panel, those of one group together.

    `labels` and `groups` name each sample and its group; the groups stand in the order in which they come first.
    """
    order = [i for group in dict.fromkeys(groups) for i, own in enumerate(groups) if own == group]
    counts = [Group(group, list(groups).count(group)) for group in dict.fromkeys(groups)]
    pixels = paint(vectors, scale, colormap)
    stack = Strips(
        tuple(pixels[i] for i in order),
        tuple(labels[i] for i in order),
        tuple(counts) if any(group.name for group in counts) else (),
    )
    legend = legend_of(scale, colormap)
    lines = (
        several(vectors.shape[1], "value"),
        several(len(vectors), "input"),
        *([] if legend else [scale_line(scale)]),
    )
    return Row(name, lines, (stack,), legend)


def _cut(pixels: Array, length: int) -> tuple[Array, ...]:
    return tuple(pixels[start : start + length] for start in range(0, len(pixels), length))
