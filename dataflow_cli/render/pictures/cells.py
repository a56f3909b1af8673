"""Small tensors with their numbers in the cells, and the windows that a layer moves over them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.lazy import np
from dataflow_cli.render import text
from dataflow_cli.render.pictures.model import Row, Tiles, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflow_cli.shapes import Array, Shape
    from dataflow_cli.trace.model import Step

LONGEST_SIDE, MOST_NUMBERS = 10, 256
"""Of a tensor whose numbers are shown where nobody asks for them: of one sample's plane, and in all."""
MOST_ASKED = 4096
"""Numbers of a sample that are shown where they are asked for."""
_MOST_SAMPLES, _MOST_WINDOWS = 2, 64


def is_small(shape: Shape, samples: int, *, channels_first: bool) -> bool:
    """Whether a tensor of this shape is seen better with its numbers."""
    spatial = shape[1:] if channels_first else shape[:-1]
    few = math.prod(shape) <= MOST_NUMBERS and samples <= _MOST_SAMPLES
    return len(shape) == 3 and few and 1 < max(spatial) <= LONGEST_SIDE


def with_numbers(row: Row, samples: Iterable[Array]) -> Row:
    """The row with the numbers of its tiles: one array (planes, height, width) a panel."""
    panels = []
    for panel, planes in zip(row.panels, samples, strict=True):
        if isinstance(panel, Tiles):
            texts = [_short(float(value)) for value in planes.ravel()]
            panel = replace(panel, texts=np.array(texts).reshape(planes.shape))  # noqa: PLW2901  the same panel
        panels.append(panel)
    return replace(row, panels=tuple(panels))


def _short(value: float) -> str:
    """The number without zeros that say nothing: 2.5, not 2.500."""
    said = text.number(value)
    return said.rstrip("0").rstrip(".") if "." in said and "e" not in said else said


def with_windows(row: Row, windows: tuple[Window, ...]) -> Row:
    """The row with windows outlined on its tiles."""
    panels = (replace(panel, windows=windows) if isinstance(panel, Tiles) else panel for panel in row.panels)
    return replace(row, panels=tuple(panels))


def windows_on(step: Step, source: Shape, made: Shape) -> tuple[Window, ...]:
    """Where the window of a layer lies on its input of these lengths: all places if they are apart, else the first.

    `made` are the lengths of its output. Of a window that reaches over the edge what lies on the tensor is outlined.
    """
    axes = step.drawing.windows
    if len(axes) != 2 or len(source) != 2:
        return ()
    apart = all(axis.step >= axis.span for axis in axes) and math.prod(made) <= _MOST_WINDOWS
    places = [range(length if apart else 1) for length in made]
    found = []
    for row in places[0]:
        for column in places[1]:
            starts = [axis.start + place * axis.step for axis, place in zip(axes, (row, column), strict=True)]
            ends = [min(start + axis.span, n) for start, axis, n in zip(starts, axes, source, strict=True)]
            top, left = (max(start, 0) for start in starts)
            if top < ends[0] and left < ends[1]:
                found.append(Window(top, left, ends[0] - top, ends[1] - left))
    return tuple(found)
